package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/pep440"
)

// python finds the files of every requirement on the indexes. Nothing is
// installed and no dependency is looked up: the file names everything itself.
func (r *resolver) python(ctx context.Context, in *wantedInput, t *task) (string, error) {
	name := spec.RequirementsFile(r.project.File, in.Name)
	data, err := load(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fail(diag.SourceMissing, "the path is relative to the spec", "no file %s", in.Name)
	}
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	r.project.Sources[name] = data
	r.mu.Unlock()
	file, diags := readRequirements(name, data)
	if err := diags.Err(); err != nil {
		return "", err
	}
	out := lock.Python{File: in.Name, SHA256: hexSum(data)}
	indexes := r.indexes(file)
	if len(indexes) == 0 && len(file.pinned) > 0 {
		return "", fail(diag.NoMirror, "name one with --python-index URL, with --index-url in the file, or with index-url in pip's configuration",
			"%s: no index of Python packages is known", in.Name)
	}
	if out.Requirements, err = r.all(ctx, file, indexes, t); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Python = append(r.out.Python, out)
	return fmt.Sprintf("%d requirements", len(out.Requirements)), nil
}

// all resolves the requirements of a file, several at a time.
func (r *resolver) all(ctx context.Context, file requirements, indexes []string, t *task) ([]lock.Requirement, error) {
	out := make([]lock.Requirement, len(file.pinned))
	failed := make([]error, len(file.pinned))
	var group errgroup.Group
	group.SetLimit(max(r.o.Jobs, 1))
	for i, p := range file.pinned {
		group.Go(func() error {
			out[i] = lock.Requirement{Name: p.name, Version: p.version, Marker: p.marker}
			out[i].Files, failed[i] = r.distributions(ctx, indexes, p, t)
			return nil
		})
	}
	_ = group.Wait() // failures are kept apart, so that all are shown
	var diags diag.List
	for i, err := range failed {
		if err != nil {
			diags = append(diags, pythonDiagnostic(file.pinned[i], err))
		}
	}
	return out, diags.Err()
}

// indexes are the flag's, else the requirements file's, else pip's.
func (r *resolver) indexes(file requirements) []string {
	switch {
	case len(r.o.PythonIndexes) > 0:
		return r.o.PythonIndexes
	case len(file.indexes) > 0:
		return file.indexes
	}
	return pipIndexes(r.o.Lookup)
}

func pythonDiagnostic(p pinned, err error) diag.Diagnostic {
	var l diag.List
	code, hint := diag.SourceUnreadable, "check the index and that this machine can reach it"
	var f *Failure
	if errors.As(err, &f) {
		code, hint = f.Code, f.Hint
	}
	return *l.Add(code, p.at, hint, "%s: %s", p, err)
}

// distributions are the files of one requirement that an environment of Debian's
// can install, on the first index that has the project.
func (r *resolver) distributions(ctx context.Context, indexes []string, p pinned, t *task) ([]lock.Distribution, error) {
	for _, index := range indexes {
		listed, found, err := r.indexPage(ctx, index, p.name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		files, err := r.usable(ctx, p, listed, t)
		if err != nil {
			return nil, err
		}
		out := make([]lock.Distribution, len(files))
		for i, f := range files {
			out[i] = lock.Distribution{Filename: f.filename, SHA256: f.sha256, URL: relativeTo(index, f.url), Size: f.size}
		}
		return out, nil
	}
	return nil, fail(diag.BadRequirement, "check the name, or name another index with --python-index", "the index has no project %s", p.name)
}

// usable picks from a project's files: of the version, with a hash that the
// requirement allows, wheels where there are any that fit.
func (r *resolver) usable(ctx context.Context, p pinned, listed []indexFile, t *task) ([]indexFile, error) {
	ofVersion, versions := matching(p, listed)
	if len(ofVersion) == 0 {
		return nil, fail(diag.BadRequirement, diag.DidYouMean(p.version, versions), "the index has no version %s", p.version)
	}
	if err := r.hash(ctx, ofVersion, t); err != nil {
		return nil, err
	}
	allowed := slices.DeleteFunc(ofVersion, func(f indexFile) bool { return len(p.hashes) > 0 && !slices.Contains(p.hashes, f.sha256) })
	if len(allowed) == 0 {
		return nil, fail(diag.BadRequirement, "the files on the index are not those that the hashes were made of", "the index has no file with one of its hashes")
	}
	out := slices.DeleteFunc(slices.Clone(allowed), func(f indexFile) bool { return !fits(f.filename) })
	if len(out) == 0 {
		out = slices.DeleteFunc(allowed, func(f indexFile) bool { return strings.HasSuffix(f.filename, ".whl") })
	}
	if len(out) == 0 {
		return nil, fail(diag.BadRequirement, "wheels of linux, manylinux and any are locked, for x86_64 and aarch64", "the index has no file of it for Linux with glibc")
	}
	for _, f := range out {
		if f.yanked {
			r.o.Progress.note("note: %s has been withdrawn from the index: %s", p, f.filename)
		}
	}
	return out, nil
}

// hash downloads the files whose hash the index does not tell.
func (r *resolver) hash(ctx context.Context, files []indexFile, t *task) error {
	for i := range files {
		f := &files[i]
		if f.sha256 != "" {
			continue
		}
		dgst, size, err := r.download(ctx, webFile{address: f.url}, t)
		if err != nil {
			return err
		}
		f.sha256, f.size = strings.TrimPrefix(dgst, "sha256:"), size
	}
	return nil
}

// matching are the files of the wanted version, and all versions that are listed.
func matching(p pinned, listed []indexFile) (files []indexFile, versions []string) {
	want := pep440.Canonical(p.version)
	for _, f := range listed {
		version, ok := versionOf(f.filename, p.name)
		if !ok {
			continue
		}
		if !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
		if pep440.Canonical(version) == want {
			files = append(files, f)
		}
	}
	return files, versions
}

// versionOf reads the version of a wheel's or a source distribution's file name.
func versionOf(filename, project string) (string, bool) {
	if stem, ok := strings.CutSuffix(filename, ".whl"); ok {
		parts := strings.Split(stem, "-")
		if len(parts) < 5 || pep440.Name(parts[0]) != project {
			return "", false
		}
		return parts[1], true
	}
	for _, suffix := range []string{".tar.gz", ".zip"} {
		stem, ok := strings.CutSuffix(filename, suffix)
		if !ok {
			continue
		}
		for i := range stem { // the name itself may hold dashes
			if stem[i] == '-' && pep440.Name(stem[:i]) == project && pep440.Valid(stem[i+1:]) {
				return stem[i+1:], true
			}
		}
	}
	return "", false
}

// fits reports whether a wheel can be installed on Debian, for amd64 or arm64.
func fits(filename string) bool {
	stem, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return false
	}
	tags := stem[strings.LastIndexByte(stem, '-')+1:]
	return slices.ContainsFunc(strings.Split(tags, "."), func(tag string) bool {
		linux := strings.HasPrefix(tag, "linux_") || strings.HasPrefix(tag, "manylinux")
		return tag == "any" || linux && (strings.HasSuffix(tag, "_x86_64") || strings.HasSuffix(tag, "_aarch64"))
	})
}

// relativeTo is a file's address as the lock has it: without the host where that
// is the index's own.
func relativeTo(index, file string) string {
	a, errA := url.Parse(index)
	b, errB := url.Parse(file)
	if errA != nil || errB != nil || a.Scheme != b.Scheme || a.Host != b.Host {
		return file
	}
	return b.EscapedPath()
}
