package gobuild_test

import (
	"debug/buildinfo"
	"debug/elf"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/gobuild"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := gobuild.ModuleRoot(".")
	require.NoError(t, err)
	return dir
}

func TestBuildMakesStaticBinariesForTheProcessorAskedFor(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		out := t.TempDir()
		require.NoError(t, gobuild.Build(t.Context(), gobuild.Options{
			Root: root(t), Out: out, OS: "linux", Arch: arch, Names: []string{gobuild.Step}, Stderr: os.Stderr,
		}))
		f, err := elf.Open(filepath.Join(out, gobuild.Step))
		require.NoError(t, err)
		assert.Equal(t, machine, f.Machine)
		for _, p := range f.Progs {
			assert.NotEqual(t, elf.PT_INTERP, p.Type, "a static binary names no loader")
		}
		assert.Nil(t, f.Section(".symtab"), "stripped")
		require.NoError(t, f.Close())
		info, err := buildinfo.ReadFile(filepath.Join(out, gobuild.Step))
		require.NoError(t, err)
		assert.Contains(t, info.Settings, debug.BuildSetting{Key: "-tags", Value: "noasm"})
	}
}

func TestBuildIgnoresTheCallersSettings(t *testing.T) {
	build := func() []byte {
		out := t.TempDir()
		require.NoError(t, gobuild.Build(t.Context(), gobuild.Options{Root: root(t), Out: out, OS: "linux", Names: []string{gobuild.Step}}))
		text, err := os.ReadFile(filepath.Join(out, gobuild.Step))
		require.NoError(t, err)
		return text
	}
	plain := build()
	t.Setenv("GOFLAGS", "-tags=other -buildvcs=true")
	t.Setenv("CGO_ENABLED", "1")
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOARM64", "v9.0")
	t.Setenv("GOEXPERIMENT", "nosynctest")
	assert.Equal(t, plain, build())
}

func TestBuildRecordsNoPathsOrBuildIDs(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, gobuild.Build(t.Context(), gobuild.Options{Root: root(t), Out: out, Names: []string{gobuild.Step}}))
	path := filepath.Join(out, gobuild.Step)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(text), root(t)+"/")
	info, err := buildinfo.ReadFile(path)
	require.NoError(t, err)
	for _, s := range info.Settings {
		assert.NotContains(t, s.Key, "vcs")
	}
}

func TestArithmeticForbidsAssemblyAndFusion(t *testing.T) {
	assert.Equal(t, []string{"-tags=noasm"}, gobuild.Arithmetic("amd64"))
	assert.Equal(t, []string{"-tags=noasm", "-gcflags=all=-d=fmahash=qn"}, gobuild.Arithmetic("arm64"))
}

func TestBuildReportsWhatDoesNotCompile(t *testing.T) {
	err := gobuild.Build(t.Context(), gobuild.Options{Root: root(t), Out: t.TempDir(), Names: []string{"nosuch"}})
	require.ErrorContains(t, err, "compile nosuch")
	require.Error(t, gobuild.Build(t.Context(), gobuild.Options{Root: root(t), Out: t.TempDir()}))
}

func TestModuleRootIsTheNearest(t *testing.T) {
	_, err := gobuild.ModuleRoot(t.TempDir())
	require.ErrorContains(t, err, "no go.mod at or above")
}
