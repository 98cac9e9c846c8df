package nosync_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/environ/nosync"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestIgnore: calls that wait succeed at once, even of a file that is not there, in every thread and in programs that are
// started; others go on as ever. It is another process, since there is no way back.
func TestIgnore(t *testing.T) {
	const child = "NOSYNC_TEST_CHILD"
	if os.Getenv(child) == "" {
		require.ErrorIs(t, unix.Fsync(-1), unix.EBADF)
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestIgnore$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=yes")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestIgnore")
		return
	}
	require.NoError(t, nosync.Ignore())
	for range 8 { // of several threads
		done := make(chan error)
		go func() { done <- unix.Fsync(-1) }()
		require.NoError(t, <-done)
	}
	require.NoError(t, unix.Fdatasync(-1))
	require.NoError(t, unix.Syncfs(-1))
	require.NoError(t, unix.SyncFileRange(-1, 0, 0, 0))
	require.NoError(t, exec.CommandContext(t.Context(), "sync", t.TempDir()).Run())
	require.ErrorIs(t, unix.Fchmod(-1, 0), unix.EBADF)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("text"), 0o600))
	require.FileExists(t, file)
}
