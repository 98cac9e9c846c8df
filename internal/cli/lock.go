package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/containerd/console"
	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/engine/build"
	"github.com/modelbuild/modelbuild/internal/lock"
)

const lockHelp = `Resolve everything remote that a spec does not pin itself, and keep the result in modelbuild.lock beside it: files of
web servers to sha256 and size, branches and tags of git to commits, images and the frontend of the first line to digests,
Debian packages with all that they depend on to path and sha256, Python requirements to the files of an index. Builds then
use exactly these.

What is locked already stays as it is, without a network, until --update names it. What nothing uses any more is dropped.
All targets of the file are looked at. Specs in one folder share its lock: what only others use stays.

A name for --update is a dataset (train), a place in the spec (data.train), what stands there (an address, an image, a
suite, a package, a requirements file), one of http, git, image, debian, python and frontend for all of that kind, or all.

Debian packages come from apt's own sources on this machine, checked by its keys, unless --debian-mirror is given. Python
files come from pip's index unless --python-index is given. Packages have their path in the archive, not a mirror's
address, so that another mirror needs no new lock; Python files have the address that the index gives.

A source with auth_secret is asked for with the secret that --secret gives, as in a build. It goes to that server alone, and is
neither printed nor kept.

The exit status is 0 when the lock is complete, 1 when something could not be resolved (the old lock then stays as it was)
or --check found a difference, and 2 for a mistake in the command line.`

const lockExamples = `  modelbuild lock
  modelbuild lock -f models/penguins.yaml --update train
  modelbuild lock --secret id=data_token,env=DATA_TOKEN
  modelbuild lock --check`

// These say that diagnostics were shown and the command failed by them.
var (
	errLock      = errors.New("nothing was locked")
	errLockCheck = errors.New("the lock does not fit the spec")
)

// lockFlags are the flags of `modelbuild lock`.
type lockFlags struct {
	file                              string
	check                             bool
	update, buildArgs, platforms      []string
	jobs                              int
	timeout                           time.Duration
	debianMirrors, indexes, registers []string
	secrets                           []string
}

