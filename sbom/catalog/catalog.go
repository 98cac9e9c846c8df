package catalog

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Types of packages, as package URLs name them.
const (
	Debian = "deb"
	Alpine = "apk"
	Python = "pypi"
	Go     = "golang"
	Cargo  = "cargo"
	Maven  = "maven"
	NPM    = "npm"
	CRAN   = "cran"
	Conda  = "conda"
)

// Limits of what is read.
const (
	maxDatabase = 256 << 20 // bytes of one package database
	maxMetadata = 1 << 20   // bytes read of the metadata of one Python distribution
	maxManifest = 8 << 20   // bytes of a JSON file of one package
	maxPackages = 200_000
	maxLinks    = 8 // that one name goes through
)

// System is what a root filesystem says of itself: os-release(5).
type System struct {
	ID      string // debian, alpine, …; empty where it says nothing
	Version string
	Name    string // for people
}

// Package is an installed package.
type Package struct {
	Type         string
	Group        string // of Maven alone
	Name         string
	Version      string
	Architecture string // as the package manager calls it; empty for most languages
	Source       string // name of the source package, where it is another
	License      string // as the package gives it; may be empty
	Build        string // of conda alone

	// archive is the path of a Java archive that only its file name and manifest name,
	// until the scan is over.
	archive string
}

// FullName is the name with its group.
func (p Package) FullName() string {
	if p.Group == "" {
		return p.Name
	}
	return p.Group + ":" + p.Name
}

// Catalog is what is installed.
type Catalog struct {
	System   System
	Packages []Package // by type, name, version and architecture; each once
	// Omissions are what a scan could not read, and why.
	Omissions []string
}

// databases lists what dpkg and apk recorded. A database that is not there is no error;
// one that cannot be read is.
func databases(root fs.FS) (*Catalog, error) {
	c := &Catalog{}
	var err error
	if c.System, err = system(root); err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	for _, read := range []func(fs.FS, *Catalog) error{debian, alpine} {
		if err := read(root, c); err != nil {
			return nil, fmt.Errorf("list packages: %w", err)
		}
	}
	return c, nil
}

func compare(a, b Package) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version),
		cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Source, b.Source), cmp.Compare(a.License, b.License),
		cmp.Compare(a.Group, b.Group), cmp.Compare(a.Build, b.Build))
}

// open opens the first of some files that is there. Where none is, it returns nil.
func open(root fs.FS, names ...string) (fs.File, error) {
	for _, name := range names {
		name = follow(root, name)
		info, err := fs.Stat(root, name) // before opening: a named pipe would wait for a writer
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no regular file", name)
		}
		return root.Open(name)
	}
	return nil, nil
}

// follow finds the file that a link with an absolute target means inside the root.
func follow(root fs.FS, name string) string {
	for range maxLinks {
		target, err := fs.ReadLink(root, name)
		if err != nil || !strings.HasPrefix(target, "/") {
			return name
		}
		if target = strings.TrimPrefix(path.Clean(target), "/"); !fs.ValidPath(target) {
			return name
		}
		name = target
	}
	return name
}

func system(root fs.FS) (System, error) {
	f, err := open(root, "etc/os-release", "usr/lib/os-release")
	if f == nil || err != nil {
		return System{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMetadata))
	if err != nil {
		return System{}, fmt.Errorf("read os-release: %w", err)
	}
	var s System
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			s.ID = value
		case "VERSION_ID":
			s.Version = value
		case "PRETTY_NAME":
			s.Name = value
		}
	}
	return s, nil
}

// fields are the fields of one paragraph.
type fields map[string]string

// paragraphs reads a database of "Name: value" lines, whose entries a blank line
// parts; a line that starts with a space goes on with the one before it, which is
// left out. keep names the fields wanted.
func paragraphs(r io.Reader, keep []string, each func(fields) error) error {
	limit := &io.LimitedReader{R: r, N: maxDatabase + 1}
	lines := bufio.NewScanner(limit)
	lines.Buffer(make([]byte, 0, 64<<10), 8<<20)
	entry, entries := fields{}, 0
	for lines.Scan() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			if len(entry) > 0 {
				if entries++; entries > maxPackages {
					return fmt.Errorf("more than %d entries", maxPackages)
				}
				if err := each(entry); err != nil {
					return err
				}
				entry = fields{}
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && line[0] != ' ' && line[0] != '\t' && slices.Contains(keep, string(name)) {
			entry[string(name)] = strings.TrimSpace(string(value))
		}
	}
	if limit.N <= 0 {
		return fmt.Errorf("it has more than %d bytes", maxDatabase)
	}
	if err := lines.Err(); err != nil || len(entry) == 0 {
		return err
	}
	return each(entry)
}

// add takes an installed package of a database. An entry that names none is an
// omission: the database is cut off or damaged there.
func (c *Catalog) add(database string, p Package) error {
	if p.Name == "" || p.Version == "" {
		c.Omissions = append(c.Omissions, fmt.Sprintf("%q: an entry has no name or version: %.64q %.64q", database, p.Name, p.Version))
		return nil
	}
	if err := bounded(&p); err != nil {
		return err
	}
	if c.Packages = append(c.Packages, p); len(c.Packages) > maxPackages {
		return fmt.Errorf("more than %d packages", maxPackages)
	}
	return nil
}

// database reads a database that is one file, where it is there. One that has text but
// no entries is damaged, or in another encoding.
func database(f fs.File, keep []string, each func(fields) error) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	entries := 0
	err = paragraphs(f, keep, func(e fields) error {
		entries++
		return each(e)
	})
	if err == nil && entries == 0 && info.Size() > 1 {
		err = errors.New("it has text, but no entries")
	}
	return err
}
