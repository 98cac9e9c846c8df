package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/internal/gobuild"
)

const (
	peerImage   = "bench/dockerfile:1"
	peerBinary  = "dockerfile-frontend"
	peerPackage = "github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend"
)

// peerDockerfile is the last stage of BuildKit's own frontend/dockerfile/cmd/dockerfile-frontend/Dockerfile.
const peerDockerfile = `FROM scratch
LABEL moby.buildkit.frontend.network.none="true"
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd"
COPY dockerfile-frontend /bin/dockerfile-frontend
ENTRYPOINT ["/bin/dockerfile-frontend"]
`

// pushFrontend makes the image that `# syntax=org/modelbuild:1` names; its binaries are compiled unless given.
func (e *environment) pushFrontend(ctx context.Context, binaries string) error {
	if binaries == "" {
		binaries = filepath.Join(e.root, "bin")
		if err := gobuild.BuildImage(ctx, gobuild.Options{Root: e.source, Out: binaries, Stderr: os.Stderr}); err != nil {
			return err
		}
	}
	c, err := e.daemon.Client(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	e.frontend, err = frontendimage.Build(ctx, c, frontendimage.Options{
		Root: e.source, Contexts: map[string]string{"binaries": binaries}, Export: frontendimage.PushTo(e.registry.Host()),
	})
	return err
}

// pushPeer makes the image of BuildKit's Dockerfile frontend, compiled as its own Dockerfile compiles it.
func (e *environment) pushPeer(ctx context.Context) error {
	dir := filepath.Join(e.root, "peer")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-mod=readonly", "-tags", "netgo static_build osusergo",
		"-ldflags", "-d", "-o", filepath.Join(dir, peerBinary), peerPackage)
	cmd.Dir = filepath.Join(e.source, "hack", "tools")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile BuildKit's Dockerfile frontend: %w\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(peerDockerfile), 0o644); err != nil {
		return fmt.Errorf("write Dockerfile: %w", err)
	}
	return e.run(ctx, "build", "--output",
		"type=image,push=true,registry.insecure=true,name="+e.registry.Host()+"/"+peerImage, dir)
}

// readVersions records what takes part. The programs know the module version that they were compiled from.
func (e *environment) readVersions(ctx context.Context) error {
	e.versions = map[string]string{
		"modelbuild-frontend": e.frontend, "go": runtime.Version(), "cpus": fmt.Sprint(runtime.NumCPU()),
	}
	buildkitd, err := engine.Tool("", "buildkitd")
	if err != nil {
		return err
	}
	for name, path := range map[string]string{
		"buildkitd": buildkitd, "buildx": e.buildx, peerBinary: filepath.Join(e.root, "peer", peerBinary),
	} {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read version of %s: %w", name, err)
		}
		e.versions[name] = info.Main.Version
	}
	out, err := exec.CommandContext(ctx, "runc", "--version").Output()
	if err == nil {
		line, _, _ := bytes.Cut(out, []byte("\n"))
		e.versions["runc"] = strings.TrimPrefix(string(line), "runc version ")
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return fmt.Errorf("read kernel version: %w", err)
	}
	e.versions["linux"], _, _ = strings.Cut(strings.TrimSpace(string(kernel)), "-")
	return nil
}
