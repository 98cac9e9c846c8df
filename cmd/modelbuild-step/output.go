package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// diagnosticsFile is where a step leaves its problems, a JSON array.
const diagnosticsFile = "diagnostics.json"

// output is a step's output folder. Its files are 0644 and its folders 0755,
// all with the same modification time, so that equal content is an equal
// layer.
type output struct {
	dir   string
	mtime time.Time
}

// newOutput creates the folder, and removes the diagnostics of a run before.
// The epoch is in Unix seconds.
func newOutput(dir string, epoch int64) (*output, error) {
	o := &output{dir: dir, mtime: time.Unix(epoch, 0)}
	if err := o.mkdir("."); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(dir, diagnosticsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove old diagnostics: %w", err)
	}
	return o, nil
}

// mkdir creates a folder below the output folder, with its parents.
func (o *output) mkdir(name string) error {
	if err := os.MkdirAll(filepath.Join(o.dir, name), 0o755); err != nil {
		return fmt.Errorf("create output folder: %w", err)
	}
	return nil
}

// write puts a file in place whole: a temporary file is written, synced and
// renamed. The name may have folders, separated by slashes.
func (o *output) write(name string, data []byte) error {
	path := filepath.Join(o.dir, filepath.FromSlash(name))
	if err := o.mkdir(filepath.Dir(filepath.FromSlash(name))); err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Chtimes(f.Name(), o.mtime, o.mtime); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Commit()
}

// close gives every folder its mode and modification time; call it last.
func (o *output) close() error {
	var dirs []string
	err := filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	for _, dir := range dirs {
		err = errors.Join(err, os.Chmod(dir, 0o755), os.Chtimes(dir, o.mtime, o.mtime))
	}
	if err != nil {
		return fmt.Errorf("close output folder: %w", err)
	}
	return nil
}

// problems writes the problems in err to the diagnostics file and returns err.
// Other errors are only passed on.
func (o *output) problems(err error) error {
	var ps job.Problems
	if !errors.As(err, &ps) {
		return err
	}
	data, encodeErr := train.Marshal(ps)
	if encodeErr != nil {
		return encodeErr
	}
	return errors.Join(err, o.write(diagnosticsFile, data), o.close())
}

// flags parses a step's arguments, every one of which is required.
func flags(step string, args []string, values map[string]*string) error {
	return flagsOr(step, args, values, nil)
}

// flagsOr is flags with some that may be left out.
func flagsOr(step string, args []string, values, optional map[string]*string) error {
	set := flag.NewFlagSet("modelbuild-step "+step, flag.ContinueOnError)
	for name, value := range values {
		set.StringVar(value, name, "", "required")
	}
	for name, value := range optional {
		set.StringVar(value, name, "", "optional")
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q", step, set.Arg(0))
	}
	var missing []error
	set.VisitAll(func(f *flag.Flag) {
		if f.Value.String() == "" && optional[f.Name] == nil {
			missing = append(missing, fmt.Errorf("%s: --%s is required", step, f.Name))
		}
	})
	return errors.Join(missing...)
}
