package wheel

import (
	"archive/zip"
	"context"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// Limits on a wheel. The largest that frameworks publish unpack to some gigabytes, to two or three times their size.
const (
	maxMembers = 1 << 18
	maxRatio   = 100      // of what a wheel unpacks to and its own size
	room       = 64 << 20 // bytes that any wheel may unpack to
	maxText    = 64 << 20 // bytes of RECORD and of other files about the wheel
)

// Wheel is a file to look at.
type Wheel struct {
	io.ReaderAt
	Size int64
	Name string // of the file, which says what it is of
}

// file is a wheel that is being looked at.
type file struct {
	name    string // of the file
	id      identity
	members []*zip.File
	byName  map[string]*zip.File
	info    string // the folder of the files about the wheel, with its slash
}

// Check reads a wheel and refuses what must not be installed: what it would write outside of its
// own folders, what is no file, names that stand there twice, more than most bytes or far more than its own size, and a
// content that its RECORD does not list with its hash. It writes nothing. A wheel that is refused is an
// [*refusal.Error].
func Check(ctx context.Context, w Wheel, most int64) error {
	f, err := open(w, most)
	if err != nil {
		return err
	}
	if err := f.about(); err != nil {
		return err
	}
	return f.contents(ctx)
}

// CheckZip reads a zip archive that is no wheel, as older source distributions are, and refuses what [Check] does of names,
// kinds and sizes.
func CheckZip(w Wheel, most int64) error {
	f, err := openZip(w)
	if err == nil {
		err = f.list(w.Size, most)
	}
	if err != nil {
		return err
	}
	for _, m := range f.members {
		if err := read(m, io.Discard); err != nil {
			return err
		}
	}
	return nil
}

// open reads the list of members and looks at each one.
func open(w Wheel, most int64) (*file, error) {
	id, err := parseName(w.Name)
	if err != nil {
		return nil, err
	}
	f, err := openZip(w)
	if err != nil {
		return nil, err
	}
	f.id = id
	if err := f.list(w.Size, most); err != nil {
		return nil, err
	}
	for _, m := range f.members {
		if err := f.folder(m); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// openZip reads the list of members.
func openZip(w Wheel) (*file, error) {
	n, err := layout(w, w.Size)
	if err != nil {
		return nil, err
	}
	if n > maxMembers {
		return nil, refusal.New("", "it has %d members: at most %d are read", n, maxMembers)
	}
	z, err := zip.NewReader(w, w.Size)
	if err != nil {
		return nil, damaged("", err)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	if len(z.File) != n {
		return nil, refusal.New("", "the list of its members is damaged")
	}
	return &file{name: w.Name, members: z.File, byName: make(map[string]*zip.File, n)}, nil
}

func damaged(entry string, err error) error { return refusal.New(entry, "is damaged: %s", err) }

// list looks at what the list says of each member, and at all of them together.
func (f *file) list(size, most int64) error {
	allowed := min(most, maxRatio*size+room)
	total := int64(0)
	for _, m := range f.members {
		if err := member(m); err != nil {
			return err
		}
		key := strings.TrimSuffix(m.Name, "/")
		if f.byName[key] != nil {
			return refusal.New(m.Name, "is in the archive twice")
		}
		f.byName[key] = m
		if m.UncompressedSize64 > uint64(allowed-total) {
			return refusal.New(m.Name, "is too much: an archive of %d bytes may unpack to %d", size, allowed)
		}
		total += int64(m.UncompressedSize64)
	}
	for _, m := range f.members {
		if err := f.above(m); err != nil {
			return err
		}
	}
	return nil
}

// above refuses a member below a file.
func (f *file) above(m *zip.File) error {
	for dir := path.Dir(strings.TrimSuffix(m.Name, "/")); dir != "."; dir = path.Dir(dir) {
		if other := f.byName[dir]; other != nil && !isFolder(other) {
			return refusal.New(m.Name, "is below a file of the archive")
		}
	}
	return nil
}

// isFolder goes by the name, as pip does, and not by the mode.
func isFolder(m *zip.File) bool { return strings.HasSuffix(m.Name, "/") }

// member looks at what the list says of one member.
func member(m *zip.File) error {
	if err := checkName(m); err != nil {
		return err
	}
	// pip looks at the mode whatever system the wheel says that it was made on.
	switch kind := m.ExternalAttrs >> 16 & unixKind; {
	case kind == unixDir && !isFolder(m):
		return refusal.New(m.Name, "is a folder without the name of one")
	case kind == unixLink:
		return refusal.New(m.Name, "is a link, which none may have")
	case kind != 0 && kind != unixFile && kind != unixDir:
		return refusal.New(m.Name, "is a device, which none may have")
	}
	if isFolder(m) && m.UncompressedSize64 != 0 {
		return refusal.New(m.Name, "is a folder with a content")
	}
	if m.Flags&flagEncrypted != 0 {
		return refusal.New(m.Name, "is encrypted")
	}
	if m.Flags&^flagsRead != 0 || m.ReaderVersion&0xff > maxVersion {
		return refusal.New(m.Name, "needs a reader of another kind of archive")
	}
	if m.Method != zip.Store && m.Method != zip.Deflate {
		return refusal.New(m.Name, "is compressed by method %d, which is not read", m.Method)
	}
	return nil
}

// Parts of the mode of Unix, and flags of a member.
const (
	unixKind = 0o170000
	unixDir  = 0o040000
	unixFile = 0o100000
	unixLink = 0o120000

	flagEncrypted = 1 << 0
	flagUTF8      = 1 << 11
	flagsRead     = 1<<1 | 1<<2 | 1<<3 | flagUTF8 // how hard it was compressed, and sizes behind the content

	maxVersion = 63 // of the format, 6.3, that Python reads
)

// checkName refuses names that lead out of a folder, and those that another reader may take for another name.
func checkName(m *zip.File) error {
	name := m.Name
	clean := strings.TrimSuffix(name, "/")
	switch {
	case strings.HasPrefix(name, "/"):
		return refusal.New(name, "is an absolute name")
	case climbs(clean):
		return refusal.New(name, "leads out of the folder that it is unpacked to")
	case len(name) > 4096 || strings.ContainsFunc(name, isControl) || strings.Contains(name, `\`) || !fs.ValidPath(clean) || clean == ".":
		return refusal.New(name, "is not the name of a file")
	case m.Flags&flagUTF8 == 0 && strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }):
		return refusal.New(name, "is not marked as UTF-8 text")
	}
	return nil
}

// climbs reports whether a name has a part that leads up.
func climbs(name string) bool {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return true
		}
	}
	return false
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
