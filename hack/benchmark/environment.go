package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/engine"
)

const builder = "bench"

// environment is a build daemon, a registry that mirrors docker.io for it, both frontend images in the registry, and a
// buildx configuration. Nothing outlives it.
type environment struct {
	source   string // the module's folder
	root     string // a temporary folder that everything lies in
	buildx   string
	registry *engine.Registry
	daemon   *engine.Engine
	frontend string            // digest of the frontend image
	env      []string          // of buildx
	versions map[string]string // of everything that takes part
}

func startEnvironment(ctx context.Context, source, binaries string) (*environment, error) {
	root, err := os.MkdirTemp("", "modelbuild-bench-")
	if err != nil {
		return nil, fmt.Errorf("create temporary folder: %w", err)
	}
	e := &environment{source: source, root: root}
	for _, step := range []func(context.Context) error{
		e.startDaemons, e.configureBuildx,
		func(ctx context.Context) error { return e.pushFrontend(ctx, binaries) },
		e.pushPeer, e.readVersions,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	return e, nil
}

func (e *environment) startDaemons(ctx context.Context) (err error) {
	e.registry, err = engine.StartRegistry(ctx, engine.RegistryOptions{
		Root: filepath.Join(e.root, "registry"), DieWithParent: true,
	})
	if err != nil {
		return err
	}
	e.daemon, err = engine.Start(ctx, engine.Options{
		Root: filepath.Join(e.root, "engine"), Log: os.Stderr, DieWithParent: true,
		Mirrors: map[string][]string{"docker.io": {e.registry.Host()}}, PlainHTTP: []string{e.registry.Host()},
	})
	return err
}

// configureBuildx keeps this shell's builders and settings out of the measurement.
func (e *environment) configureBuildx(ctx context.Context) (err error) {
	if e.buildx, err = engine.Tool("", "buildx"); err != nil {
		return err
	}
	e.env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.HasPrefix(name, "BUILD") || strings.HasPrefix(name, "DOCKER_") ||
			strings.HasPrefix(name, "OTEL_") || name == "SOURCE_DATE_EPOCH"
	})
	e.env = append(e.env, "DOCKER_CONFIG="+filepath.Join(e.root, "docker"), "BUILDX_CONFIG="+filepath.Join(e.root, "buildx"),
		"BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	if err := e.run(ctx, "create", "--name", builder, "--driver", "remote", e.daemon.Address()); err != nil {
		return err
	}
	e.env = append(e.env, "BUILDX_BUILDER="+builder)
	return nil
}

// command prepares a buildx command.
func (e *environment) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, e.buildx, args...)
	cmd.Env = e.env
	return cmd
}

// run runs buildx, and shows what it printed only where it failed.
func (e *environment) run(ctx context.Context, args ...string) error {
	if out, err := e.command(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("buildx %s: %w\n%s", args[0], err, out)
	}
	return nil
}

func (e *environment) close() error {
	var errs []error
	if e.daemon != nil {
		errs = append(errs, e.daemon.Stop())
	}
	if e.registry != nil {
		e.registry.Stop()
	}
	return errors.Join(append(errs, os.RemoveAll(e.root))...)
}
