package lock

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// Project is a spec with its lock.
type Project struct {
	File    string         // the spec
	Models  []*spec.Model  // its targets, or its only model
	Lock    *lock.File     // nil where there is none
	Sources diag.Sources   // the text of every file, for excerpts
	inputs  []*wantedInput // what is not pinned by the spec, each once
}

// wantedInput is an input with every place that names it.
type wantedInput struct {
	spec.Input
	names []string // what --update may call it
}

// Open reads a spec and the lock beside it. args are the values of build
// arguments. Mistakes in either are diagnostics; a key that this version cannot
// build is none, since its inputs are locked all the same.
func Open(file string, args map[string]string) (*Project, error) {
	p := &Project{File: filepath.ToSlash(file), Sources: diag.Sources{}}
	data, err := load(file)
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	p.Sources[p.File] = data
	diags := p.parse(data, args)
	if len(diags) == 0 {
		diags, err = p.readLock()
	}
	if err != nil {
		return nil, err
	}
	if err := diags.Err(); err != nil {
		return p, err
	}
	p.collect()
	return p, nil
}

// parse reads every target of the spec.
func (p *Project) parse(data []byte, args map[string]string) diag.List {
	o := spec.Options{Args: args, Lock: spec.LockIgnored}
	reader := spec.NewReader(p.File, data, load)
	var diags diag.List
	add := func() {
		m, found := reader.Read(o)
		for _, d := range found {
			if d.Code != diag.NotYet && d.Severity == diag.Error {
				diags = append(diags, d)
			}
		}
		if m != nil {
			p.Models = append(p.Models, m)
			for name, text := range m.Files {
				p.Sources[name] = text
			}
		}
	}
	add()
	if len(p.Models) > 0 {
		for _, t := range p.Models[0].Targets {
			if !t.Default {
				o.Target = t.Name
				add()
			}
		}
	}
	return diags.Sorted()
}

// path is where the lock is.
func (p *Project) path() string { return spec.LockFile(p.File) }

func (p *Project) readLock() (diag.List, error) {
	data, err := load(p.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lock: %w", err)
	}
	p.Sources[p.path()] = data
	l, diags := lock.Parse(p.path(), data)
	p.Lock = l
	return diags, nil
}

// collect lists the inputs of all models that the spec does not pin.
func (p *Project) collect() {
	byKey := map[string]*wantedInput{}
	for _, m := range p.Models {
		for _, in := range m.Inputs() {
			if in.Pin != "" {
				continue
			}
			w, ok := byKey[in.Key()]
			if !ok {
				w = &wantedInput{Input: in}
				byKey[in.Key()] = w
				p.inputs = append(p.inputs, w)
			}
			w.Secret = cmp.Or(w.Secret, in.Secret)
			w.names = append(w.names, namesOf(in)...)
			w.Architectures = lock.Names(append(w.Architectures, in.Architectures...))
		}
	}
}

// Check compares the lock with the spec, without a network.
func (p *Project) Check() diag.List {
	diags := spec.CheckLock(p.Models, p.Lock, load)
	if p.Lock == nil {
		return diags
	}
	for _, s := range p.Lock.Specs {
		if !p.there(s.Name) {
			diags.Add(diag.UnusedLock, s.At, "run `modelbuild lock` to drop what only it uses", "there is no spec %s", s.Name)
		}
	}
	return diags.Sorted()
}

// name is the name of the spec in the lock.
func (p *Project) name() string { return path.Base(p.File) }

// there reports whether a spec that shares the lock is still in the folder.
func (p *Project) there(name string) bool {
	_, err := os.Stat(filepath.FromSlash(path.Join(path.Dir(p.File), name)))
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// load reads a file of the spec or the lock.
func load(name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", name)
	}
	limit := int64(spec.MaxSize)
	if filepath.Base(name) == lock.Name {
		limit = lock.MaxSize
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", name, info.Size(), limit)
	}
	return os.ReadFile(name)
}
