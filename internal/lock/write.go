package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/atomicfile"
)

// Write puts the entries of the spec in the place of those that the lock has for it,
// and reports whether that changed anything. What the lock has for other specs stays,
// also where it was written since the lock was read. A lock without entries is no
// file. The file is complete on disk before it takes its place, so that whoever reads
// it sees the old one or the new one.
func (p *Project) Write(own *lock.File) (changed bool, err error) {
	place := filepath.FromSlash(p.path())
	name := place
	if target, err := filepath.EvalSymlinks(place); err == nil {
		name = target
	}
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read lock: %w", err)
	}
	there := err == nil
	l, err := p.joined(old, own)
	if err != nil {
		return false, err
	}
	text := l.Encode()
	if _, diags := lock.Parse(name, text); diags != nil { // what a server or an index gave is not fit to be kept
		return false, fmt.Errorf("write lock: %w", diags.Err())
	}
	switch {
	case l.Empty() && !there, there && bytes.Equal(old, text):
		return false, nil
	case l.Empty():
		if err := os.Remove(place); err != nil {
			return false, fmt.Errorf("remove lock: %w", err)
		}
		return true, nil
	}
	if err := atomicfile.Write(name, text); err != nil {
		return false, fmt.Errorf("write lock: %w", err)
	}
	return true, nil
}

// joined is the lock on disk with the entries of the spec in it.
func (p *Project) joined(old []byte, own *lock.File) (*lock.File, error) {
	var on *lock.File
	if len(old) > 0 {
		var diags diag.List
		if on, diags = lock.Parse(p.path(), old); diags != nil {
			return nil, fmt.Errorf("read lock: %w", diags.Err())
		}
	}
	return on.Update(p.name(), own, p.there), nil
}
