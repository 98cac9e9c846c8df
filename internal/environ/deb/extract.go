package deb

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// Limits bound what one package may unpack to.
type Limits struct {
	Bytes   int64 // of all files together
	Entries int   // files, folders and links
}

// headers are bytes that the names and attributes of files may take, besides their content.
const headers = 512 << 20

// Bounds are the limits of a package that may not unpack to more than most bytes: the size that it gives itself, with
// room for the folders and blocks that Debian counts differently.
func (c *Control) Bounds(most int64) Limits {
	const room = 16 << 20
	l := Limits{Bytes: most, Entries: 1 << 20}
	if c.InstalledSize > 0 {
		l.Bytes = min(most, 2*c.InstalledSize+room)
	}
	return l
}

// Extract unpacks the files of a package into root, beside what is there, and runs nothing. Its folders /bin, /sbin
// and /lib* become links into /usr, as in every Debian since version 12. A file that the package must not write, or
// more than most bytes, is an [*refusal.Error].
func Extract(r io.Reader, root *os.Root, most int64) (*Control, error) {
	return walk(r, most, &extractor{root: root, chown: os.Geteuid() == 0})
}

// walk hands the files of a package to an extractor, and keeps it within the package's bounds.
func walk(r io.Reader, most int64, x *extractor) (*Control, error) {
	a, err := newArchive(r)
	if err != nil {
		return nil, err
	}
	c, err := a.control()
	if err != nil {
		return nil, err
	}
	x.limits = c.Bounds(most)
	t, done, err := a.part("data", x.limits.Bytes+headers)
	if err != nil {
		return nil, err
	}
	defer done()
	return c, x.all(t, func() error { return nil })
}

// extractor writes into root; it only checks where root is nil (see [Copy]).
type extractor struct {
	root   *os.Root
	limits Limits
	chown  bool
	bytes  int64
	count  int
	links  map[string]bool // that the package has, where it is only checked
}

// all checks every entry, writes it where there is a root, and calls then after each.
func (x *extractor) all(t *tar.Reader, then func() error) error {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if err := x.entry(h, t); err != nil {
			return err
		}
		if err := then(); err != nil {
			return err
		}
	}
}

func damaged(err error) error {
	var refused *refusal.Error
	if errors.As(err, &refused) {
		return err
	}
	return refusal.New("", "the package is damaged: %s", err)
}

// entry checks one entry and writes it.
func (x *extractor) entry(h *tar.Header, content io.Reader) error {
	name, err := inside(h.Name)
	if err != nil {
		return err
	}
	if x.count++; x.count > x.limits.Entries {
		return refusal.New(h.Name, "is one file too many: the package has more than %d", x.limits.Entries)
	}
	if h.Size < 0 || h.Size > x.limits.Bytes-x.bytes {
		return refusal.New(h.Name, "unpacks to more than the package says that it takes: %d bytes are allowed", x.limits.Bytes)
	}
	x.bytes += h.Size
	link, err := target(h)
	if err != nil {
		return err
	}
	if x.root == nil {
		return x.follow(h, name)
	}
	if merged(name) && h.Typeflag == tar.TypeSymlink && strings.TrimPrefix(link, "/") == "usr/"+name {
		return x.mergedLink(name)
	}
	if name, err = x.place(name); err != nil {
		return err
	}
	return x.write(h, name, link, content)
}

// follow refuses a file behind a link of the same package: whoever unpacks it may write wherever that leads.
func (x *extractor) follow(h *tar.Header, name string) error {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if x.links[dir] {
			return refusal.New(h.Name, "leads through a link of the package")
		}
	}
	if h.Typeflag == tar.TypeSymlink {
		x.links[name] = true
	} else {
		delete(x.links, name)
	}
	return nil
}

