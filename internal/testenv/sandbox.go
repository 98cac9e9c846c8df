package testenv

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/internal/gobuild"
)

// commandTimeout bounds one program that a test runs, so that a hang names the command instead of the whole binary.
const commandTimeout = 15 * time.Minute

// Sandbox is one test's view of the shared BuildKit and registry.
type Sandbox struct {
	t testing.TB
	e *environment
}

// New gives a test its sandbox, starting the shared processes when it is the first.
func New(t testing.TB) *Sandbox {
	t.Helper()
	if !shared.main {
		t.Fatal("testenv.New: the test binary needs `func TestMain(m *testing.M) { testenv.Main(m) }`")
	}
	shared.once.Do(func() { shared.env, shared.err = start() })
	var missing *engine.MissingToolError
	if errors.As(shared.err, &missing) {
		t.Fatalf("start sandbox: %v\nhack/setup test installs everything that the tests need", shared.err)
	}
	if shared.err != nil {
		t.Fatalf("start sandbox: %v", shared.err)
	}
	return &Sandbox{t: t, e: shared.env}
}

// Client is a connection to the sandbox's BuildKit. It is shared: do not close it.
func (s *Sandbox) Client() *client.Client { return s.e.client }

// Address is the address of the sandbox's BuildKit, as BUILDKIT_HOST has it.
func (s *Sandbox) Address() string { return s.e.engine.Address() }

// Registry is the sandbox's registry, host:port; it speaks plain HTTP and mirrors docker.io for BuildKit.
func (s *Sandbox) Registry() string { return s.e.registry.Host() }

// Ref is an image reference in the sandbox's registry that no other test uses.
func (s *Sandbox) Ref(tag string) string {
	repo := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '/' {
			return r
		}
		return -1
	}, strings.ToLower(s.t.Name()))
	return s.Registry() + "/" + repo + ":" + tag
}

// Frontend is the reference and the digest of the frontend image under test.
func (s *Sandbox) Frontend() (ref, digest string) { return frontendimage.Name, s.e.frontend }

// Source is the folder of the module under test.
func (s *Sandbox) Source() string { return s.e.source }

// Bin is the folder with the project's compiled binaries.
func (s *Sandbox) Bin() string { return s.e.bin }

// Context writes files, given by slash-separated path, into a new folder and returns the folder.
func (s *Sandbox) Context(files map[string]string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatalf("create folder of %s: %v", name, err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			s.t.Fatalf("write %s: %v", name, err)
		}
	}
	return dir
}

// Result is what a program that a test ran left behind.
type Result struct {
	Stdout, Stderr string
	Code           int // the exit status
	t              testing.TB
	command        string
}

// OK fails the test unless the program exited 0, showing what it printed.
func (r Result) OK() Result {
	r.t.Helper()
	if r.Code != 0 {
		r.t.Fatalf("%s: exit status %d\n%s%s", r.command, r.Code, r.Stdout, r.Stderr)
	}
	return r
}

// Failed fails the test when the program exited 0.
func (r Result) Failed() Result {
	r.t.Helper()
	if r.Code == 0 {
		r.t.Fatalf("%s: succeeded, but a failure was expected\n%s%s", r.command, r.Stdout, r.Stderr)
	}
	return r
}

var whyFailed = regexp.MustCompile(`(?m)^(model\.yaml:\d+\n-{20}|ERROR: )`)

// Why is the part of buildx's plain log that says why a build failed: excerpts and the error, without the progress above
// them. What buildx says before our error depends on which of two answers of BuildKit it sees first, so that the two
// are made one.
func (r Result) Why() string {
	log := r.Stderr
	if at := whyFailed.FindStringIndex(log); at != nil {
		log = log[at[0]:]
	}
	log = strings.Replace(log, "failed to run Build function: ", "failed to solve: ", 1)
	return strings.TrimRight(log, "\n") + "\n"
}

// Buildx runs buildx on the sandbox's builder: `docker buildx` where the docker command exists.
func (s *Sandbox) Buildx(args ...string) Result {
	s.t.Helper()
	return s.BuildxIn("", args...)
}

// BuildxIn is Buildx in a folder, for what reads its working folder, such as bake.
func (s *Sandbox) BuildxIn(dir string, args ...string) Result {
	s.t.Helper()
	return s.Run(dir, slices.Concat(s.e.buildx, args)...)
}

// Buildctl runs buildctl on the sandbox's BuildKit.
func (s *Sandbox) Buildctl(args ...string) Result {
	s.t.Helper()
	return s.Run("", append([]string{filepath.Join(s.e.tools, "buildctl")}, args...)...)
}

// CLI runs the modelbuild command on the sandbox's BuildKit.
func (s *Sandbox) CLI(args ...string) Result {
	s.t.Helper()
	return s.Run("", append([]string{filepath.Join(s.e.bin, gobuild.CLI)}, args...)...)
}

// Command prepares a program to run in a folder with the sandbox's environment, for what Run does not cover.
func (s *Sandbox) Command(dir string, argv ...string) *exec.Cmd {
	return s.command(s.t.Context(), dir, argv)
}

func (s *Sandbox) command(ctx context.Context, dir string, argv []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = slices.Clone(s.e.env)
	cmd.WaitDelay = time.Second
	return cmd
}

// Run runs a program in a folder with the sandbox's environment.
func (s *Sandbox) Run(dir string, argv ...string) Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), commandTimeout)
	defer cancel()
	cmd := s.command(ctx, dir, argv)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("run %s: %v", strings.Join(argv, " "), err)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode(), t: s.t,
		command: strings.Join(argv, " ")}
}

// Setenv changes a variable of the programs that this sandbox runs from here on; an empty value removes it.
func (s *Sandbox) Setenv(name, value string) {
	env := slices.DeleteFunc(slices.Clone(s.e.env), func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
	if value != "" {
		env = append(env, name+"="+value)
	}
	e := *s.e
	e.env = env
	s.e = &e
}
