package deb

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// merged reports whether a folder of the root is a link into /usr.
func merged(name string) bool {
	switch name {
	case "bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32":
		return true
	}
	return false
}

// place is where an entry of that name goes: below /usr where its folder has moved there. The link is made when it is
// first needed, so that a root has those of its architecture.
func (x *extractor) place(name string) (string, error) {
	first, rest, _ := strings.Cut(name, "/")
	if !merged(first) {
		return name, nil
	}
	return path.Join("usr", first, rest), x.mergedLink(first)
}

func (x *extractor) mergedLink(name string) error {
	if _, err := x.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := x.root.MkdirAll("usr/"+name, 0o755)
	if err == nil {
		err = x.root.Symlink("usr/"+name, name)
	}
	if err != nil {
		return fmt.Errorf("link /%s to /usr/%[1]s: %w", name, err)
	}
	return nil
}
