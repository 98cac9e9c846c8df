package environ

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/internal/emulate"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/internal/tail"
	"github.com/modelbuild/modelbuild/train/job"
)

// environment is what the scripts of packages see: nobody to ask, one language, and fixed in what Python and others
// make of the time and of chance. Programs are looked for in the folder first, where it is not empty, and then where they
// always are.
func environment(first string) []string {
	if first != "" {
		first += ":"
	}
	return []string{
		"PATH=" + first + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true", "DEBCONF_NOWARNINGS=yes",
		"SOURCE_DATE_EPOCH=0", "PYTHONHASHSEED=0",
		"PIP_BREAK_SYSTEM_PACKAGES=1", "PIP_ROOT_USER_ACTION=ignore", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_CACHE_DIR=1", "PIP_NO_INPUT=1",
	}
}

// noServices is a script that tells packages not to start any; see invoke-rc.d(8).
const (
	noServices     = "usr/sbin/policy-rc.d"
	noServicesText = "#!/bin/sh\nexit 101\n"
)

// dpkg installs packages with the root's own dpkg: all are unpacked, and then configured in the order that their
// dependencies ask for. Only unpacking may break dependencies, for as long as not all are there.
func (r *runner) dpkg(ctx context.Context, j envjob.Job) error {
	if err := os.WriteFile(r.path(noServices), []byte(noServicesText), 0o755); err != nil {
		return fmt.Errorf("turn services off: %w", err)
	}
	options := []string{"--force-unsafe-io", "--force-confdef", "--force-confold"}
	unpack := append(slices.Clone(options), "--force-depends", "--unpack")
	for _, p := range j.Packages {
		unpack = append(unpack, p.Path())
	}
	err := r.unpackGuarded(ctx, j, unpack)
	if err == nil {
		err = r.run(ctx, fieldDebian, "dpkg", append(options, "--configure", "--pending"))
	}
	return errors.Join(err, os.Remove(r.path(noServices)))
}

// pip installs files of an index with the root's own pip, from the folder that they are mounted in.
func (r *runner) pip(ctx context.Context, j envjob.Job) error {
	list, err := os.CreateTemp("", "requirements-*.txt")
	if err != nil {
		return fmt.Errorf("write requirements: %w", err)
	}
	defer os.Remove(list.Name())
	_, err = list.WriteString(j.Requirements)
	if err = errors.Join(err, list.Close()); err != nil {
		return fmt.Errorf("write requirements: %w", err)
	}
	return r.run(ctx, fieldPython, "python3", []string{"-m", "pip", "install", "--no-index", "--find-links", envjob.PythonDir,
		"--require-hashes", "--no-deps", "--no-build-isolation", "--no-compile", "--no-warn-script-location", "--progress-bar", "off", "-r", list.Name()})
}

// run runs a program of the root. Its failure is a problem with the last lines that it printed.
func (r *runner) run(ctx context.Context, field, name string, args []string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/"
	cmd.Env = environment(r.first)
	last := &tail.Writer{Max: tailBytes}
	cmd.Stdout = io.MultiWriter(r.Log, last)
	cmd.Stderr = cmd.Stdout
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if problem := emulate.Problem(err, cmd.Path, r.platform, field); problem != nil {
		return problem
	}
	message := fmt.Sprintf("%s could not install the packages: %s", name, err)
	if said := lastLines(last.Bytes()); len(said) > 0 {
		message += "; it said:\n    " + strings.Join(said, "\n    ")
	}
	return job.Problems{{Code: job.CodeInstall, Field: field, Message: message, Hint: "the whole output is in the log above"}}
}

const (
	tailBytes = 64 << 10
	tailLines = 12
	lineBytes = 400
)

// lastLines are the last lines of an output, those of errors where there are any.
func lastLines(text []byte) []string {
	var all, errs []string
	for line := range strings.Lines(strings.ToValidUTF8(string(text), "?")) {
		line = strings.TrimRight(line, " \r\n")
		if line == "" {
			continue
		}
		if len(line) > lineBytes {
			line = line[:lineBytes] + "…"
		}
		all = append(all, line)
		if lower := strings.ToLower(line); strings.Contains(lower, "error") {
			errs = append(errs, line)
		}
	}
	if len(errs) == 0 {
		errs = all
	}
	return errs[max(len(errs)-tailLines, 0):]
}
