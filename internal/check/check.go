// Package check reads a spec from disk and finds what is wrong with it, without
// a builder and without a network.
package check

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// maxListed bounds the files looked at to find a name near a missing one.
const maxListed = 100_000

// Result is a checked spec.
type Result struct {
	File        string
	Sources     diag.Sources // the spec's files by the names in the diagnostics
	Diagnostics diag.List    // sorted
	Models      []*spec.Model
}

// File checks a spec, applies the lint rules, and looks for the files that it takes
// from its context, where that is a local folder. All models of a file are checked unless o names one.
// A spec that cannot be read is an error; one that is wrong is not.
func File(file, context string, o spec.Options) (*Result, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	if info.Size() > spec.MaxSize {
		return &Result{File: file, Diagnostics: spec.TooLarge(file, info.Size())}, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	r := &Result{File: file, Sources: diag.Sources{file: data}}
	reader := spec.NewReader(file, data, load)
	r.add(context, reader, o)
	if o.Target == "" && len(r.Models) > 0 {
		for _, t := range r.Models[0].Targets {
			if !t.Default {
				o.Target = t.Name
				r.add(context, reader, o)
			}
		}
	}
	r.Diagnostics = r.Diagnostics.Sorted()
	return r, nil
}

func (r *Result) add(context string, reader *spec.Reader, o spec.Options) {
	m, diags := reader.Read(o)
	r.Diagnostics = append(r.Diagnostics, diags...)
	if m == nil {
		return
	}
	r.Models = append(r.Models, m)
	for name, text := range m.Files {
		r.Sources[name] = text
	}
	if diags.Err() == nil {
		r.Diagnostics = append(r.Diagnostics, files(m, context)...)
		r.Diagnostics = append(r.Diagnostics, r.vex(m, context)...)
	}
	r.Diagnostics = append(r.Diagnostics, lint.Run(lint.Input{
		Model: m, Found: diags, Args: o.Args, Unread: true, Columns: func(dataset string) []string { return columns(m, context, dataset) },
	})...)
}

// load reads an included file or the lock. The name is slash-separated and beside the
// spec's own, as the spec package makes it.
func load(name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	limit := int64(spec.MaxSize)
	if filepath.Base(name) == lock.Name {
		limit = lock.MaxSize
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", info.Size(), limit)
	}
	return os.ReadFile(name)
}

// files looks for the files of context:// sources.
func files(m *spec.Model, context string) diag.List {
	if info, err := os.Stat(context); err != nil || !info.IsDir() {
		return nil //nolint:nilerr // an address, or a folder that is made later
	}
	sources, err := m.Placed()
	if err != nil {
		return nil //nolint:nilerr // parsing has reported it
	}
	var l diag.List
	for _, s := range sources {
		if s.Source.Kind != spec.SourceContext || s.Source.Name != "" {
			continue
		}
		info, err := os.Stat(filepath.Join(context, filepath.FromSlash(s.Source.Path)))
		switch {
		case err != nil:
			l = append(l, spec.MissingFile(s, list(context))...)
		case info.IsDir() && strings.HasPrefix(s.Path, "data.") && !s.Folder:
			l = append(l, spec.DirectorySource(s)...)
		}
	}
	return l
}

// list has the files under root, slash-separated and relative to it.
func list(root string) []string {
	var out []string
	_ = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || len(out) >= maxListed {
			return filepath.SkipAll
		}
		if d.IsDir() {
			if d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		if rel, err := filepath.Rel(root, p); err == nil {
			out = append(out, path.Clean(filepath.ToSlash(rel)))
		}
		return nil
	})
	return out
}
