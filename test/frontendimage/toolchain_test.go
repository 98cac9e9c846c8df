package frontendimage_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// goCommand runs the go command in the module under test.
func goCommand(t *testing.T, sb *testenv.Sandbox, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = sb.Source()
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return strings.TrimSpace(string(out))
}

// goRoot is a root filesystem with nothing but this machine's Go in it.
func goRoot(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	root := t.TempDir()
	from := goCommand(t, sb, nil, "env", "GOROOT")
	to := filepath.Join(root, "usr", "local", "go")
	require.NoError(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (rel == "test" || rel == "doc" || rel == "misc" || rel == "api" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case d.Type().IsRegular():
			return linkOrCopy(path, filepath.Join(to, rel))
		}
		return nil
	}))
	return root
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}

// modules is a GOPROXY file tree with what the binaries are compiled from, taken from this machine's module cache.
func modules(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { goCommand(t, sb, []string{"GOMODCACHE=" + dir}, "clean", "-modcache") })
	cache := goCommand(t, sb, nil, "env", "GOMODCACHE")
	goCommand(t, sb, []string{"GOMODCACHE=" + dir, "GOPROXY=file://" + filepath.Join(cache, "cache", "download"), "GONOSUMDB=*", "GOFLAGS=-mod=readonly"},
		"list", "-deps", "./hack/build", "./cmd/modelbuild-frontend", "./cmd/modelbuild-step", "./cmd/modelbuild-serve")
	return filepath.Join(dir, "cache", "download")
}
