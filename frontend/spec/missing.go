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

// InContext reports whether the source is a file of a build context, or of an OCI
// layout that stands in the place of one.
func (p Placed) InContext() bool {
	return p.Source.Kind == SourceContext || p.Source.Kind == SourceLayout || p.Source.Kind == SourceLayoutBlob
}

// Placed are the sources of a model: of its datasets, its program and its image.
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
	base, err := m.BaseImage()
	if base != nil {
		out = append(out, *base)
	}
	return out, err
}

// MissingFile is the diagnostic for a source whose file is not in the build context
// or the image that it names. files are the paths of the regular files that are there.
func MissingFile(p Placed, files []string) diag.List {
	var l diag.List
	if p.Source.Kind == SourceContext {
		l.Add(diag.SourceMissing, p.At, nearFile(p.Source.Path, files), "%s: no file %s in the build context", p.Path, p.Source.Path)
		return l
	}
	hint := "paths are from the root of the image"
	if n := nearPath(p.Source.Path, files); n != "" {
		hint = "did you mean #" + n + "?"
	}
	l.Add(diag.SourceMissing, p.At, hint, "%s: no file %s in the image", p.Path, p.Source.Path)
	return l
}

// DirectorySource is the diagnostic for a context:// source that is a directory.
func DirectorySource(p Placed) diag.List {
	var l diag.List
	l.Add(diag.SourceMissing, p.At, "name a file in it", "%s: %s is a directory", p.Path, p.Source.Path)
	return l
}

func nearFile(missing string, files []string) string {
	if n := nearPath(missing, files); n != "" {
		return "did you mean context://" + n + "?"
	}
	return "paths are relative to the build context"
}

// nearPath is the file that was probably meant, by its path or else its name, or "".
func nearPath(missing string, files []string) string {
	var sameName []string
	for _, p := range files {
		if path.Base(p) == path.Base(missing) {
			sameName = append(sameName, p)
		}
	}
	if n := diag.Nearest(missing, files); n != "" {
		return n
	}
	if len(sameName) == 1 {
		return sameName[0]
	}
	return ""
}
