package build_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected output of the golden files")

// TestBadInput builds each archive of testdata/bad: the files of a context and,
// last, what buildx must print for them: BuildKit's excerpt and our diagnostic.
// SERVER stands for a web server that serves the context. Nothing may be exported.
func TestBadInput(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { badInput(t, file) })
	}
}

func badInput(t *testing.T, file string) {
	sb := testenv.New(t)
	ar, err := txtar.ParseFile(file)
	require.NoError(t, err)
	want := &ar.Files[len(ar.Files)-1]
	require.Equal(t, "want", want.Name)

	dir := t.TempDir()
	srv := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer srv.Close()
	for _, f := range ar.Files[:len(ar.Files)-1] {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(string(f.Data), "SERVER", srv.URL)), 0o644))
	}
	out := filepath.Join(t.TempDir(), "out")
	res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+out, dir).Failed()
	require.NoDirExists(t, out, "a failed build exports nothing")
	got := strings.ReplaceAll(res.Why(), srv.URL, "SERVER")
	if *update {
		want.Data = []byte(got)
		require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
		return
	}
	require.Equal(t, string(want.Data), got)
}

// TestTooLarge sends a spec over BuildKit's own limit and one under it, over ours.
func TestTooLarge(t *testing.T) {
	sb := testenv.New(t)
	for size, want := range map[int]string{
		2 << 20:  "MB1005: the file has 2097",
		50 << 20: "exceeds maximum allowed size",
	} {
		dir := penguins(t, sb)
		text := "# syntax=org/modelbuild:1\n" + strings.Repeat("# padding\n", size/10)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644))
		res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
		require.Contains(t, res.Stderr, want)
		require.Contains(t, res.Stderr, "model.yaml")
	}
}
