package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestGuide runs the commands of the guide, one block after the other, in a copy
// of the example. A block to run has the comment <!-- run --> above it, or
// <!-- run: exit N -->; each <!-- expect: TEXT --> must be in what it prints.
func TestGuide(t *testing.T) {
	g := newGuide(t)
	ran := 0
	for _, b := range read(t, "docs/guide.md").blocks {
		want, ok := exitStatus(t, b)
		if !ok {
			continue
		}
		ran++
		code, out := g.run(t, b.text)
		require.Equal(t, want, code, "docs/guide.md:%d\n%s\n%s", b.line, b.text, out)
		for _, note := range b.notes {
			if text, ok := strings.CutPrefix(note, "expect: "); ok {
				require.Contains(t, out, text, "docs/guide.md:%d\n%s", b.line, b.text)
			}
		}
	}
	require.Greater(t, ran, 15)
}

// exitStatus reads the run comment of a block.
func exitStatus(t *testing.T, b *block) (status int, run bool) {
	t.Helper()
	for _, note := range b.notes {
		if note == "run" {
			return 0, true
		}
		if text, ok := strings.CutPrefix(note, "run: exit "); ok {
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			return n, true
		}
	}
	return 0, false
}

// guide is where the commands run: a folder and an environment.
type guide struct {
	sb  *testenv.Sandbox
	dir string
	env []string
}

func newGuide(t *testing.T) *guide {
	t.Helper()
	sb := testenv.New(t)
	sb.Setenv("BUILDX_NO_DEFAULT_ATTESTATIONS", "") // as people have it
	g := &guide{sb: sb, dir: t.TempDir()}
	require.NoError(t, os.CopyFS(g.dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	g.env = []string{"REGISTRY=" + sb.Registry(), "MODELBUILD=" + checkout(t, sb), "PATH=" + searchPath(t, sb)}
	return g
}

// checkout is a folder that looks like the repository after `make bin`, as far
// as the frontend image is made from it.
func checkout(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "bin"), os.DirFS(sb.Bin())))
	for _, name := range []string{"Dockerfile", ".dockerignore"} {
		text, err := os.ReadFile(filepath.Join(sb.Source(), name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	return dir
}

// searchPath finds the project's binaries, buildctl, and a docker command: a
// stand-in that knows buildx alone where there is none.
func searchPath(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	tools := ""
	for _, kv := range sb.Command("", "true").Env {
		if dir, ok := strings.CutPrefix(kv, "MODELBUILD_TOOLS="); ok {
			tools = dir
		}
	}
	path := []string{sb.Bin(), tools}
	if _, err := exec.LookPath("docker"); err != nil {
		dir := t.TempDir()
		script := "#!/bin/sh\nshift\nexec " + filepath.Join(tools, "buildx") + " \"$@\"\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755))
		path = append(path, dir)
	}
	return strings.Join(append(path, os.Getenv("PATH")), string(os.PathListSeparator))
}

// run runs a block and returns its exit status and what it printed.
func (g *guide) run(t *testing.T, text string) (code int, out string) {
	t.Helper()
	cmd := g.sb.Command(g.dir, "bash", "-eu", "-o", "pipefail", "-c", text)
	cmd.Env = slices.Concat(cmd.Env, g.env)
	printed, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), string(printed)
}
