package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
)

// pending is an output that lies beside its final place until the build has succeeded.
type pending interface {
	Commit() error
	Abort()
}

// folder is an output that is an OCI layout.
type folder struct{ final, temp string }

// writer collects the outputs of a build that are written to this machine.
type writer struct {
	stdout  io.Writer
	pending []pending
}

// entry turns an output into BuildKit's form.
func (w *writer) entry(o Output) (client.ExportEntry, error) {
	e := client.ExportEntry{Type: o.Type, Attrs: o.Attrs}
	switch {
	case o.Type == client.ExporterImage:
	case o.Type == client.ExporterLocal:
		e.OutputDir = o.Dest
	case o.dirLayout():
		temp, err := w.folder(o.Dest)
		if err != nil {
			return e, err
		}
		e.OutputDir = temp
	case o.Dest == "-":
		e.Output = func(map[string]string) (io.WriteCloser, error) { return nopCloser{w.stdout}, nil }
	default:
		f, err := w.file(o.Dest)
		if err != nil {
			return e, err
		}
		e.Output = func(map[string]string) (io.WriteCloser, error) { return nopCloser{f}, nil }
	}
	return e, nil
}

// folder makes room for an OCI layout. Only an empty folder or another layout is ever replaced.
func (w *writer) folder(dest string) (string, error) {
	final, err := filepath.Abs(dest)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", dest, err)
	}
	if err := replaceable(final); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", fmt.Errorf("create folder of %s: %w", dest, err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(final), "."+filepath.Base(final)+".partial-")
	if err != nil {
		return "", fmt.Errorf("create folder beside %s: %w", dest, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", fmt.Errorf("create folder beside %s: %w", dest, err)
	}
	w.pending = append(w.pending, folder{final, temp})
	return temp, nil
}

func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at output folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ocispecs.ImageLayoutFile)); err != nil {
		return fmt.Errorf("%s is not empty and not an OCI layout, so it is not replaced: name another folder", dir)
	}
	return nil
}

// file prepares a file that replaces the one at dest.
func (w *writer) file(dest string) (*atomicfile.File, error) {
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return nil, fmt.Errorf("create folder of %s: %w", dest, err)
	}
	f, err := atomicfile.Create(dest)
	if err == nil {
		w.pending = append(w.pending, f)
	}
	return f, err
}

// commit moves everything to its final place.
func (w *writer) commit() error {
	for len(w.pending) > 0 {
		if err := w.pending[0].Commit(); err != nil {
			return err
		}
		w.pending = w.pending[1:]
	}
	return nil
}

// Commit replaces a folder by moving the old one aside first.
func (f folder) Commit() error {
	if err := f.replace(); err != nil {
		return fmt.Errorf("write %s: %w", f.final, err)
	}
	return nil
}

func (f folder) replace() error {
	_ = os.Remove(filepath.Join(f.temp, "ingest")) // the writer's own folder, empty by now; no part of a layout
	old := f.temp + ".old"
	if err := os.Rename(f.final, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.temp, f.final); err != nil {
		return errors.Join(err, os.Rename(old, f.final))
	}
	return os.RemoveAll(old)
}

// Abort removes what was written so far.
func (f folder) Abort() { _ = os.RemoveAll(f.temp) }

// abort removes what is not in place.
func (w *writer) abort() {
	for _, p := range w.pending {
		p.Abort()
	}
	w.pending = nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
