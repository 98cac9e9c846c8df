package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Fresh is a target with a buildkitd of its own that starts with an empty cache, which is removed when the connection is
// closed. It fails where none can be started on this machine.
func Fresh(o Options) (*Target, error) {
	if _, err := newSpec(o); err != nil {
		return nil, err
	}
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	t := &Target{Kind: KindManaged, Name: "with an empty cache"}
	t.connect = func(ctx context.Context) (*Connection, error) {
		if err := os.MkdirAll(cache, 0o700); err != nil {
			return nil, fmt.Errorf("create cache folder: %w", err)
		}
		root, err := os.MkdirTemp(cache, "fresh-")
		if err != nil {
			return nil, fmt.Errorf("create engine folder: %w", err)
		}
		o.Root = root
		c, err := connectFresh(ctx, o)
		if err != nil {
			return nil, errors.Join(err, removeAll(root, o.Tools))
		}
		return c, nil
	}
	return t, nil
}

func connectFresh(ctx context.Context, o Options) (*Connection, error) {
	e, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	c, err := e.Client(ctx)
	if err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	release := func() error { return errors.Join(e.Stop(), removeAll(o.Root, o.Tools)) }
	return &Connection{Client: c, release: release}, nil
}

// removeAll removes a daemon's folder. Without root some of it belongs to the users of its user namespace, and is
// removed from inside one.
func removeAll(root, tools string) error {
	err := os.RemoveAll(root)
	if err == nil || os.Geteuid() == 0 {
		return err
	}
	rootlesskit, toolErr := Tool(tools, "rootlesskit")
	if toolErr != nil {
		return err
	}
	if out, err := exec.Command(rootlesskit, "rm", "-rf", filepath.Clean(root)).CombinedOutput(); err != nil {
		return fmt.Errorf("remove %s: %w\n%s", root, err, out)
	}
	return nil
}
