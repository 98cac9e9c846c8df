package spec

import (
	"path"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// Placed is a source with the place of the spec that names it.
type Placed struct {
	Path   string // such as data.train
	At     diag.Span
	Text   string // as the spec has it
	Source Source
	// Digest is where the spec has the digest; zero where it has none.
	Digest diag.Span
	Folder bool // whether it may be one
}

// Placed are the sources of a model: of its datasets, its program and the files of its image.
// The model must have passed Check.
func (m *Model) Placed() ([]Placed, error) {
	data, err := m.Sources()
	if err != nil {
		return nil, err
	}
	files, err := m.ImageFiles()
	if err != nil {
		return nil, err
	}
	trees, err := m.Trees()
	if err != nil {
		return nil, err
	}
	var out []Placed
	for _, t := range trees {
		out = append(out, t.Placed())
	}
	for _, s := range data {
		out = append(out, s.Placed())
	}
	for _, f := range files {
		out = append(out, f.Placed())
	}
	return out, nil
}

// MissingFile is the diagnostic for a context:// source whose file is not in the
// build context. files are the paths of the regular files that are there.
func MissingFile(p Placed, files []string) diag.List {
	var l diag.List
	l.Add(diag.SourceMissing, p.At, nearFile(p.Source.Path, files), "%s: no file %s in the build context", p.Path, p.Source.Path)
	return l
}

// DirectorySource is the diagnostic for a context:// source that is a directory.
func DirectorySource(p Placed) diag.List {
	var l diag.List
	l.Add(diag.SourceMissing, p.At, "name a file in it", "%s: %s is a directory", p.Path, p.Source.Path)
	return l
}

func nearFile(missing string, files []string) string {
	var sameName []string
	for _, p := range files {
		if path.Base(p) == path.Base(missing) {
			sameName = append(sameName, p)
		}
	}
	if n := diag.Nearest(missing, files); n != "" {
		return "did you mean context://" + n + "?"
	}
	if len(sameName) == 1 {
		return "did you mean context://" + sameName[0] + "?"
	}
	return "paths are relative to the build context"
}
