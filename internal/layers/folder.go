package layers

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/provenance"
)

// FolderOMS is the manifest of model signing about a folder, unsigned, named after the folder. Files are hashed on every
// core, the largest first. A link or anything else that is no file is refused: a manifest without it would be one of
// another model.
func FolderOMS(ctx context.Context, dir string) ([]byte, error) {
	files, err := regularFiles(dir)
	if err != nil {
		return nil, err
	}
	if err := program.HashFiles(ctx, dir, files); err != nil {
		return nil, err
	}
	sums := make(map[string]string, len(files))
	for _, f := range files {
		sums[f.Path] = f.SHA256
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("name folder: %w", err)
	}
	st, err := provenance.NewOMS(filepath.Base(abs), sums, signature)
	if err != nil {
		return nil, err
	}
	return st.Marshal()
}

// regularFiles are the files below a folder, slash-separated, the largest first.
func regularFiles(dir string) ([]program.File, error) {
	var files []program.File
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel == signature {
			return nil
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is a link or no file", rel)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, program.File{Path: rel, Size: info.Size()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	slices.SortFunc(files, func(a, b program.File) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Path, b.Path))
	})
	return files, nil
}
