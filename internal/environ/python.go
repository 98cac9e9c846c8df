package environ

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/internal/environ/sdist"
	"github.com/modelbuild/modelbuild/internal/environ/wheel"
	"github.com/modelbuild/modelbuild/train/job"
)

// checkPython refuses wheels and source distributions of a folder that pip must not read: it unpacks whatever they hold.
func checkPython(ctx context.Context, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list files of Python: %w", err)
	}
	for _, f := range files {
		if err := checkDistribution(ctx, filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func checkDistribution(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open distribution: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open distribution: %w", err)
	}
	name, what := filepath.Base(file), "source distribution"
	switch w := (wheel.Wheel{ReaderAt: f, Size: info.Size(), Name: name}); filepath.Ext(name) {
	case ".whl":
		what, err = "wheel", wheel.Check(ctx, w, mostBytes)
	case ".zip":
		err = wheel.CheckZip(w, mostBytes)
	default:
		err = sdist.Check(bufio.NewReaderSize(f, 1<<16), info.Size(), mostBytes)
	}
	var refused *refusal.Error
	if !errors.As(err, &refused) {
		return err
	}
	return job.Problems{{Code: job.CodeArchive, Field: fieldPython, Name: name,
		Message: fmt.Sprintf("the %s %s cannot be installed: %s", what, refusal.Shortened(name), refused),
		Hint:    "it is the file that was locked: do not use it, and tell the owner of the index",
	}}
}