func newLockCommand() *cobra.Command {
	f := &lockFlags{}
	cmd := &cobra.Command{
		Use:     "lock [flags]",
		Short:   "Pin a spec's remote inputs in modelbuild.lock",
		Long:    lockHelp,
		Example: lockExamples,
		Args:    maxArgs(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runLock(cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.file, "file", "f", defaultSpec, "the spec")
	flags.BoolVar(&f.check, "check", false, "only compare the lock with the spec; nothing is resolved or written")
	flags.StringArrayVar(&f.update, "update", nil, "resolve this entry again; may be repeated")
	flags.IntVar(&f.jobs, "jobs", 4, "how many inputs to resolve at a time")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "a build argument, NAME=VALUE, or NAME to take it from the environment")
	flags.StringSliceVar(&f.platforms, "platform", nil, "lock Debian packages for these too (default: platforms of the spec, else this machine's)")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long a server may be silent")
	flags.StringArrayVar(&f.debianMirrors, "debian-mirror", nil, "where to look for Debian packages, [ARCHIVE=]URL; may be repeated")
	flags.StringArrayVar(&f.indexes, "python-index", nil, "where to look for Python files, a simple index; may be repeated")
	flags.StringArrayVar(&f.secrets, "secret", nil, "a secret for a private source, id=NAME,src=FILE or id=NAME,env=VARIABLE; may be repeated")
	flags.StringArrayVar(&f.registers, "registry-mirror", nil, "ask another registry, HOST=MIRROR; may be repeated")
	return cmd
}

func runLock(cmd *cobra.Command, f *lockFlags) error {
	args, err := assignments("--build-arg", f.buildArgs, os.LookupEnv)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	options, err := f.options(cmd)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	p, err := lock.Open(f.file, args)
	if err != nil {
		return showLock(cmd.ErrOrStderr(), p, err, errChecked)
	}
	if f.check {
		if err := p.Check().Err(); err != nil {
			return showLock(cmd.OutOrStdout(), p, err, errLockCheck)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: locked\n", f.file)
		return nil
	}
	plan, err := p.Plan(f.update, architectures(f.platforms))
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	l, err := plan.Resolve(cmd.Context(), options)
	if err != nil {
		return showLock(cmd.ErrOrStderr(), p, err, errLock)
	}
	changed, err := p.Write(l)
	if err != nil {
		return err
	}
	printLocked(cmd.OutOrStdout(), spec.LockFile(f.file), plan, changed)
	return nil
}

// showLock prints the diagnostics that err carries, if any; the command then fails
// by failed.
func showLock(w io.Writer, p *lock.Project, err, failed error) error {
	l, ok := diag.From(err)
	if !ok {
		return err
	}
	if err := diag.Render(w, p.Sources, l); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	return failed
}

func printLocked(w io.Writer, file string, plan *lock.Plan, changed bool) {
	if !changed {
		fmt.Fprintf(w, "%s: nothing to change\n", file)
		return
	}
	fmt.Fprintf(w, "%s: %d resolved, %d kept, %d dropped\n", file, len(plan.Missing), plan.Kept(), len(plan.Dropped))
	if len(plan.Others) > 0 {
		fmt.Fprintf(w, "%s: what was resolved again is that of %s too\n", file, strings.Join(plan.Others, ", "))
	}
}

// architectures are platforms as Debian calls them.
func architectures(platforms []string) []string {
	var out []string
	for _, p := range platforms {
		_, arch, _ := strings.Cut(p, "/")
		out = append(out, spec.DebianArchitecture(arch))
	}
	return out
}

func (f *lockFlags) options(cmd *cobra.Command) (lock.Options, error) {
	o := lock.Options{Jobs: f.jobs, Timeout: f.timeout, PythonIndexes: f.indexes, Lookup: os.LookupEnv}
	switch {
	case f.jobs < 1:
		return o, fmt.Errorf("--jobs is at least 1, not %d", f.jobs)
	case f.timeout <= 0:
		return o, fmt.Errorf("--timeout is a length of time, as in 30s, not %s", f.timeout)
	case f.check && len(f.update) > 0:
		return o, errors.New("--check changes nothing, so that --update has no meaning with it")
	}
	for _, p := range f.platforms {
		if osName, arch, _ := strings.Cut(p, "/"); osName != "linux" || arch == "" {
			return o, fmt.Errorf("--platform is linux/ARCH, as in linux/arm64, not %q", p)
		}
	}
	var err error
	if o.DebianMirrors, err = mirrors("--debian-mirror", f.debianMirrors); err != nil {
		return o, err
	}
	if o.RegistryMirrors, err = assignments("--registry-mirror", f.registers, func(string) (string, bool) { return "", true }); err != nil {
		return o, err
	}
	for host, mirror := range o.RegistryMirrors {
		if mirror == "" {
			return o, fmt.Errorf("read --registry-mirror %q: HOST=MIRROR is needed", host)
		}
	}
	secret, err := build.Secrets(f.secrets)
	if err != nil {
		return o, err
	}
	o.Secret = func(ctx context.Context, id string) (string, error) {
		value, err := secret(ctx, id)
		if errors.Is(err, build.ErrNoSecret) {
			err = lock.ErrNoSecret
		}
		return value, err
	}
	w := cmd.ErrOrStderr()
	o.Progress = lock.NewProgress(w, isTerminal(w))
	return o, nil
}

// mirrors reads [ARCHIVE=]URL.
func mirrors(flag string, given []string) (map[string]string, error) {
	out := map[string]string{}
	for _, arg := range given {
		label, address, ok := strings.Cut(arg, "=")
		if !ok || strings.Contains(label, "://") {
			label, address = "", arg
		}
		if !strings.Contains(address, "://") && !strings.HasPrefix(address, "file:") {
			return nil, fmt.Errorf("read %s %q: [ARCHIVE=]URL is needed", flag, arg)
		}
		out[label] = address
	}
	return out, nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := console.ConsoleFromFile(f)
	return err == nil
}
