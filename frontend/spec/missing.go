package spec

import (
	"path"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// MissingFile is the diagnostic for a context:// source whose file is not in the
// build context. files are the paths of the regular files that are there.
func MissingFile(s NamedSource, files []string) diag.List {
	var l diag.List
	l.Add(diag.SourceMissing, s.Dataset.Source.At, nearFile(s.Source.Path, files),
		"data.%s: no file %s in the build context", s.Name, s.Source.Path)
	return l
}

// DirectorySource is the diagnostic for a context:// source that is a directory.
func DirectorySource(s NamedSource) diag.List {
	var l diag.List
	l.Add(diag.SourceMissing, s.Dataset.Source.At, "name a file in it", "data.%s: %s is a directory", s.Name, s.Source.Path)
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
