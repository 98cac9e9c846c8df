package sizecheck_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/sizecheck"
)

func TestThisModuleKeepsTheLimits(t *testing.T) {
	r, err := sizecheck.Measure(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, p := range r.Problems {
		t.Error(p)
	}
	require.Greater(t, len(r.Functions), 100, "the whole module was measured")
	assert.LessOrEqual(t, r.P90(), sizecheck.P90FunctionLines, "nine functions of ten have at most this many lines")
}

func TestMeasureFindsWhatIsOverTheLimits(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write("long.go", "package p\n"+strings.Repeat("\n", sizecheck.MaxFileLines))
	write("f.go", "package p\n\nfunc f() {\n"+strings.Repeat("\n", sizecheck.MaxFunctionLines)+"}\n\nfunc g(a, b, c int, d, e string) {}\n")
	write("doc.go", "package p\n\ntype T int\n\nfunc (T) M() {}\n\ntype u int\n\nfunc (u) M() {}\n\nconst C = 1\n\n// G has a comment.\nfunc G() {}\n")
	write("testdata/ignored.go", "not Go")
	write(".hidden/ignored.go", "not Go")
	r, err := sizecheck.Measure(dir)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"long.go:1: the file has 601 lines, more than 600",
		"f.go:3: f has 82 lines, more than 80",
		"f.go:86: g takes 5 parameters, more than 4",
		"doc.go:3: T is exported and not documented",
		"doc.go:5: M is exported and not documented",
		"doc.go:11: C is exported and not documented",
	}, r.Problems)
	assert.Equal(t, []int{1, 1, 1, 1, 82}, r.Functions)
	assert.Equal(t, 82, r.P90())
}

func TestMeasureReportsWhatIsNotGo(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("no"), 0o644))
	_, err := sizecheck.Measure(dir)
	require.Error(t, err)
}
