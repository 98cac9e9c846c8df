package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// defaultMode is the mode of a file that was not there before.
const defaultMode fs.FileMode = 0o644

// Write puts text in place of a file.
func Write(name string, text []byte) error {
	return Replace(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// Replace puts what write writes in place of a file, which keeps its mode. Where it fails the file is as it was. The new
// one is on the disk before it has its name.
func Replace(name string, write func(io.Writer) error) error {
	f, err := Create(name)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// File is a file that is written under a name of its own, in the folder of the one that it will replace.
type File struct {
	*os.File
	name string
	done bool
}

// Create starts a file that Commit puts in place of the one named.
func Create(name string) (*File, error) {
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	mode := defaultMode
	switch info, err := os.Stat(name); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("write %s: it is not a regular file", name)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	f, err := os.CreateTemp(dir, "."+base+".partial-")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	out := &File{File: f, name: name}
	if err := f.Chmod(mode); err != nil {
		out.Abort()
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return out, nil
}

// Commit puts the file in place.
func (f *File) Commit() error {
	f.done = true
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", f.name, errors.Join(err, os.Remove(f.Name())))
	}
	if dir, err := os.Open(filepath.Dir(f.name)); err == nil { // a folder that cannot be synced is no failure: the file is whole either way
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// Abort removes what was written, unless it is in place.
func (f *File) Abort() {
	if !f.done {
		f.done = true
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
}
