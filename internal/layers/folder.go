package layers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/modelbuild/modelbuild/provenance"
)

// readSize is how much of a file is read at once, in bytes.
const readSize = 1 << 20

// FolderOMS is the manifest of model signing about a folder, unsigned, named after the folder. Files are hashed on every
// core, the largest first. A link or anything else that is no file is refused: a manifest without it would be one of
// another model.
func FolderOMS(ctx context.Context, dir string) ([]byte, error) {
	names, err := regularFiles(dir)
	if err != nil {
		return nil, err
	}
	sums, err := hashFiles(ctx, dir, names)
	if err != nil {
		return nil, err
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
func regularFiles(dir string) ([]string, error) {
	sizes := map[string]int64{}
	var names []string
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
		names = append(names, rel)
		sizes[rel] = info.Size()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(sizes[b], sizes[a]), strings.Compare(a, b)) })
	return names, nil
}

// hashFiles gives the sha256 of each file.
func hashFiles(ctx context.Context, dir string, names []string) (map[string]string, error) {
	sums := make([]string, len(names))
	work := make(chan int)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(work)
		for i := range names {
			select {
			case work <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(runtime.GOMAXPROCS(0), max(1, len(names))) {
		g.Go(func() error {
			buf := make([]byte, readSize)
			for i := range work {
				var err error
				if sums[i], err = hashFile(ctx, filepath.Join(dir, filepath.FromSlash(names[i])), buf); err != nil {
					return fmt.Errorf("hash %s: %w", names[i], err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(names))
	for i, name := range names {
		out[name] = sums[i]
	}
	return out, nil
}

func hashFile(ctx context.Context, name string, buf []byte) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF { //nolint:errorlint // a file's own
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
