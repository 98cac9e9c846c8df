package overlay_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/overlay"
)

// tree makes folders (names that end in a slash), links ("name -> target") and files.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		at := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		if name[len(name)-1] == '/' {
			require.NoError(t, os.MkdirAll(at, 0o755))
			continue
		}
		require.NoError(t, os.WriteFile(at, nil, 0o644))
	}
	return dir
}

func link(t *testing.T, dir, name, to string) {
	t.Helper()
	require.NoError(t, os.Symlink(to, filepath.Join(dir, name)))
}

func open(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func TestFit(t *testing.T) {
	base := tree(t, "usr/bin/sh", "tmp/", "etc/passwd", "opt/app/run", "srv/data", "model/old")
	link(t, base, "bin", "usr/bin")
	link(t, base, "lib", "/usr/../usr/lib")
	link(t, base, "etc/out", "../../../../outside")
	require.NoError(t, os.Chmod(filepath.Join(base, "tmp"), 0o777|fs.ModeSticky))
	require.NoError(t, os.Chown(filepath.Join(base, "opt/app"), 1000, 1001))
	files := tree(t, "bin/server", "lib/x/a.so", "tmp/seed", "etc/passwd", "etc/out/deep/file", "etc/new/file", "opt/app/more", "srv/data/file", "usr/bin/sh/no", "model/NOTICE", "usr/bin/tool/x")
	require.NoError(t, os.RemoveAll(filepath.Join(files, "usr/bin/sh")))
	require.NoError(t, os.WriteFile(filepath.Join(files, "usr/bin/sh"), nil, 0o755))
	require.NoError(t, os.RemoveAll(filepath.Join(files, "opt/app")))
	require.NoError(t, os.MkdirAll(filepath.Join(files, "opt"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(files, "opt/app"), nil, 0o644))
	folders, obstacles, err := overlay.Fit(open(t, base), files, "model")
	require.NoError(t, err)
	require.Equal(t, []overlay.Obstacle{
		{Path: "/bin", Is: "a link to usr/bin", Link: "/usr/bin"},
		{Path: "/etc/out", Is: "a link to ../../../../outside", Link: "/outside"},
		{Path: "/lib", Is: "a link to /usr/../usr/lib", Link: "/usr/lib"},
		{Path: "/opt/app", Is: "a folder"},
		{Path: "/srv/data", Is: "a file"},
	}, obstacles)
	names := map[string]overlay.Folder{}
	for _, f := range folders {
		names[f.Path] = f
	}
	require.Len(t, names, 6)
	for _, name := range []string{"etc", "opt", "srv", "usr", "usr/bin"} {
		require.Contains(t, names, name)
	}
	require.Equal(t, fs.ModeDir|fs.ModeSticky|0o777, names["tmp"].Mode)

	require.NoError(t, os.RemoveAll(filepath.Join(files, "opt")))
	require.NoError(t, os.MkdirAll(filepath.Join(files, "opt/app"), 0o755))
	folders, _, err = overlay.Fit(open(t, base), files, "model")
	require.NoError(t, err)
	out := t.TempDir()
	require.NoError(t, overlay.Make(out, folders))
	info, err := os.Stat(filepath.Join(out, "tmp"))
	require.NoError(t, err)
	require.Equal(t, fs.ModeDir|fs.ModeSticky|0o777, info.Mode())
	var st syscall.Stat_t
	require.NoError(t, syscall.Stat(filepath.Join(out, "opt/app"), &st))
	require.Equal(t, [2]uint32{1000, 1001}, [2]uint32{st.Uid, st.Gid})
	require.NoDirExists(t, filepath.Join(out, "etc/new"), "the image below does not have it")
	require.NoFileExists(t, filepath.Join(out, "model"))
}

func TestVacant(t *testing.T) {
	base := tree(t, "empty/", "full/b", "full/a", "file")
	link(t, base, "link", "/etc")
	root := open(t, base)
	for name, want := range map[string]string{"absent": "", "empty": "", "full": "a folder with a in it", "file": "a file", "link": "a link to /etc"} {
		o, err := overlay.Vacant(root, name)
		require.NoError(t, err)
		if want == "" {
			require.Nil(t, o, name)
			continue
		}
		require.Equal(t, want, o.Is)
		require.Equal(t, "/"+name, o.Path)
	}
}
