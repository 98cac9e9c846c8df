package environ

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/modelbuild/modelbuild/internal/environ/deb"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// dpkgDeb is the program that reads packages for dpkg, in every Debian.
const dpkgDeb = "/usr/bin/dpkg-deb"

// guardScript stands before dpkg-deb on the path of dpkg, so that the files of a package pass through [Files], which is
// run by the step binary; the rest is dpkg-deb's own. Its arguments are the binary, the folder of the guard and dpkg-deb.
const guardScript = `#!/bin/sh
if [ "$1" = --fsys-tarfile ]; then
	exec '%s' files --package "$2" --guard '%s'
fi
exec '%s' "$@"
`

// refusedName is the file in the folder of the guard with the package that it refused. Beside it, NAME.deb.limits has
// what a package may unpack to.
const (
	refusedName  = "refused.json"
	limitsSuffix = ".limits"
)

// unpackGuarded runs dpkg, which unpacks whatever a package holds, with a guard that refuses what no package may hold.
// In the base every package was read already.
func (r *runner) unpackGuarded(ctx context.Context, j envjob.Job, args []string) (err error) {
	if j.Group == envjob.Base {
		return r.run(ctx, fieldDebian, "dpkg", args)
	}
	dir, err := os.MkdirTemp("", "guard-")
	if err != nil {
		return fmt.Errorf("guard dpkg: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := guard(ctx, dir, j.Packages); err != nil {
		return err
	}
	guarded := *r
	guarded.first = dir
	err = guarded.run(ctx, fieldDebian, "dpkg", args)
	if problem := refusedPackage(filepath.Join(dir, refusedName), j.Packages); problem != nil {
		return problem
	}
	return err
}

// guard fills the folder of the guard, and reads what the packages say of themselves, so that dpkg gets those that were
// locked.
func guard(ctx context.Context, dir string, packages []envjob.Package) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the step binary: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(dpkgDeb)), fmt.Appendf(nil, guardScript, self, dir, dpkgDeb), 0o755); err != nil {
		return fmt.Errorf("guard dpkg: %w", err)
	}
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := head(p.Path())
		if err := judged(p, c, err); err != nil {
			return err
		}
		data, err := json.Marshal(c.Bounds(mostBytes))
		if err == nil {
			err = os.WriteFile(limitsFile(dir, p.Path()), data, 0o600)
		}
		if err != nil {
			return fmt.Errorf("guard dpkg: %w", err)
		}
	}
	return nil
}

func limitsFile(dir, pkg string) string { return filepath.Join(dir, filepath.Base(pkg)+limitsSuffix) }

func head(file string) (*deb.Control, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return deb.ReadControl(bufio.NewReaderSize(f, 1<<16))
}

// refusedFile is a package that was refused, as the guard leaves it for the step that runs dpkg.
type refusedFile struct {
	Package string `json:"package"` // its path
	Entry   string `json:"entry"`
	Reason  string `json:"reason"`
}

// refusedPackage is the problem that the guard found; nil where there is none.
func refusedPackage(file string, packages []envjob.Package) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var found refusedFile
	if err == nil {
		err = json.Unmarshal(data, &found)
	}
	if err != nil {
		return fmt.Errorf("read what was refused: %w", err)
	}
	for _, p := range packages {
		if p.Path() == found.Package {
			return archiveProblem(p, &refusal.Error{Entry: found.Entry, Reason: found.Reason})
		}
	}
	return fmt.Errorf("%s was refused, which is no package of the job", refusal.Shortened(found.Package))
}

// Files writes the files of a package to w as a tar archive, as `dpkg-deb --fsys-tarfile` does, but refuses those that
// no package may hold with a [*refusal.Error], which it leaves in the folder of the guard too.
func Files(ctx context.Context, pkg, guard string, w io.Writer) error {
	err := files(ctx, pkg, limitsFile(guard, pkg), w)
	var why *refusal.Error
	if !errors.As(err, &why) {
		return err
	}
	data, marshalErr := json.Marshal(refusedFile{pkg, why.Entry, why.Reason})
	if marshalErr != nil {
		return errors.Join(err, marshalErr)
	}
	if writeErr := writeNew(filepath.Join(guard, refusedName), data); !errors.Is(writeErr, fs.ErrExist) { // the first one is told
		err = errors.Join(err, writeErr)
	}
	return err
}

func writeNew(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func files(ctx context.Context, pkg, limits string, w io.Writer) error {
	var l deb.Limits
	text, err := os.ReadFile(limits)
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	if err != nil {
		return fmt.Errorf("read limits: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, dpkgDeb, "--fsys-tarfile", pkg)
	cmd.Stderr = os.Stderr
	data, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	err = deb.Copy(w, data, l)
	if err != nil {
		cancel() // it may still be writing
		_ = cmd.Wait()
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	return nil
}
