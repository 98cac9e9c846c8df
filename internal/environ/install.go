package environ

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/internal/environ/deb"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/train/job"
)

// mostBytes is what one package may unpack to, whatever it says itself.
const mostBytes = 16 << 30

// Fields of the spec that problems point at.
const (
	fieldDebian = "train.packages.debian"
	fieldPython = "train.packages.python"
)

// Options say where a step runs.
type Options struct {
	Root string    // the root filesystem of the process, /; another one only to unpack
	Log  io.Writer // what dpkg and pip print
}

// Install installs the packages of a job into the root that the process runs in. What a package or its scripts do
// wrong is a [job.Problems].
func Install(ctx context.Context, j envjob.Job, o Options) error {
	if j.Version != envjob.Version {
		return fmt.Errorf("job has version %d; this step reads %d", j.Version, envjob.Version)
	}
	r := &runner{Options: o, platform: j.Platform}
	if j.Group == envjob.Python {
		if err := checkPython(ctx, envjob.PythonDir); err != nil {
			return err
		}
		return errors.Join(r.pip(ctx, j), r.clean())
	}
	if j.Group == envjob.Base {
		if err := r.unpack(ctx, j); err != nil {
			return err
		}
	}
	return errors.Join(r.dpkg(ctx, j), r.clean())
}

type runner struct {
	Options

	platform string // of the packages
	first    string // folder that programs are looked for in before all others; may be empty
}

func (r *runner) path(name string) string { return filepath.Join(r.Root, name) }

// unpack extracts the packages that dpkg itself needs.
func (r *runner) unpack(ctx context.Context, j envjob.Job) error {
	root, err := os.OpenRoot(r.Root)
	if err != nil {
		return fmt.Errorf("open root: %w", err)
	}
	defer root.Close()
	for _, p := range j.Packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := unpackOne(root, p); err != nil {
			return err
		}
	}
	return r.database()
}

func unpackOne(root *os.Root, p envjob.Package) error {
	f, err := os.Open(p.Path())
	if err != nil {
		return fmt.Errorf("open package: %w", err)
	}
	defer f.Close()
	c, err := deb.Extract(f, root, mostBytes)
	return judged(p, c, err)
}

// judged makes a problem of what is wrong with a package that was read.
func judged(p envjob.Package, c *deb.Control, err error) error {
	var refused *refusal.Error
	switch {
	case errors.As(err, &refused):
		return archiveProblem(p, refused)
	case err != nil:
		return fmt.Errorf("unpack %s: %w", p.Name, err)
	case c.Package != p.Name || c.Version != p.Version:
		return archiveProblem(p, &refusal.Error{Reason: fmt.Sprintf("the file is %s %s", c.Package, c.Version)})
	}
	return nil
}

func archiveProblem(p envjob.Package, why error) error {
	return job.Problems{{Code: job.CodeArchive, Field: fieldDebian, Name: p.Name,
		Message: fmt.Sprintf("the package %s %s cannot be unpacked: %s", p.Name, p.Version, why),
		Hint:    "it is the file that was locked: do not use it, and tell the owner of the archive",
	}}
}

// database makes the files that dpkg's database starts from.
func (r *runner) database() error {
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			return fmt.Errorf("create dpkg's database: %w", err)
		}
	}
	for _, name := range []string{"var/lib/dpkg/status", "var/lib/dpkg/available"} {
		if err := os.WriteFile(r.path(name), nil, 0o644); err != nil {
			return fmt.Errorf("create dpkg's database: %w", err)
		}
	}
	return nil
}
