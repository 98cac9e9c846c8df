// Command sandbox runs a command beside a build daemon and a registry that exist only for it.
//
// The registry mirrors docker.io for the daemon and holds the frontend image made from bin/, so that
// `# syntax=org/modelbuild:1` resolves to the tree at hand. The command finds the daemon in BUILDKIT_HOST and the
// registry's host:port in MODELBUILD_REGISTRY. Both end with the command; their caches stay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/internal/gobuild"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(max(exit.ExitCode(), 1))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./hack/sandbox COMMAND [ARG]...")
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		return errors.New("no command given")
	}
	cache, err := engine.CacheDir()
	if err != nil {
		return err
	}
	root := filepath.Join(cache, "sandbox")
	registry, err := engine.StartRegistry(ctx, engine.RegistryOptions{Root: filepath.Join(root, "registry"), DieWithParent: true})
	if err != nil {
		return err
	}
	defer registry.Stop()
	daemon, err := engine.Start(ctx, engine.Options{
		Root: filepath.Join(root, "engine"), Log: os.Stderr, DieWithParent: true,
		Mirrors: map[string][]string{"docker.io": {registry.Host()}}, PlainHTTP: []string{registry.Host()},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, daemon.Stop()) }()
	if err := pushFrontend(ctx, daemon, registry); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, flag.Arg(0), flag.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "BUILDKIT_HOST="+daemon.Address(), "MODELBUILD_REGISTRY="+registry.Host())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd.Run()
}

// pushFrontend makes the frontend image from bin/ and pushes it to the registry.
func pushFrontend(ctx context.Context, daemon *engine.Engine, registry *engine.Registry) error {
	source, err := gobuild.ModuleRoot(".")
	if err != nil {
		return err
	}
	c, err := daemon.Client(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	digest, err := frontendimage.Build(ctx, c, frontendimage.Options{
		Root: source, Contexts: map[string]string{"binaries": filepath.Join(source, "bin")},
		Export: frontendimage.PushTo(registry.Host()),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "frontend  %s  %s\n", frontendimage.Name, digest)
	return nil
}
