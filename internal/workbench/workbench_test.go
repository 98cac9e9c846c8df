package workbench

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

func tree(t *testing.T, files map[string]fs.FileMode) string {
	t.Helper()
	root := t.TempDir()
	for name, mode := range files {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
		require.NoError(t, os.Chmod(file, mode))
	}
	return root
}

func TestHarden(t *testing.T) {
	root := tree(t, map[string]fs.FileMode{
		"usr/bin/sudo": 0o4755 | fs.ModeSetuid, "bin/su": 0o755 | fs.ModeSetuid, "usr/bin/passwd": 0o755 | fs.ModeSetuid,
		"usr/bin/wall": 0o755 | fs.ModeSetgid, "usr/bin/plain": 0o750, "opt/su": 0o755, "src/bin/su": 0o755 | fs.ModeSetuid, "in/data/x": 0o644,
	})
	require.NoError(t, os.Mkdir(filepath.Join(root, "etc"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("root:x:0:0:root:/root:/bin/bash"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "etc/shadow"), []byte("root::19000:0:99999:7:::\nbin:*:19000:0:99999:7:::\n"), 0o600))
	require.NoError(t, Harden(root, []string{"/src"}))
	require.NoError(t, Harden(root, []string{"/src"}), "again changes nothing")

	require.NoFileExists(t, filepath.Join(root, "usr/bin/sudo"))
	require.NoFileExists(t, filepath.Join(root, "bin/su"))
	for name, want := range map[string]fs.FileMode{
		"usr/bin/passwd": 0o755, "usr/bin/wall": 0o755, "usr/bin/plain": 0o750, "opt/su": 0o755, "src/bin/su": 0o755 | fs.ModeSetuid,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode(), name)
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	require.NoError(t, err)
	require.Equal(t, "root:x:0:0:root:/root:/bin/bash\nworkbench:x:65532:65532:workbench:/home/workbench:/bin/sh\n", string(passwd))
	shadow, err := os.ReadFile(filepath.Join(root, "etc/shadow"))
	require.NoError(t, err)
	require.Equal(t, "root:!:19000:0:99999:7:::\nbin:*:19000:0:99999:7:::\n", string(shadow))
	home, err := os.Stat(filepath.Join(root, Home))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700)|fs.ModeDir, home.Mode())
	require.EqualValues(t, UID, home.Sys().(*syscall.Stat_t).Uid)
}

func TestStart(t *testing.T) {
	err := WriteStart(t.TempDir(), nil)
	var problems job.Problems
	require.ErrorAs(t, err, &problems)
	require.Contains(t, problems[0].Message, "there is no /bin/sh")

	root := tree(t, map[string]fs.FileMode{"bin/sh": 0o755})
	require.NoError(t, WriteStart(root, []string{"A=it's 1=2", "HOME=/tmp"}))
	text, err := os.ReadFile(filepath.Join(root, StartFile))
	require.NoError(t, err)
	bin := t.TempDir()
	file := filepath.Join(bin, "workbench")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), "cd /out", "cd /", 1)), 0o700))
	out, err := exec.CommandContext(t.Context(), file, "sh", "-c", `echo "$A $HOME $USER $1"`, "-", "b c").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "it's 1=2 /home/workbench workbench b c\n", string(out))

	require.NoError(t, os.WriteFile(filepath.Join(bin, "jupyter-notebook"), []byte("#!/bin/sh\necho \"notebook $*\"\n"), 0o700))
	cmd := exec.CommandContext(t.Context(), file, "jupyter", "--debug")
	cmd.Env = append(os.Environ(), "PATH="+bin+":/usr/bin:/bin")
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "notebook --no-browser --ip=127.0.0.1 --port=8888 --debug\n", string(out))
}
