package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"github.com/moby/buildkit/client"
)

// Options say how the managed buildkitd runs. The zero value is the one that the command line uses.
type Options struct {
	Root          string              // the daemon's private folder; "" is one in the user's cache folder
	Tools         string              // a folder to find buildkitd in first; see [Tool]
	Mirrors       map[string][]string // registry host to the hosts asked before it
	PlainHTTP     []string            // registry hosts (host:port) that speak plain HTTP
	Devices       []string            // folders with CDI specifications; buildkitd's own where there is none
	Log           io.Writer           // is told in one line when Start waits for something; nil drops it
	DieWithParent bool                // the kernel ends the daemon when this process dies (Linux), for tests
}

const (
	readyTimeout = 60 * time.Second       // a cold start takes about a second; a large cache takes longer
	stopTimeout  = 20 * time.Second       // what buildkitd gets to finish before Stop gives up
	pollEvery    = 50 * time.Millisecond  // between looks at a lock or a socket
	noticeAfter  = 500 * time.Millisecond // a shorter wait is not worth a line
	maxSocket    = 100                    // Unix socket paths are cut off by the kernel soon after
)

// Engine is a running buildkitd that this process uses. Other processes may use the same one.
type Engine struct {
	root    string
	users   *flock.Flock // held shared for as long as the daemon is used
	started bool         // whether this process started the daemon
}

// Start makes sure that a buildkitd with the given options runs, and registers this process as one of its users.
// Call Stop when done.
func Start(ctx context.Context, o Options) (*Engine, error) {
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("start buildkitd: it runs on Linux only; on %s, install Docker or set BUILDKIT_HOST", runtime.GOOS)
	}
	o, err := withDefaults(o)
	if err != nil {
		return nil, err
	}
	e := &Engine{root: o.Root, users: flock.New(filepath.Join(o.Root, "users.lock"))}
	change, err := lock(ctx, filepath.Join(o.Root, "change.lock"), o.Log)
	if err != nil {
		return nil, err
	}
	defer change.Unlock()
	if err := e.join(ctx, o); err != nil {
		return nil, errors.Join(err, e.users.Unlock())
	}
	return e, nil
}

func withDefaults(o Options) (Options, error) {
	if o.Root == "" {
		cache, err := CacheDir()
		if err != nil {
			return o, err
		}
		o.Root = filepath.Join(cache, "engine")
	}
	root, err := filepath.Abs(o.Root)
	if err != nil {
		return o, fmt.Errorf("resolve engine folder: %w", err)
	}
	o.Root = root
	if len(socketPath(root)) > maxSocket {
		return o, fmt.Errorf("start buildkitd: the folder %s is too long a path for a socket: set XDG_CACHE_HOME to a shorter one", root)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return o, fmt.Errorf("create engine folder: %w", err)
	}
	return o, nil
}

// join shares the daemon that runs in the folder, or starts one. The caller holds the change lock.
func (e *Engine) join(ctx context.Context, o Options) error {
	spec, err := newSpec(o)
	if err != nil {
		return err
	}
	running := ready(ctx, socketPath(o.Root)) == nil
	if running && sameConfig(o.Root, spec.config) {
		return e.use()
	}
	// A daemon that answers with other settings is in use by another run, or was left by one that was killed. A shared
	// lock on users that can be had exclusively tells the two apart.
	if err := lockOn(ctx, e.users, o.Log); err != nil {
		return err
	}
	if running {
		if err := stopDaemon(ctx, o.Root); err != nil {
			return err
		}
	}
	if err := spec.start(ctx); err != nil {
		return err
	}
	e.started = true
	if err := e.users.Unlock(); err != nil {
		return fmt.Errorf("release engine lock: %w", err)
	}
	return e.use()
}

// use takes this process's share of the users lock.
func (e *Engine) use() error {
	if err := e.users.RLock(); err != nil {
		return fmt.Errorf("lock engine folder: %w", err)
	}
	return nil
}

func sameConfig(root, want string) bool {
	have, err := os.ReadFile(configPath(root))
	return err == nil && bytes.Equal(have, []byte(want))
}

// Address is the daemon's address, as BUILDKIT_HOST has it.
func (e *Engine) Address() string { return "unix://" + socketPath(e.root) }

// LogFile is where the daemon writes its log.
func (e *Engine) LogFile() string { return logPath(e.root) }

// Started tells whether this process started the daemon, as opposed to sharing one that ran already.
func (e *Engine) Started() bool { return e.started }

// Client connects to the daemon.
func (e *Engine) Client(ctx context.Context) (*client.Client, error) {
	return client.New(ctx, e.Address())
}

// Stop gives up this process's use of the daemon, and ends the daemon when nobody else uses it. The daemon's cache
// stays for the next Start.
func (e *Engine) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	change, err := lock(ctx, filepath.Join(e.root, "change.lock"), io.Discard)
	if err != nil {
		return err
	}
	defer change.Unlock()
	if err := e.users.Unlock(); err != nil {
		return fmt.Errorf("release engine lock: %w", err)
	}
	alone, err := e.users.TryLock()
	if err != nil {
		return fmt.Errorf("lock engine folder: %w", err)
	}
	if !alone {
		return nil
	}
	return errors.Join(stopDaemon(ctx, e.root), e.users.Unlock())
}

func socketPath(root string) string { return filepath.Join(root, "buildkitd.sock") }
func configPath(root string) string { return filepath.Join(root, "buildkitd.toml") }
func logPath(root string) string    { return filepath.Join(root, "buildkitd.log") }
