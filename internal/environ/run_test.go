package environ

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// TestTail keeps the lines that say what went wrong, of any amount of output.
func TestTail(t *testing.T) {
	write := func(parts ...string) []string { return lastLines([]byte(strings.Join(parts, ""))) }
	require.Equal(t, []string{"one", "two"}, write("one\n", "\n", "tw", "o\n"))
	require.Equal(t, []string{"dpkg: error: no"}, write("Setting up\ndpkg: error: no\nEnd\n"))
	require.Len(t, write(strings.Repeat("line\n", 100)), tailLines)
	require.Equal(t, []string{"last"}, write(strings.Repeat("\n", 2*tailBytes), "last\n"))
	require.Equal(t, []string{strings.Repeat("x", lineBytes) + "…"}, write(strings.Repeat("x", 3*lineBytes)))
	require.Equal(t, []string{"a?b"}, write("a\xffb"))
	require.Empty(t, write(""))
}

// TestRun: a program that fails is a problem at its field, with what it said; one that is not there too.
func TestRun(t *testing.T) {
	r := &runner{Options: Options{Root: t.TempDir(), Log: io.Discard}}
	require.NoError(t, r.run(t.Context(), fieldPython, "true", nil))
	var ps job.Problems
	require.ErrorAs(t, r.run(t.Context(), fieldDebian, "sh", []string{"-c", "echo fine; echo 'E: error 7' >&2; exit 3"}), &ps)
	require.Equal(t, job.CodeInstall, ps[0].Code)
	require.Equal(t, fieldDebian, ps[0].Field)
	require.Equal(t, "sh could not install the packages: exit status 3; it said:\n    E: error 7", ps[0].Message)
	require.ErrorAs(t, r.run(t.Context(), fieldPython, "no-such-program", nil), &ps)
	require.Contains(t, ps[0].Message, "executable file not found")
}

// TestEnvironmentOfScripts: nothing of the builder's own environment reaches them.
func TestEnvironmentOfScripts(t *testing.T) {
	t.Setenv("SECRET", "x")
	var log strings.Builder
	r := &runner{Options: Options{Root: t.TempDir(), Log: &log}}
	require.NoError(t, r.run(t.Context(), fieldDebian, "env", nil))
	require.NotContains(t, log.String(), "SECRET")
	require.Contains(t, log.String(), "SOURCE_DATE_EPOCH=0\n")
	require.Contains(t, log.String(), "DEBIAN_FRONTEND=noninteractive\n")
}

// TestClean removes what has the time in it, keeps folders that programs expect, and follows no link out of them.
func TestClean(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, nil, 0o644))
	for _, name := range []string{"var/log/apt/term.log", "var/log/dpkg.log", "var/cache/ldconfig/aux-cache", "var/lib/dpkg/status-old", "var/lib/dpkg/status",
		"etc/machine-id", "etc/passwd", "etc/passwd-", "tmp/x", "usr/share/log"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o644))
	}
	require.NoError(t, os.Symlink(outside, filepath.Join(root, "var/log/link")))
	require.NoError(t, (&runner{Options: Options{Root: root}}).clean())
	for _, gone := range []string{"var/log/apt/term.log", "var/log/dpkg.log", "var/log/link", "var/cache/ldconfig/aux-cache", "var/lib/dpkg/status-old", "etc/machine-id", "etc/passwd-", "tmp/x"} {
		_, err := os.Lstat(filepath.Join(root, gone))
		require.ErrorIs(t, err, os.ErrNotExist, gone)
	}
	for _, kept := range []string{"var/log/apt", "var/lib/dpkg/status", "etc/passwd", "usr/share/log"} {
		require.DirExists(t, filepath.Dir(filepath.Join(root, kept)))
		_, err := os.Lstat(filepath.Join(root, kept))
		require.NoError(t, err, kept)
	}
	require.FileExists(t, outside)
}

func TestInstallRefusesOtherJobs(t *testing.T) {
	require.ErrorContains(t, Install(t.Context(), envjob.Job{Version: 9}, Options{}), "job has version 9; this step reads 1")
}
