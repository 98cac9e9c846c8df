package lock_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

const debianSpec = `data: {train: {source: context://train.csv}}
platforms: [linux/amd64, linux/arm64]
train:
  engine: exec
  packages: {debian: {suite: bookworm, install: [jq, hello]}}
  run: [jq, .]
  outputs: {model: /out/model.pth}
`

func newDebian(t *testing.T) *project {
	t.Helper()
	p := newProject(t, debianSpec)
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Fatal("this test resolves packages with apt-get, which is not on this machine: run the tests on Debian or Ubuntu")
	}
	return p
}

// TestDebian locks a closure with the machine's own apt, for two architectures.
func TestDebian(t *testing.T) {
	p := newDebian(t)
	out := p.run()
	if out.Code != 0 {
		t.Fatalf("apt on this machine could not resolve two packages of bookworm: its sources need the suite and a way to reach it\n%s", out.Stderr)
	}
	closure, ok := p.lock().Closure("bookworm", []string{"hello", "jq"})
	require.True(t, ok)
	for _, arch := range []string{"amd64", "arm64"} {
		packages, ok := closure.Architecture(arch)
		require.True(t, ok, arch)
		byName := map[string]lock.Package{}
		for _, pkg := range packages {
			byName[pkg.Name] = pkg
			require.True(t, strings.HasPrefix(pkg.Path, "pool/"), pkg.Path)
			require.True(t, strings.HasSuffix(pkg.Path, "_"+arch+".deb") || strings.HasSuffix(pkg.Path, "_all.deb"), pkg.Path)
			require.Positive(t, pkg.Size)
		}
		for _, name := range []string{"hello", "jq", "libjq1", "libonig5", "libc6", "libgcc-s1"} {
			require.Contains(t, byName, name, "what a package depends on is there too")
		}
		require.NotContains(t, byName, "publicsuffix", "what is only recommended is not")
		require.Equal(t, lock.GroupBase, byName["dpkg"].Group, "what every Debian has is there, and first")
		require.Equal(t, lock.GroupBase, byName["libc6"].Group)
		require.Empty(t, byName["libjq1"].Group)
		require.NotContains(t, byName, "apt", "apt is not run in an environment")
		require.NotContains(t, byName, "perl", "nothing merges /usr again")
	}
	require.NotContains(t, p.read(lock.Name), "://", "no mirror is written down")
	p.run("--check").OK()
	require.Contains(t, p.run().OK().Stdout, "nothing to change")

	before := p.read(lock.Name)
	p.edit("model.yaml", "[jq, hello]", "[jq, hello, no-such-package-at-all]")
	require.Contains(t, p.run("--check").Failed().Stdout, "error MB1051: train.packages.debian: bookworm with these packages is not in modelbuild.lock")
	failed := p.run().Failed()
	require.Contains(t, failed.Stderr, "error MB3004: train.packages.debian: apt, for amd64: Unable to locate package no-such-package-at-all")
	require.Equal(t, before, p.read(lock.Name))
}

// TestDebianSuite refuses a suite that apt is not set up for.
func TestDebianSuite(t *testing.T) {
	p := newDebian(t)
	p.edit("model.yaml", "bookworm", "potato")
	out := p.run().Failed()
	require.Contains(t, out.Stderr, `error MB3004: train.packages.debian: apt on this machine has no source for the suite "potato"; it has `)
	require.Contains(t, out.Stderr, "--debian-mirror")
}

// TestDebianMirror makes an archive of its own that nobody signed: apt refuses it.
func TestDebianMirror(t *testing.T) {
	p := newDebian(t)
	archive := t.TempDir()
	dir := filepath.Join(archive, "dists", "bookworm", "main", "binary-amd64")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Packages"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(archive, "dists", "bookworm", "Release"),
		[]byte("Origin: Debian\nLabel: Debian\nSuite: bookworm\nCodename: bookworm\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n"), 0o644))
	out := p.run("--debian-mirror", "file:"+archive).Failed()
	require.Contains(t, out.Stderr, "is not signed")
	require.NoFileExists(t, filepath.Join(p.dir, lock.Name))
}

// TestDebianWithoutApt says what is missing and where to run instead.
func TestDebianWithoutApt(t *testing.T) {
	sb := testenv.New(t)
	p := newProject(t, debianSpec)
	sb.Setenv("PATH", t.TempDir())
	p.sb = sb
	out := p.run().Failed()
	require.Contains(t, out.Stderr, "apt is not on this machine, and Debian packages are resolved by it")
	require.Contains(t, out.Stderr, "in a container of it")
}
