package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Hash computes the digests of a file, or of every file below a folder, several at
// a time, in the order of their paths. Links are not followed; each is listed with the digest of its target's text.
func Hash(ctx context.Context, root string) ([]File, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, fmt.Errorf("hash files: %w", err)
	}
	var files []File
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0) {
			files = append(files, File{Path: filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, root), "/"))})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hash files: %w", err)
	}
	return files, HashFiles(ctx, root, files)
}

// HashFiles computes the digests of files below a folder, by their paths from there, several at a time and in the order
// in which they are given.
func HashFiles(ctx context.Context, root string, files []File) error {
	var wg sync.WaitGroup
	next := make(chan int)
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			buf := make([]byte, 1<<20)
			for i := range next {
				if errs[w] == nil {
					errs[w] = hash(ctx, filepath.Join(root, filepath.FromSlash(files[i].Path)), &files[i], buf)
				}
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return fmt.Errorf("hash files: %w", err)
		}
	}
	return nil
}

func hash(ctx context.Context, name string, f *File, buf []byte) error {
	h := sha256.New()
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(target))
		f.SHA256, f.Size = hex.EncodeToString(sum[:]), int64(len(target))
		return nil
	}
	r, err := os.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if f.Size, err = io.CopyBuffer(struct{ io.Writer }{h}, untilDone{ctx, r}, buf); err != nil {
		return err
	}
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return nil
}

// Digest is one for all files, and their size: that of the file itself where there is but one
// that is no folder's, else the sha256 of a line "SHA256  PATH\n" for each, as
// sha256sum prints them.
func Digest(files []File) (sha256Hex string, size int64) {
	if len(files) == 1 && files[0].Path == "" {
		return files[0].SHA256, files[0].Size
	}
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %s\n", f.SHA256, f.Path)
		size += f.Size
	}
	return hex.EncodeToString(h.Sum(nil)), size
}

// untilDone reads until its context is done. It has no other method, so that the buffer is used.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
