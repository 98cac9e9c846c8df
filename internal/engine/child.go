package engine

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

type childOptions struct {
	dieWithParent bool
}

// child is a background process that this process started.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended; err is set then
	err  error
}

// startChild runs a command in the background, in a process group of its own so that an interrupt typed at the
// terminal does not reach it, with its output appended to a log file.
func startChild(cmd *exec.Cmd, log string, o childOptions) (*child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	setProcAttr(cmd, o)
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel's death signal follows the thread that started the child, so that thread stays until the child ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// stop asks the child to end, and makes it after the given time.
func (c *child) stop(patience time.Duration) {
	_ = signalTerm(c.cmd.Process.Pid)
	select {
	case <-c.done:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}
