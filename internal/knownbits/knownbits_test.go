package knownbits

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/gobuild"
)

// packages are the folders below train that have a TestKnownBits.
func packages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../train/*/*_test.go")
	require.NoError(t, err)
	found := map[string]bool{}
	var out []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		dir := filepath.Dir(file)
		if strings.Contains(string(text), "func TestKnownBits(") && !found[dir] {
			found[dir] = true
			out = append(out, dir)
		}
	}
	require.GreaterOrEqual(t, len(out), 2)
	return out
}

// compile builds the test binaries of packages for an architecture.
func compile(t *testing.T, arch string, dirs []string) string {
	t.Helper()
	out := t.TempDir()
	args := append([]string{"test", "-c", "-o", out + string(filepath.Separator)}, gobuild.Arithmetic(arch)...)
	for _, dir := range dirs {
		args = append(args, "./"+dir)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOAMD64=v1", "GOARCH="+arch)
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	return out
}

func run(t *testing.T, dir string, env []string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], append(command[1:], "-test.run=^TestKnownBits$")...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PASS")
}

// TestEveryPlatformHasTheKnownBits runs on arm64 what the packages' own tests run
// here, and here without the extensions that the processor may have.
func TestEveryPlatformHasTheKnownBits(t *testing.T) {
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		qemu, err = exec.LookPath("qemu-aarch64")
	}
	require.NoError(t, err, "install an arm64 emulator: apt-get install qemu-user-static")
	dirs := packages(t)
	arm, own := compile(t, "arm64", dirs), compile(t, runtime.GOARCH, dirs)
	for _, dir := range dirs {
		name := filepath.Base(dir) + ".test"
		t.Run(filepath.Base(dir), func(t *testing.T) {
			run(t, dir, nil, qemu, filepath.Join(arm, name))
			run(t, dir, []string{"GODEBUG=cpu.all=off"}, filepath.Join(own, name))
		})
	}
}

func TestCheckSeesABit(t *testing.T) {
	const zeros = "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc"
	Check(t, zeros, 0.0)
	inner := &recorder{TB: t}
	Check(inner, zeros, 5e-324)
	require.True(t, inner.failed)
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
