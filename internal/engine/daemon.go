package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client"
)

// spec is everything that a buildkitd is started from.
type spec struct {
	root   string
	config string
	argv   []string
	child  childOptions
}

// newSpec finds the programs and settles the settings; it changes nothing.
func newSpec(o Options) (*spec, error) {
	buildkitd, err := Tool(o.Tools, "buildkitd")
	if err != nil {
		return nil, err
	}
	runc, err := runcBinary(o.Tools)
	if err != nil {
		return nil, err
	}
	rootless := os.Geteuid() != 0
	s := &spec{root: o.Root, config: config(o, runc, rootless), child: childOptions{dieWithParent: o.DieWithParent}}
	if rootless {
		rootlesskit, err := Tool(o.Tools, "rootlesskit")
		if err != nil {
			return nil, &MissingToolError{Name: "rootlesskit", Hint: "buildkitd without root needs it: " +
				"install the packages `rootlesskit` and `uidmap`, run as root, or set BUILDKIT_HOST to a daemon that runs already"}
		}
		s.argv = []string{rootlesskit, "--net=host", "--copy-up=/etc", "--copy-up=/run"}
	}
	s.argv = append(s.argv, buildkitd, "--config", configPath(o.Root), "--root", filepath.Join(o.Root, "state"),
		"--addr", "unix://"+socketPath(o.Root))
	return s, nil
}

// start runs the daemon and waits until it answers.
func (s *spec) start(ctx context.Context) error {
	if err := os.WriteFile(configPath(s.root), []byte(s.config), 0o600); err != nil {
		return fmt.Errorf("write buildkitd settings: %w", err)
	}
	if err := os.Remove(socketPath(s.root)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old socket: %w", err)
	}
	child, err := startChild(exec.Command(s.argv[0], s.argv[1:]...), logPath(s.root), s.child)
	if err != nil {
		return fmt.Errorf("start buildkitd: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err = wait(limited, func() error {
		select {
		case <-child.done:
			cancel()
			return fmt.Errorf("it ended at once: %w", errors.Join(child.err, errors.New(logTail(logPath(s.root)))))
		default:
			return ready(limited, socketPath(s.root))
		}
	})
	if err != nil {
		child.stop(stopTimeout)
		return fmt.Errorf("start buildkitd (log: %s): %w", logPath(s.root), err)
	}
	return nil
}

// ready tells whether a daemon answers on the socket.
func ready(ctx context.Context, socket string) error {
	if _, err := os.Stat(socket); err != nil {
		return fmt.Errorf("no socket yet: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	c, err := client.New(limited, "unix://"+socket)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.ListWorkers(limited)
	return err
}

// stopDaemon ends the daemon that listens on the folder's socket, whichever run started it.
func stopDaemon(ctx context.Context, root string) error {
	pid, err := socketPID(socketPath(root))
	if err != nil {
		return nil // nobody listens: it ended by itself
	}
	if err := signalTerm(pid); err != nil {
		return fmt.Errorf("stop buildkitd (process %d): %w", pid, err)
	}
	limited, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	err = wait(limited, func() error {
		if alive(pid) {
			return fmt.Errorf("process %d still runs", pid)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("stop buildkitd: %w", err)
	}
	return nil
}

// logTail is the last few lines of a log, for an error message.
func logTail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
