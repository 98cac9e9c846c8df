package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/internal/gobuild"
)

// startTimeout covers compiling the binaries with a cold Go cache.
const startTimeout = 10 * time.Minute

// environment is what all tests of one test binary share.
type environment struct {
	root     string // a temporary folder that everything below lies in
	source   string // the module's folder
	tools    string // where buildkitd, buildctl, buildx and registry are
	bin      string // the project's binaries
	engine   *engine.Engine
	registry *engine.Registry
	client   *client.Client
	buildx   []string // how to run buildx
	env      []string // the environment of the programs that tests run
	frontend string   // the frontend image's digest
}

// shared belongs to the test binary: Main fills it, and the first New starts what it holds.
var shared struct {
	main bool
	once sync.Once
	env  *environment
	err  error
}

// Main runs a test binary's tests, then ends the processes that they started and exits.
func Main(m *testing.M) {
	shared.main = true
	code := m.Run()
	if shared.env != nil {
		if err := shared.env.close(); err != nil {
			fmt.Fprintln(os.Stderr, "testenv: clean up:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

func start() (*environment, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	source, err := gobuild.ModuleRoot(".")
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "modelbuild-test-")
	if err != nil {
		return nil, fmt.Errorf("create temporary folder: %w", err)
	}
	e := &environment{root: root, source: source, bin: filepath.Join(root, "bin")}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *environment) start(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, filepath.Join(e.source, "hack", "setup"), "path").Output()
	if err != nil {
		return fmt.Errorf("find tools: %w", err)
	}
	e.tools = strings.TrimSpace(string(out))
	if err := e.startDaemons(ctx); err != nil {
		return err
	}
	if err := e.configureBuildx(ctx); err != nil {
		return err
	}
	var messages strings.Builder
	o := gobuild.Options{Root: e.source, Out: e.bin, Stderr: &messages, Names: []string{gobuild.CLI}}
	if err = gobuild.Build(ctx, o); err == nil {
		err = gobuild.BuildImage(ctx, o)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, messages.String())
	}
	e.frontend, err = frontendimage.Build(ctx, e.client, frontendimage.Options{
		Root: e.source, Contexts: map[string]string{"binaries": e.bin}, Export: frontendimage.PushTo(e.registry.Host()),
	})
	return err
}

func (e *environment) startDaemons(ctx context.Context) error {
	var err error
	e.registry, err = engine.StartRegistry(ctx, engine.RegistryOptions{
		Root: filepath.Join(e.root, "registry"), Tools: e.tools, DieWithParent: true,
	})
	if err != nil {
		return err
	}
	if err := writeDevice(filepath.Join(e.root, "cdi")); err != nil {
		return err
	}
	e.engine, err = engine.Start(ctx, engine.Options{
		Root: filepath.Join(e.root, "engine"), Tools: e.tools, DieWithParent: true,
		Mirrors: map[string][]string{"docker.io": {e.registry.Host()}}, PlainHTTP: []string{e.registry.Host()},
		Devices: []string{filepath.Join(e.root, "cdi")},
	})
	if err != nil {
		return err
	}
	e.client, err = e.engine.Client(ctx)
	return err
}

// configureBuildx makes a builder for the daemon in a configuration of its own: as a plugin of the docker command
// where there is one, as most people run it, else by itself.
func (e *environment) configureBuildx(ctx context.Context) error {
	buildx, err := engine.Tool(e.tools, "buildx")
	if err != nil {
		return err
	}
	dockerConfig := filepath.Join(e.root, "docker")
	plugins := filepath.Join(dockerConfig, "cli-plugins")
	if err := os.MkdirAll(plugins, 0o755); err != nil {
		return fmt.Errorf("create docker configuration: %w", err)
	}
	if err := os.Symlink(buildx, filepath.Join(plugins, "docker-buildx")); err != nil {
		return fmt.Errorf("install buildx plugin: %w", err)
	}
	e.buildx = []string{buildx}
	if docker, err := exec.LookPath("docker"); err == nil {
		e.buildx = []string{docker, "buildx"}
	}
	e.env = append(os.Environ(),
		"DOCKER_CONFIG="+dockerConfig, "BUILDX_CONFIG="+filepath.Join(e.root, "buildx"), "BUILDX_BUILDER=modelbuild-test",
		"BUILDKIT_HOST="+e.engine.Address(), engine.ToolsEnv+"="+e.tools, "BUILDKIT_PROGRESS=plain", "NO_COLOR=1",
		"BUILDX_METADATA_PROVENANCE=max", "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	args := slices.Concat(e.buildx[1:], []string{"create", "--name", "modelbuild-test", "--driver", "remote", e.engine.Address()})
	cmd := exec.CommandContext(ctx, e.buildx[0], args...)
	cmd.Env = append(slices.Clone(e.env), "BUILDX_BUILDER=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create builder: %w\n%s", err, out)
	}
	return nil
}

// close ends what start started, in the opposite order, and removes the temporary folder.
func (e *environment) close() error {
	var errs []error
	if e.client != nil {
		errs = append(errs, e.client.Close())
	}
	if e.engine != nil {
		errs = append(errs, e.engine.Stop())
	}
	if e.registry != nil {
		e.registry.Stop()
	}
	return errors.Join(append(errs, os.RemoveAll(e.root))...)
}