// inside is the path of an entry below the root, or an error where it leaves it.
func inside(name string) (string, error) {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refusal.New(name, "leads out of the folder that it is unpacked to")
		}
	}
	if strings.ContainsRune(name, 0) || len(name) > 4096 {
		return "", refusal.New(name, "is not the name of a file")
	}
	return path.Clean(strings.TrimLeft(name, "/")), nil
}

// target is where a link leads. A symbolic one may lead anywhere in the root: an absolute one starts there, since what
// runs in the environment has no other. One that climbs above it is refused.
func target(h *tar.Header) (string, error) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
		return "", nil
	case tar.TypeLink:
		return inside(h.Linkname)
	case tar.TypeSymlink:
		if h.Linkname == "" || len(h.Linkname) > 4096 {
			return "", refusal.New(h.Name, "is a link to nowhere")
		}
		if !path.IsAbs(h.Linkname) && climbs(h.Name, h.Linkname) {
			return "", refusal.New(h.Name, "is a link that leads out of the folder that it is unpacked to")
		}
		return h.Linkname, nil
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "", refusal.New(h.Name, "is a device, which no package needs")
	}
	return "", refusal.New(h.Name, "is neither a file nor a folder nor a link")
}

// climbs reports whether a relative link in an entry's folder leads above the root.
func climbs(name, link string) bool {
	return refusal.Climbs(strings.Count(path.Clean(strings.TrimLeft(name, "/")), "/"), link)
}

func (x *extractor) write(h *tar.Header, name, link string, content io.Reader) error {
	if name == "." || kernel(name) && x.there(name) {
		return nil
	}
	var err error
	switch h.Typeflag {
	case tar.TypeDir:
		err = x.folder(name)
	case tar.TypeLink:
		if link, err = x.place(link); err == nil {
			err = errors.Join(x.clear(name), x.root.Link(link, name))
		}
		return explain(h.Name, err)
	case tar.TypeSymlink:
		if err = x.clear(name); err == nil {
			err = x.root.Symlink(link, name)
		}
	default:
		err = x.file(name, content)
	}
	if err == nil {
		err = x.attributes(h, name)
	}
	return explain(h.Name, err)
}

// kernel reports whether a folder belongs to the kernel: where a step runs it is mounted already.
func kernel(name string) bool { return name == "dev" || name == "proc" || name == "sys" }

func (x *extractor) there(name string) bool {
	info, err := x.root.Lstat(name)
	return err == nil && info.IsDir()
}

// explain turns what a hostile package provokes, a path through a link out of the root, into a refusal. A failing disk
// stays what it is.
func explain(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && strings.Contains(p.Err.Error(), "escapes") {
		return refusal.New(name, "leads through a link out of the folder that it is unpacked to")
	}
	var l *os.LinkError
	if errors.As(err, &l) && strings.Contains(l.Err.Error(), "escapes") {
		return refusal.New(name, "leads through a link out of the folder that it is unpacked to")
	}
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	return nil
}

// folder makes a folder, or keeps the one that is there or that a link there leads to.
func (x *extractor) folder(name string) error {
	if info, err := x.root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := x.clear(name); err != nil {
		return err
	}
	return x.root.MkdirAll(name, 0o755)
}

func (x *extractor) file(name string, content io.Reader) error {
	if err := x.clear(name); err != nil {
		return err
	}
	f, err := x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// clear makes room for an entry: its folder is there and nothing of its name.
func (x *extractor) clear(name string) error {
	if dir := path.Dir(name); dir != "." {
		if _, err := x.root.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			if err := x.root.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
	}
	if err := x.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// attributes sets the owner, then the mode, which a change of owner clears, then the time.
func (x *extractor) attributes(h *tar.Header, name string) error {
	if x.chown {
		if err := x.root.Lchown(name, h.Uid, h.Gid); err != nil {
			return err
		}
	}
	if h.Typeflag == tar.TypeSymlink {
		return nil
	}
	if err := x.root.Chmod(name, h.FileInfo().Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky)); err != nil {
		return err
	}
	return x.root.Chtimes(name, h.ModTime, h.ModTime)
}
