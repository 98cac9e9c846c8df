package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write puts the files of a result into a folder, which is made where there is
// none. All are written beside it first, so that an interrupted run leaves the
// folder as it was.
func (r *Result) Write(dir string) (err error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	defer func() {
		if err = errors.Join(err, os.RemoveAll(partial)); err != nil {
			err = fmt.Errorf("write model: %w", err)
		}
	}()
	for _, f := range r.Files {
		if err := writeSynced(filepath.Join(partial, filepath.FromSlash(f.Name)), f.Data); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range r.Files {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(partial, filepath.FromSlash(f.Name)), to); err != nil {
			return err
		}
	}
	return nil
}

func writeSynced(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
