package wheel

import (
	"archive/zip"
	"io"
	"strings"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/internal/pep440"
)

// identity is the distribution that a wheel is of, in forms that are equal where names and versions are.
type identity struct{ name, version string }

func newIdentity(name, version string) identity {
	// A file name has _ where a version may have a hyphen.
	return identity{pep440.Name(name), pep440.Canonical(strings.ReplaceAll(version, "_", "-"))}
}

// parseName is what NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl says.
func parseName(file string) (identity, error) {
	stem, ok := strings.CutSuffix(file, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 && len(parts) != 6 || parts[0] == "" || !pep440.Valid(strings.ReplaceAll(parts[1], "_", "-")) {
		return identity{}, refusal.New(file, "is not the name of a wheel")
	}
	return newIdentity(parts[0], parts[1]), nil
}

// of reports whether a folder's name, without its suffix, is NAME-VERSION of the wheel. Either may have hyphens.
func (id identity) of(stem string) bool {
	for i, c := range stem {
		if c == '-' && newIdentity(stem[:i], stem[i+1:]) == id {
			return true
		}
	}
	return false
}

// dataFolders are the folders of NAME-VERSION.data, each for a place of the environment.
var dataFolders = [...]string{"purelib", "platlib", "headers", "scripts", "data"}

// folder looks at the folder at the top that a member is in: it may be one about the wheel, or of files for other places
// of the environment.
func (f *file) folder(m *zip.File) error {
	top, rest, _ := strings.Cut(m.Name, "/")
	if stem, ok := strings.CutSuffix(top, ".data"); ok {
		if !f.id.of(stem) {
			return refusal.New(m.Name, "is in the folder of another wheel: %s is %s %s", refusal.Shortened(f.name), f.id.name, f.id.version)
		}
		return dataPlace(m, rest)
	}
	stem, ok := strings.CutSuffix(top, ".dist-info")
	switch {
	case !ok:
	case !f.id.of(stem):
		return refusal.New(m.Name, "is in the folder of another wheel: %s is %s %s", refusal.Shortened(f.name), f.id.name, f.id.version)
	case f.info != "" && f.info != top+"/":
		return refusal.New(m.Name, "is in a second folder about the wheel, beside %s", refusal.Shortened(f.info))
	default:
		f.info = top + "/"
	}
	return nil
}

// dataPlace refuses a file of NAME-VERSION.data that has no place in an environment.
func dataPlace(m *zip.File, rest string) error {
	key, file, _ := strings.Cut(rest, "/")
	if isFolder(m) {
		if key == "" {
			return nil
		}
		file = "."
	}
	for _, known := range dataFolders {
		if key == known && file != "" {
			return nil
		}
	}
	return refusal.New(m.Name, "is for a place that no environment has: only %s are", strings.Join(dataFolders[:], ", "))
}

// about looks at the files about the wheel: its metadata have to be of the wheel that its file name says.
func (f *file) about() error {
	if f.info == "" {
		return refusal.New("", "it has no folder NAME-VERSION.dist-info")
	}
	for _, need := range [...]string{"METADATA", "WHEEL", "RECORD"} {
		if m := f.byName[f.info+need]; m == nil || isFolder(m) {
			return refusal.New(f.info+need, "is missing")
		}
	}
	text, err := f.text("METADATA")
	if err != nil {
		return err
	}
	name, version := header(text, "Name"), header(text, "Version")
	if newIdentity(name, version) != f.id {
		return refusal.New(f.info+"METADATA", "is of %s %s", refusal.Shortened(name), refusal.Shortened(version))
	}
	if text, err = f.text("entry_points.txt"); err != nil {
		return err
	}
	return f.scripts(text)
}

// text is the content of a file about the wheel; none where there is none.
func (f *file) text(name string) (string, error) {
	m := f.byName[f.info+name]
	if m == nil || isFolder(m) {
		return "", nil
	}
	if m.UncompressedSize64 > maxText {
		return "", refusal.New(m.Name, "takes %d bytes: at most %d are read", m.UncompressedSize64, maxText)
	}
	var b strings.Builder
	b.Grow(int(min(m.UncompressedSize64, 1<<20)))
	err := read(m, &b)
	return b.String(), err
}

// read writes a member to w: all of it, and no more than it says that it takes.
func read(m *zip.File, w io.Writer) error {
	r, err := m.Open()
	if err != nil {
		return damaged(m.Name, err)
	}
	defer r.Close()
	n, err := io.Copy(w, io.LimitReader(r, int64(m.UncompressedSize64)+1))
	if n > int64(m.UncompressedSize64) {
		return refusal.New(m.Name, "unpacks to more than the %d bytes that it says", m.UncompressedSize64)
	}
	if err != nil {
		return damaged(m.Name, err)
	}
	return nil
}

// header is the first field of that name among those that a file begins with, as a mail does.
func header(text, name string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
