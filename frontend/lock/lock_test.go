package lock_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected output of the golden files")

// TestGolden checks what a user sees of each damaged lock, to the letter.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.Len(t, ar.Files, 2)
			_, diags := lock.Parse(lock.Name, ar.Files[0].Data)
			require.NotEmpty(t, diags)
			for _, d := range diags {
				require.Equal(t, diag.BadLock, d.Code)
			}
			var got bytes.Buffer
			require.NoError(t, diag.Render(&got, diag.Sources{lock.Name: ar.Files[0].Data}, diags))
			if *update {
				ar.Files[1].Data = got.Bytes()
				require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
				return
			}
			require.Equal(t, string(ar.Files[1].Data), got.String())
		})
	}
}

const (
	sum    = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"
	commit = "8f14e45fceea167a5a36dedd4bea2543d0c2f1a7"
)

// full has an entry of every kind, in no order.
func full() *lock.File {
	return &lock.File{
		Sources: []lock.Source{
			{Name: "org/modelbuild:1", Kind: lock.KindFrontend, Digest: "sha256:" + sum},
			{Name: "image://docker.io/library/debian:12", Kind: lock.KindImage, Digest: "sha256:" + sum},
			{Name: "https://example.org/a b: #c?x='\"", Kind: lock.KindHTTP, Digest: "sha256:" + sum, Size: 0},
			{Name: "git+https://example.org/data.git#main:a.csv", Kind: lock.KindGit, Commit: commit},
		},
		Debian: []lock.Debian{
			{Suite: "trixie", Install: []string{"b", "a"}, Architectures: []lock.Architecture{{Name: "amd64"}}},
			{Suite: "bookworm", Install: []string{"jq"}, Architectures: []lock.Architecture{
				{Name: "arm64", Packages: []lock.Package{{Name: "jq", Version: "1:1.6-2.1+deb12u3~x", Archive: "Debian-Security", Path: "pool/jq.deb", SHA256: sum, Size: 7}}},
				{Name: "amd64", Packages: []lock.Package{
					{Name: "libc6", Version: "2.36", Path: "pool/libc6.deb", SHA256: sum, Size: 8},
					{Name: "jq", Version: "1.10", Path: "pool/jq.deb", SHA256: sum, Size: 7},
				}},
			}},
		},
		Python: []lock.Python{{File: "requirements.txt", SHA256: sum, Requirements: []lock.Requirement{
			{Name: "numpy", Version: "2.0", Marker: `python_version >= "3.9"`, Files: []lock.Distribution{
				{Filename: "numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl", SHA256: sum, URL: "https://files.example.org/numpy.whl", Size: 5},
				{Filename: "numpy-2.0-py3-none-any.whl", SHA256: sum, URL: "/packages/numpy.whl"},
			}},
			{Name: "numpy", Version: "1.0", Marker: `python_version < "3.9"`},
		}}},
	}
}

// TestEncode reads back what was written, and writes it the same every time and
// from every order.
func TestEncode(t *testing.T) {
	text := full().Encode()
	for range 25 {
		require.Equal(t, string(text), string(full().Encode()))
	}
	l, diags := lock.Parse(lock.Name, text)
	require.Empty(t, diags, "%s", text)
	require.Equal(t, string(text), string(l.Encode()))
	for _, s := range full().Sources {
		got, ok := l.Source(s.Kind, s.Name)
		require.True(t, ok, s.Name)
		require.Equal(t, []any{s.Digest, s.Commit, s.Size}, []any{got.Digest, got.Commit, got.Size})
		require.NotZero(t, got.At.Start.Line)
	}
	d, ok := l.Closure("trixie", []string{"a", "b", "a"})
	require.True(t, ok)
	_, ok = d.Architecture("arm64")
	require.False(t, ok)
	d, ok = l.Closure("bookworm", []string{"jq"})
	require.True(t, ok)
	packages, _ := d.Architecture("amd64")
	require.Equal(t, "1.10", packages[0].Version, "a version is text, not a number")
	p, ok := l.Requirements("requirements.txt")
	require.True(t, ok)
	require.Len(t, p.Requirements, 2)
}

// TestReferenceExample holds the example of the reference page to what is written.
func TestReferenceExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/lock.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(page), "```yaml good modelbuild.lock\nversion: 1\n")
	require.True(t, ok)
	body, _, _ := strings.Cut(rest, "```")
	l, diags := lock.Parse(lock.Name, []byte("version: 1\n"+body))
	require.Empty(t, diags)
	require.True(t, strings.HasSuffix(string(l.Encode()), "\nversion: 1\n"+body), "%s", l.Encode())
}

func TestNilLock(t *testing.T) {
	var l *lock.File
	_, ok := l.Source(lock.KindHTTP, "x")
	require.False(t, ok)
	_, ok = l.Closure("x", nil)
	require.False(t, ok)
	_, ok = l.Requirements("x")
	require.False(t, ok)
	require.True(t, l.Empty())
}

func TestTooLarge(t *testing.T) {
	_, diags := lock.Parse(lock.Name, bytes.Repeat([]byte("# padding\n"), 1<<20))
	require.Len(t, diags, 1)
	require.Equal(t, diag.BadLock, diags[0].Code)
}

// TestHostile holds the parser to bounded time on locks made to hurt.
func TestHostile(t *testing.T) {
	for name, text := range map[string]string{
		"deep":        "version: 1\nsources: " + strings.Repeat("[", 1<<20),
		"deep blocks": "version: 1\nsources:\n" + strings.Repeat("- ", 1<<16) + "a\n",
		"many keys":   "version: 1\nsources:\n" + strings.Repeat("  a: 1\n", 1<<18),
		"bomb":        "version: 1\na: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, diags := lock.Parse(lock.Name, []byte(text))
			require.NotEmpty(t, diags)
			require.NoError(t, diag.Render(&bytes.Buffer{}, diag.Sources{lock.Name: []byte(text)}, diags))
			require.Less(t, time.Since(start), 10*time.Second)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full().Encode())
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if ar, err := txtar.ParseFile(file); err == nil {
			f.Add(ar.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, diags := lock.Parse(lock.Name, data)
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, d := range diags {
			require.LessOrEqual(t, d.Span.Start.Line, lines, "%v", d)
		}
		require.NoError(t, diag.Render(&bytes.Buffer{}, diag.Sources{lock.Name: data}, diags))
		if len(diags) > 0 {
			return
		}
		text := l.Encode()
		again, diags := lock.Parse(lock.Name, text)
		require.Empty(t, diags, "%s", text)
		require.Equal(t, string(text), string(again.Encode()))
	})
}
