package engine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tools is the folder that hack/setup compiles buildkitd and the others into.
func tools(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(filepath.Join("..", "..", "hack", "setup"), "path").Output()
	require.NoError(t, err, "run `make setup`")
	return strings.TrimSpace(string(out))
}

// testOptions are settings for a daemon of the test's own, in a folder with a short path.
func testOptions(t *testing.T) Options {
	t.Helper()
	root, err := os.MkdirTemp("", "mb-engine-")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(root)) })
	return Options{Root: root, Tools: tools(t), DieWithParent: true}
}

func TestRunsShareOneDaemonUntilTheLastStops(t *testing.T) {
	ctx := t.Context()
	o := testOptions(t)
	first, err := Start(ctx, o)
	require.NoError(t, err)
	second, err := Start(ctx, o)
	require.NoError(t, err)
	assert.True(t, first.Started())
	assert.False(t, second.Started())
	assert.Equal(t, first.Address(), second.Address())

	pid, err := socketPID(socketPath(o.Root))
	require.NoError(t, err)
	require.NoError(t, first.Stop())
	assert.True(t, alive(pid), "the second run still uses the daemon")
	c, err := second.Client(ctx)
	require.NoError(t, err)
	workers, err := c.ListWorkers(ctx)
	require.NoError(t, err)
	assert.Len(t, workers, 1)
	require.NoError(t, c.Close())

	require.NoError(t, second.Stop())
	assert.False(t, alive(pid), "the last run ends the daemon")
}

func TestOtherSettingsWaitForTheDaemonToBeFree(t *testing.T) {
	o := testOptions(t)
	first, err := Start(t.Context(), o)
	require.NoError(t, err)

	other := o
	other.PlainHTTP = []string{"127.0.0.1:1"}
	var log strings.Builder
	other.Log = &log
	short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = Start(short, other)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Contains(t, log.String(), "waiting for another modelbuild")

	require.NoError(t, first.Stop())
	second, err := Start(t.Context(), other)
	require.NoError(t, err)
	assert.True(t, second.Started())
	require.NoError(t, second.Stop())
}

func TestDaemonLeftBehindIsReplacedWhenSettingsDiffer(t *testing.T) {
	o := testOptions(t)
	first, err := Start(t.Context(), o)
	require.NoError(t, err)
	pid, err := socketPID(socketPath(o.Root))
	require.NoError(t, err)
	require.NoError(t, first.users.Unlock()) // as the kernel does for a run that is killed

	other := o
	other.PlainHTTP = []string{"127.0.0.1:1"}
	second, err := Start(t.Context(), other)
	require.NoError(t, err)
	assert.False(t, alive(pid))
	assert.True(t, second.Started())
	require.NoError(t, second.Stop())
}

func TestStartSaysWhyTheDaemonDidNotStart(t *testing.T) {
	o := testOptions(t)
	o.Mirrors = map[string][]string{"docker.io": {"not a host"}}
	bin := filepath.Join(o.Root, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	script := "#!/bin/sh\necho buildkitd: this machine has no such worker >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "buildkitd"), []byte(script), 0o755))
	o.Tools = bin
	_, err := Start(t.Context(), o)
	require.ErrorContains(t, err, "this machine has no such worker")
	require.ErrorContains(t, err, logPath(o.Root))
}

func TestStartNamesAMissingTool(t *testing.T) {
	o := testOptions(t)
	o.Tools = t.TempDir()
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv(ToolsEnv, "")
	_, err := Start(t.Context(), o)
	var missing *MissingToolError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "buildkitd", missing.Name)
	assert.Contains(t, err.Error(), "make setup")
}

func TestStartRefusesAFolderTooDeepForASocket(t *testing.T) {
	_, err := Start(t.Context(), Options{Root: filepath.Join(t.TempDir(), strings.Repeat("d", 120))})
	require.ErrorContains(t, err, "too long a path")
}
