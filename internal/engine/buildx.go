package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
)

// bootTimeout is what a buildx builder gets to answer; it may have to start a container first.
const bootTimeout = 60 * time.Second

// probeBuildx asks the builder that buildx itself would use, honouring BUILDX_BUILDER and BUILDX_CONFIG.
func probeBuildx(ctx context.Context, o DetectOptions) (*found, error) {
	named := o.Builder
	if named == "" {
		named = os.Getenv("BUILDX_BUILDER")
	}
	pass := func(err error) error {
		if named != "" {
			return err
		}
		return absent("%v", err)
	}
	argv, err := buildxCommand(ctx, o.Managed.Tools)
	if err != nil {
		return nil, pass(err)
	}
	name, driver, err := currentBuilder(ctx, argv, o.Builder)
	if err != nil {
		return nil, pass(err)
	}
	if driver == "docker" && named == "" {
		return nil, absent("the current builder %s is the Docker engine itself", name)
	}
	connect := func(ctx context.Context) (*Connection, error) {
		c, err := client.New(ctx, "", client.WithContextDialer(func(context.Context, string) (net.Conn, error) {
			return dialCommand(exec.Command(argv[0], slices.Concat(argv[1:], []string{"--builder", name, "dial-stdio", "--progress", "quiet"})...))
		}))
		if err != nil {
			return nil, err
		}
		return &Connection{Client: c}, nil
	}
	version, err := answers(ctx, bootTimeout, connect)
	if err != nil {
		return nil, pass(fmt.Errorf("builder %s does not answer: %w", name, err))
	}
	return &found{name: name, connect: connect,
		reason: fmt.Sprintf("buildx builder %s (driver %s) answers, BuildKit %s", name, driver, version)}, nil
}

// buildxCommand is how buildx runs here: as the docker command's plugin, or by itself.
func buildxCommand(ctx context.Context, tools string) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if docker, err := exec.LookPath("docker"); err == nil {
		if exec.CommandContext(limited, docker, "buildx", "version").Run() == nil {
			return []string{docker, "buildx"}, nil
		}
	}
	buildx, err := Tool(tools, "buildx")
	if err != nil {
		return nil, errors.New("buildx is not installed")
	}
	return []string{buildx}, nil
}

// currentBuilder reads the name and driver of a builder, or of the current one where name is empty.
func currentBuilder(ctx context.Context, argv []string, name string) (builder, driver string, err error) {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	args := append(slices.Clone(argv[1:]), "inspect")
	if name != "" {
		args = append(args, name)
	}
	out, err := exec.CommandContext(limited, argv[0], args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return "", "", fmt.Errorf("buildx has no usable builder: %w", err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, value, ok := strings.Cut(line, ":")
		if _, seen := fields[key]; ok && !seen {
			fields[key] = strings.TrimSpace(value)
		}
	}
	if fields["Name"] == "" || fields["Driver"] == "" {
		return "", "", errors.New("buildx inspect names no builder")
	}
	return fields["Name"], fields["Driver"], nil
}
