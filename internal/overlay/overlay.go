package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Obstacle is a place of the image below that is in the way.
type Obstacle struct {
	Path string // in the image, such as /bin
	Is   string // what is there, as in "a link to usr/bin"
	Link string // where the link leads, as an absolute path; empty for anything else
}

// Folder is one that both have, with the mode and owner that it has in the image below.
type Folder struct {
	Path     string // slash-separated, without a leading slash
	Mode     fs.FileMode
	UID, GID int
}

// Fit compares a tree with the image below: folders that both have, and what is in the way.
// A file or a link may be replaced by a file; links are never followed. Folders named by
// skip, by their paths without a leading slash, are left out.
func Fit(below *os.Root, tree string, skip ...string) (folders []Folder, obstacles []Obstacle, err error) {
	err = filepath.WalkDir(tree, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == tree {
			return err
		}
		rel, err := filepath.Rel(tree, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		for _, s := range skip {
			if rel == s {
				return filepath.SkipDir
			}
		}
		info, err := below.Lstat(rel)
		switch {
		case errors.Is(err, fs.ErrNotExist) && d.IsDir():
			return filepath.SkipDir
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("look at /%s: %w", rel, err)
		case d.IsDir() == info.IsDir():
			if d.IsDir() {
				folders = append(folders, folder(rel, info))
			}
			return nil
		case !d.IsDir() && !info.IsDir():
			return nil
		}
		o, err := obstacle(below, rel, info)
		obstacles = append(obstacles, o)
		if err == nil && d.IsDir() {
			return filepath.SkipDir
		}
		return err
	})
	return folders, obstacles, err
}

func folder(rel string, info fs.FileInfo) Folder {
	out := Folder{Path: rel, Mode: info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		out.UID, out.GID = int(st.Uid), int(st.Gid)
	}
	return out
}

func obstacle(below *os.Root, rel string, info fs.FileInfo) (Obstacle, error) {
	o := Obstacle{Path: "/" + rel, Is: "a file"}
	switch {
	case info.IsDir():
		o.Is = "a folder"
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := below.Readlink(rel)
		if err != nil {
			return o, fmt.Errorf("read link /%s: %w", rel, err)
		}
		o.Is, o.Link = "a link to "+to, to
		if !strings.HasPrefix(to, "/") {
			o.Link = path.Join(path.Dir(o.Path), to)
		}
		o.Link = path.Clean(o.Link)
	}
	return o, nil
}

// Vacant looks for what is in the way of a new folder, by its path without a leading slash:
// anything but an empty folder. It is nil where nothing is.
func Vacant(below *os.Root, rel string) (*Obstacle, error) {
	info, err := below.Lstat(rel)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at /%s: %w", rel, err)
	}
	if !info.IsDir() {
		o, err := obstacle(below, rel, info)
		return &o, err
	}
	dir, err := below.Open(rel)
	if err != nil {
		return nil, fmt.Errorf("list /%s: %w", rel, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list /%s: %w", rel, err)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	first := entries[0].Name()
	for _, e := range entries {
		first = min(first, e.Name())
	}
	return &Obstacle{Path: "/" + rel, Is: fmt.Sprintf("a folder with %s in it", first)}, nil
}

// Make writes folders below a directory, each with its mode and owner.
func Make(dir string, folders []Folder) error {
	for _, f := range folders {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(name, 0o755); err != nil {
			return err
		}
		if err := os.Lchown(name, f.UID, f.GID); err != nil {
			return err
		}
		if err := os.Chmod(name, f.Mode); err != nil {
			return err
		}
	}
	return nil
}
