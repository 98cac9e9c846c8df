// Package gobuild compiles the project's binaries with one fixed set of flags, so that `make bin`, the Dockerfile
// and the tests give the same bytes for the same source, whatever the caller's Go settings are.
package gobuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// Binaries that the frontend image holds, and the command for a person's own machine.
const (
	Frontend = "modelbuild-frontend"
	Step     = "modelbuild-step"
	Server   = "modelbuild-serve"
	CLI      = "modelbuild"
)

// ServersDir is the folder of the inference servers in the frontend image and beside the binaries: one for each platform
// that an image may be for, whatever the platform of the build.
const ServersDir = "serve"

// ServerArchs are the processors of these platforms, whose operating system is Linux.
func ServerArchs() []string { return []string{"amd64", "arm64"} }

// BuildImage compiles what the frontend image holds: the frontend and the step for one platform, and the servers.
func BuildImage(ctx context.Context, o Options) error {
	servers := o
	o.Names = []string{Frontend, Step}
	if err := Build(ctx, o); err != nil {
		return err
	}
	servers.Names = []string{Server}
	for _, arch := range ServerArchs() {
		servers.OS, servers.Arch, servers.Out = "linux", arch, filepath.Join(o.Out, ServersDir, "linux-"+arch)
		if err := Build(ctx, servers); err != nil {
			return err
		}
	}
	return nil
}

// Options say what to compile and where to.
type Options struct {
	Root   string    // the module's folder
	Out    string    // the folder to write the binaries to
	OS     string    // GOOS; "" is the host's
	Arch   string    // GOARCH; "" is the host's
	Names  []string  // names under cmd/
	Stderr io.Writer // the go command's messages; nil drops them
}

// flags keep paths, version control state and build IDs out of the binaries: with them only the source, the module
// versions and the Go version decide the bytes.
var flags = [...]string{"-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w -buildid="}

// Arithmetic returns the flags of the go command under which code that trains, and gonum inside it, computes the same
// bits on every processor: sums in the order of the Go source rather than that of the assembly for amd64, and, where
// the compiler would do so, no fusion of products with sums. The step and the tests are compiled with them.
func Arithmetic(arch string) []string {
	if arch == "amd64" { // GOAMD64=v1 has no fused instruction
		return []string{"-tags=noasm"}
	}
	return []string{"-tags=noasm", "-gcflags=all=-d=fmahash=qn"}
}

// Build compiles static binaries for one platform.
func Build(ctx context.Context, o Options) error {
	if len(o.Names) == 0 {
		return errors.New("build binaries: no names given")
	}
	version, err := goVersion(o.Root)
	if err != nil {
		return err
	}
	o.Out, err = filepath.Abs(o.Out)
	if err != nil {
		return fmt.Errorf("resolve output folder: %w", err)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("create output folder: %w", err)
	}
	// The frontend trains nothing, and is faster with assembly.
	others := slices.DeleteFunc(slices.Clone(o.Names), trains)
	if len(others) < len(o.Names) {
		trainers := o
		trainers.Names = slices.DeleteFunc(slices.Clone(o.Names), func(name string) bool { return !trains(name) })
		if err := compile(ctx, trainers, version, Arithmetic(o.arch())); err != nil {
			return err
		}
	}
	if len(others) == 0 {
		return nil
	}
	o.Names = others
	return compile(ctx, o, version, nil)
}

// trains says whether a program has the arithmetic of the training engine in it.
func trains(name string) bool { return name == Step || name == CLI || name == Server }

// arch is the processor that the go command will compile for.
func (o Options) arch() string {
	if o.Arch == "" {
		return runtime.GOARCH
	}
	return o.Arch
}

func compile(ctx context.Context, o Options, version string, more []string) error {
	args := append([]string{"build"}, flags[:]...)
	args = append(args, more...)
	args = append(args, "-o", o.Out+string(filepath.Separator))
	for _, name := range o.Names {
		args = append(args, "./cmd/"+name)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = o.Root
	cmd.Env = environ(os.Environ(), version, o)
	cmd.Stderr = o.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compile %s: %w", strings.Join(o.Names, ", "), err)
	}
	return nil
}

// environ drops every setting that could change the bytes, and fixes those whose defaults could.
func environ(base []string, version string, o Options) []string {
	kept := slices.DeleteFunc(slices.Clone(base), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GOFLAGS", "GOOS", "GOARCH", "GOEXPERIMENT", "GOTOOLCHAIN", "GOWORK", "CGO_ENABLED", "GOFIPS140":
			return true
		}
		return false
	})
	kept = append(kept, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off",
		"GOAMD64=v1", "GOARM64=v8.0", "GOTOOLCHAIN=go"+version)
	if o.OS != "" {
		kept = append(kept, "GOOS="+o.OS)
	}
	if o.Arch != "" {
		kept = append(kept, "GOARCH="+o.Arch)
	}
	return kept
}

// goVersion is the version in the module's go line: the one toolchain that releases are compiled with.
func goVersion(root string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read go.mod: %w", err)
	}
	m := regexp.MustCompile(`(?m)^go (\d+\.\d+(\.\d+)?)$`).FindSubmatch(mod)
	if m == nil {
		return "", fmt.Errorf("read go.mod: no go line in %s", root)
	}
	return string(m[1]), nil
}

// ModuleRoot is the nearest folder at or above dir that has a go.mod.
func ModuleRoot(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", dir, err)
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("find module root: no go.mod at or above %s", abs)
		}
	}
}
