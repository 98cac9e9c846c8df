package gobinary_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/gobinary"
)

// compiled is a program that the go command makes of one that prints nothing.
func compiled(t *testing.T, commit bool, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/tiny\n\ngo 1.26.0\n", "main.go": "package main\n\nfunc main() {}\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	run := func(argv ...string) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GIT_CONFIG_GLOBAL=/dev/null")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	if commit {
		run("git", "init", "-q")
		run("git", "add", ".")
		run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one")
	}
	run(append([]string{"go", "build", "-o", "tiny"}, flags...)...)
	return filepath.Join(dir, "tiny")
}

func read(t *testing.T, name string) *gobinary.Binary {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	b, err := gobinary.Read(f, info.Size())
	require.NoError(t, err)
	return b
}

func TestReadTellsHowAProgramWasCompiled(t *testing.T) {
	b := read(t, compiled(t, false, "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="))
	require.NotNil(t, b)
	assert.Equal(t, "example.org/tiny", b.Module.Path)
	assert.Equal(t, "example.org/tiny", b.Package)
	assert.True(t, strings.HasPrefix(b.GoVersion, "go1."))
	assert.True(t, b.Static && b.Trimpath && b.Stripped, b)
	assert.Empty(t, b.BuildID)
	assert.Empty(t, b.Revision)

	b = read(t, compiled(t, true, "-buildvcs=true"))
	assert.False(t, b.Trimpath)
	assert.False(t, b.Stripped)
	assert.NotEmpty(t, b.BuildID)
	assert.Len(t, b.Revision, 40)
}

func TestReadPassesOverWhatIsNoGoProgram(t *testing.T) {
	b, err := gobinary.Read(strings.NewReader("#!/bin/sh\n"), 10)
	require.NoError(t, err)
	assert.Nil(t, b)
	b, err = gobinary.Read(strings.NewReader("\x7fELF, and nothing that would follow"), 34)
	require.NoError(t, err)
	assert.Nil(t, b)
	_, err = gobinary.Read(strings.NewReader("\x7fELF"), gobinary.MaxSize+1)
	require.ErrorContains(t, err, "more than the limit")
}

func TestSums(t *testing.T) {
	sums, err := gobinary.ParseSums([]byte("a.example/x v1.0.0 h1:AAAA\na.example/x v1.0.0/go.mod h1:BBBB\n\nb.example/y v2.0.0 h1:CCCC\n"))
	require.NoError(t, err)
	ok := gobinary.Module{Path: "a.example/x", Version: "v1.0.0", Sum: "h1:AAAA"}
	assert.Empty(t, sums.Check(&gobinary.Binary{Deps: []gobinary.Module{ok}}))
	other := gobinary.Module{Path: "b.example/y", Version: "v2.0.0", Sum: "h1:DDDD"}
	unknown := gobinary.Module{Path: "c.example/z", Version: "v1.0.0", Sum: "h1:EEEE"}
	local := gobinary.Module{Path: "d.example/w", Version: "v1.0.0", Replace: &gobinary.Module{Path: "./w"}}
	assert.Equal(t, []string{
		"b.example/y@v2.0.0: the program has h1:DDDD, go.sum h1:CCCC",
		"c.example/z@v1.0.0: not in go.sum",
		"./w: the program has no sum of it, as of one that was replaced by a folder",
	}, sums.Check(&gobinary.Binary{Deps: []gobinary.Module{other, unknown, local}}))

	for _, text := range []string{"a b\n", "a v1 sha256:x\n", "a v1 h1:x\na v1 h1:y\n"} {
		_, err := gobinary.ParseSums([]byte(text))
		require.ErrorContains(t, err, "read go.sum: line")
	}
}

func FuzzParseSums(f *testing.F) {
	f.Add([]byte("a.example/x v1.0.0 h1:AAAA\n"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = gobinary.ParseSums(text) })
}
