package environ

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/internal/environ/wheel"
	"github.com/modelbuild/modelbuild/train/job"
)

// checkPython refuses wheels of a folder that pip must not read: it installs whatever they hold.
func checkPython(ctx context.Context, dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list wheels: %w", err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".whl") {
			continue
		}
		if err := checkWheel(ctx, filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func checkWheel(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open wheel: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open wheel: %w", err)
	}
	name := filepath.Base(file)
	err = wheel.Check(ctx, wheel.Wheel{ReaderAt: f, Size: info.Size(), Name: name}, mostBytes)
	var refused *refusal.Error
	if !errors.As(err, &refused) {
		return err
	}
	return job.Problems{{Code: job.CodeArchive, Field: fieldPython, Name: name,
		Message: fmt.Sprintf("the wheel %s cannot be installed: %s", refusal.Shortened(name), refused),
		Hint:    "it is the file that was locked: do not use it, and tell the owner of the index",
	}}
}
