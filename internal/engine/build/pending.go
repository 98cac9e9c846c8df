package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// pending is an output that lies beside its final place until the build has succeeded.
type pending struct {
	final string
	temp  string
}

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
		temp, err := w.file(o.Dest)
		if err != nil {
			return e, err
		}
		e.Output = func(map[string]string) (io.WriteCloser, error) { return os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0) }
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
	w.pending = append(w.pending, pending{final: final, temp: temp})
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

func (w *writer) file(dest string) (string, error) {
	final, err := filepath.Abs(dest)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", dest, err)
	}
	if info, err := os.Stat(final); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s exists and is not a regular file", dest)
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", fmt.Errorf("create folder of %s: %w", dest, err)
	}
	f, err := os.CreateTemp(filepath.Dir(final), "."+filepath.Base(final)+".partial-")
	if err != nil {
		return "", fmt.Errorf("create file beside %s: %w", dest, err)
	}
	w.pending = append(w.pending, pending{final: final, temp: f.Name()})
	return f.Name(), errors.Join(f.Chmod(0o644), f.Close())
}

// commit moves everything to its final place.
func (w *writer) commit() error {
	for len(w.pending) > 0 {
		p := w.pending[0]
		if err := p.commit(); err != nil {
			return fmt.Errorf("write %s: %w", p.final, err)
		}
		w.pending = w.pending[1:]
	}
	return nil
}

// commit replaces a file in one step, and a folder by moving the old one aside first.
func (p pending) commit() error {
	old := p.temp + ".old"
	info, err := os.Stat(p.temp)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return os.Rename(p.temp, p.final)
	}
	_ = os.Remove(filepath.Join(p.temp, "ingest")) // the writer's own folder, empty by now; no part of a layout
	if err := os.Rename(p.final, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(p.temp, p.final); err != nil {
		return errors.Join(err, os.Rename(old, p.final))
	}
	return os.RemoveAll(old)
}

// abort removes what was written so far.
func (w *writer) abort() {
	for _, p := range w.pending {
		_ = os.RemoveAll(p.temp)
	}
	w.pending = nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
