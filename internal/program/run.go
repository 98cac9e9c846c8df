package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/internal/emulate"
	"github.com/modelbuild/modelbuild/internal/tail"
	"github.com/modelbuild/modelbuild/train/job"
)

// Options are what a run needs besides its job.
type Options struct {
	Output io.Writer // what the program prints, as it comes
	Env    []string  // the environment before the job's own, which wins
	// Poll is how often memory is measured; 100 ms where it is zero.
	Poll time.Duration
}

// Usage is what a program used. It differs from run to run and decides nothing.
type Usage struct {
	Wall, CPU time.Duration
	Memory    int64 // bytes: the most of the program and what it starts that was seen; zero where there is no limit
}

// Run runs the program to its end. Where it fails the error is [job.Problems].
func Run(ctx context.Context, p *job.Program, o Options) (Usage, error) {
	last := &tail.Writer{Max: 2 * tailBytes}
	path, err := find(p, o.Env)
	if err != nil {
		return Usage{}, err
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Dir, cmd.Env = p.Command, p.Dir, o.Env
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		cmd.Env = append(cmd.Env, name+"="+p.Env[name])
	}
	both := io.MultiWriter(o.Output, last)
	cmd.Stdout, cmd.Stderr = both, both // one pipe, so that the lines keep their order
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // for what still holds the pipe
	killed := oomKills()
	start := time.Now()
	if err := cmd.Start(); err != nil {
		if problem := emulate.Problem(err, path, p.Platform, p.Field("run")); problem != nil {
			return Usage{}, problem
		}
		return Usage{}, problem(job.CodeProgram, p.Field("run"), fmt.Sprintf("%s cannot be started: %s", p.Command[0], reason(err)), "is it for this platform, and executable?")
	}
	w := watch(cmd.Process.Pid, p.Limits, o.Poll)
	err = cmd.Wait()
	used := w.stop()
	used.Wall = time.Since(start)
	if s := cmd.ProcessState; s != nil {
		used.CPU = s.UserTime() + s.SystemTime()
	}
	if ctx.Err() != nil {
		return used, context.Cause(ctx)
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return used, nil
	}
	return used, explain(p, failure{state: cmd.ProcessState, over: w.over, oom: oomKills() > killed, lines: lastLines(last.Bytes())})
}

// find is the program's file, which is looked for in the PATH that it will have.
func find(p *job.Program, env []string) (string, error) {
	name := p.Command[0]
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		if _, err := os.Stat(name); err != nil {
			return "", problem(job.CodeProgram, p.Field("run[0]"), fmt.Sprintf("there is no %s in the training environment", p.Command[0]),
				"sources lie at /NAME, and what a base image or packages bring at its usual place")
		}
		return name, nil
	}
	dirs := p.Env["PATH"]
	for _, e := range env {
		if path, ok := strings.CutPrefix(e, "PATH="); ok && dirs == "" {
			dirs = path
		}
	}
	for _, dir := range filepath.SplitList(dirs) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", problem(job.CodeProgram, p.Field("run[0]"), fmt.Sprintf("there is no program %q in the training environment", name),
		"install it with train.packages, take a base image that has it, or write its path; PATH is "+dirs)
}

// reason is an error without the path that the message has already.
func reason(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func problem(code, field, message, hint string) error {
	return job.Problems{{Code: code, Field: field, Message: message, Hint: hint}}
}
