package lock

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

const debianSpec = `# syntax=org/modelbuild:1@sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93
name: a
data: {train: {source: context://a.csv}}
train:
  engine: exec
  packages: {debian: {suite: bookworm, install: [jq, hello]}}
  run: [jq]
  outputs: {model: /out/model}
`

// project opens a spec with a lock, which may be "".
func project(t *testing.T, text, locked string) *Project {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644))
	if locked != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, lock.Name), []byte(locked), 0o644))
	}
	p, err := Open(filepath.Join(dir, "model.yaml"), nil)
	require.NoError(t, err)
	return p
}

const (
	dpkgPackage      = "[{name: dpkg, version: 1.21.23, group: base, path: pool/d.deb, sha256: f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93, size: 1}]"
	twoArchitectures = "version: 1\ndebian:\n  - suite: bookworm\n    install: [hello, jq]\n    architectures: {amd64: " + dpkgPackage + ", arm64: " + dpkgPackage + "}\n"
	// incomplete is a lock without what every Debian has.
	incomplete = "version: 1\ndebian:\n  - suite: bookworm\n    install: [hello, jq]\n    architectures: {amd64: [], arm64: " + dpkgPackage + "}\n"
)

// TestArchitectures settles for which architectures packages are resolved.
func TestArchitectures(t *testing.T) {
	host := spec.DebianArchitecture(runtime.GOARCH)
	platforms := debianSpec + "platforms: [linux/arm64, linux/arm/v7]\n"
	for name, c := range map[string]struct {
		spec, lock   string
		update, more []string
		want         []string
	}{
		"this machine's":      {debianSpec, "", nil, nil, []string{host}},
		"the spec's":          {platforms, "", nil, nil, []string{"arm64", "armhf"}},
		"asked for":           {debianSpec, "", nil, []string{"riscv64"}, []string{"riscv64"}},
		"both":                {platforms, "", nil, []string{"riscv64"}, []string{"arm64", "armhf", "riscv64"}},
		"all are locked":      {debianSpec, twoArchitectures, nil, nil, nil},
		"only the one more":   {debianSpec, twoArchitectures, nil, []string{"riscv64"}, []string{"riscv64"}},
		"only the spec's new": {platforms, twoArchitectures, nil, nil, []string{"armhf"}},
		"not all":             {debianSpec, incomplete, nil, nil, []string{"amd64"}},
		"all again":           {debianSpec, twoArchitectures, []string{"all"}, nil, []string{"amd64", "arm64"}},
		"by a package's name": {debianSpec, twoArchitectures, []string{"hello"}, nil, []string{"amd64", "arm64"}},
		"by the suite":        {debianSpec, twoArchitectures, []string{"bookworm"}, nil, []string{"amd64", "arm64"}},
		"by its place":        {debianSpec, twoArchitectures, []string{"train.packages.debian"}, nil, []string{"amd64", "arm64"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := project(t, c.spec, c.lock).Plan(c.update, c.more)
			require.NoError(t, err)
			if c.want == nil {
				require.Empty(t, plan.Missing)
				require.Equal(t, 1, plan.Kept())
				return
			}
			require.Len(t, plan.Missing, 1)
			require.Equal(t, c.want, plan.Missing[0].Architectures)
		})
	}
}

func TestNamesToUpdate(t *testing.T) {
	p := project(t, "# syntax=org/modelbuild:1\nname: a\ndata: {train: {source: \"https://example.org/a.csv\"}}\nfeatures: {target: t}\ntrain: {algorithm: logistic}\n", "")
	for _, name := range []string{"train", "data.train", "data.train.source", "http", "https://example.org/a.csv", "frontend", "syntax", "org/modelbuild:1", "all"} {
		_, err := p.Plan([]string{name}, nil)
		require.NoError(t, err, name)
	}
	_, err := p.Plan([]string{"trian"}, nil)
	require.EqualError(t, err, `nothing in the spec to lock is called "trian": did you mean "train"?`)
}

// TestWrite replaces a lock only where it changes, keeps its mode, follows a
// link, and removes one that has nothing left.
func TestWrite(t *testing.T) {
	p := project(t, debianSpec, twoArchitectures)
	name := filepath.FromSlash(p.path())
	require.NoError(t, os.Chmod(name, 0o600))
	changed, err := p.Write(p.Lock)
	require.NoError(t, err)
	require.True(t, changed, "the header was not there")
	changed, err = p.Write(p.Lock)
	require.NoError(t, err)
	require.False(t, changed)
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	real := filepath.Join(t.TempDir(), "real.lock")
	require.NoError(t, os.Rename(name, real))
	require.NoError(t, os.Symlink(real, name))
	p.Lock.Debian[0].Suite = "trixie"
	_, err = p.Write(p.Lock)
	require.NoError(t, err)
	text, err := os.ReadFile(real)
	require.NoError(t, err)
	require.Contains(t, string(text), "trixie")

	_, err = p.Write(&lock.File{Sources: []lock.Source{{Name: "x", Kind: lock.KindHTTP, Digest: "sha256:nonsense"}}})
	require.ErrorContains(t, err, "MB1050", "what could not be read back is not written")

	changed, err = p.Write(&lock.File{})
	require.NoError(t, err)
	require.True(t, changed)
	require.NoFileExists(t, name)
	changed, err = p.Write(&lock.File{})
	require.NoError(t, err)
	require.False(t, changed)
}

// TestWriteFails leaves the old lock where the folder takes no new file.
func TestWriteFails(t *testing.T) {
	p := project(t, debianSpec, "")
	p.File = filepath.ToSlash(filepath.Join(t.TempDir(), "absent", "model.yaml"))
	_, err := p.Write(&lock.File{Debian: []lock.Debian{{Suite: "bookworm", Install: []string{"jq"}}}})
	require.ErrorContains(t, err, "write lock: ")
}
