package lock

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const list = `# a comment
deb http://a.example/debian bookworm main contrib
deb [arch=amd64 signed-by=/k/a.gpg,/k/b.gpg] http://b.example/debian bookworm-security main # security
deb-src http://a.example/debian bookworm main
deb http://c.example/flat ./
`

const sources = `Types: deb deb-src
URIs: http://d.example/debian http://e.example/debian
# a comment inside
Suites: bookworm bookworm-updates trixie
Components: main
Trusted: yes
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://f.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://g.example/debian
Suites: bookworm
Components: main
`

// TestAptSources takes from apt's own sources what belongs to a suite, with its
// keys and without exceptions from them.
func TestAptSources(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sources.list"), []byte(list), 0o644))
	parts := filepath.Join(dir, "parts")
	require.NoError(t, os.Mkdir(parts, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(parts, "x.sources"), []byte(sources), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(parts, "y.disabled"), []byte(list), 0o644))
	all, err := userSources(filepath.Join(dir, "sources.list"), parts)
	require.NoError(t, err)
	require.Equal(t, `Types: deb
URIs: http://a.example/debian
Suites: bookworm
Components: main contrib

Types: deb
URIs: http://b.example/debian
Suites: bookworm-security
Components: main
Signed-By: /k/a.gpg /k/b.gpg

Types: deb
URIs: http://d.example/debian http://e.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

`, sourcesFile(forSuite(all, "bookworm")))
	require.Empty(t, forSuite(all, "potato"))
	require.Equal(t, []string{"trixie"}, forSuite(all, "trixie")[0].suites)
}

func TestMirrored(t *testing.T) {
	got := mirrored(map[string]string{"": "https://m.example/debian", "Debian-Security": "https://m.example/debian-security"}, "bookworm")
	require.Len(t, got, 2)
	require.Equal(t, []string{"bookworm"}, got[0].suites)
	require.Equal(t, []string{"bookworm-security"}, got[1].suites)
}

// TestParseURI reads what apt prints: versions with an epoch, paths with escapes,
// files of a second archive.
func TestParseURI(t *testing.T) {
	sum := strings.Repeat("a", 64)
	s := &aptState{archives: map[string]string{"http://h/debian/": "", "http://h/debian/nested/": "Nested"}}
	p, err := s.parseURI("'http://h/debian/pool/main/x/xorg-server/xserver-common_21.1.7-3%2bdeb12u12_all.deb' xserver-common_2%3a21.1.7-3+deb12u12_all.deb 2383536 SHA256:" + sum)
	require.NoError(t, err)
	require.Equal(t, "xserver-common", p.Name)
	require.Equal(t, "2:21.1.7-3+deb12u12", p.Version)
	require.Equal(t, "pool/main/x/xorg-server/xserver-common_21.1.7-3+deb12u12_all.deb", p.Path)
	require.EqualValues(t, 2383536, p.Size)
	p, err = s.parseURI("'http://h/debian/nested/pool/a_1_all.deb' a_1_all.deb 1 SHA256:" + sum)
	require.NoError(t, err)
	require.Equal(t, "Nested", p.Archive)
	require.Equal(t, "pool/a_1_all.deb", p.Path)
	for _, bad := range []string{
		"'http://h/debian/a_1_all.deb' a_1_all.deb 1 MD5Sum:" + sum, "'http://other/a_1_all.deb' a_1_all.deb 1 SHA256:" + sum,
		"'http://h/debian/a.deb' a.deb 1 SHA256:" + sum, "http://h/debian/a_1_all.deb",
	} {
		_, err := s.parseURI(bad)
		require.Error(t, err, bad)
	}
}

func TestReachKeepsOnlyHowArchivesAreReached(t *testing.T) {
	got := reach("Acquire::http::Proxy \"http://p:1\";\nAcquire::AllowInsecureRepositories \"1\";\nAPT::Update::Post-Invoke:: \"rm -rf\";\nAcquire::Retries \"3\";\nAcquire::httpx \"1\";\n")
	require.Equal(t, "Acquire::http::Proxy \"http://p:1\";\nAcquire::Retries \"3\";\n", got)
}

func TestPipIndexes(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "pip.conf")
	require.NoError(t, os.WriteFile(conf, []byte("# pip\n[global]\nindex-url = https://a.example/simple\nextra_index_url =\n    https://b.example/simple\n    https://c.example/simple\n[install]\nindex-url: no\n[list]\nindex-url = https://d.example\n"), 0o644))
	for name, c := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"nothing":     {nil, []string{}},
		"environment": {map[string]string{"PIP_INDEX_URL": "https://e.example", "PIP_EXTRA_INDEX_URL": "https://f.example"}, []string{"https://e.example", "https://f.example"}},
		"file":        {map[string]string{"PIP_CONFIG_FILE": conf}, []string{"https://a.example/simple", "https://b.example/simple", "https://c.example/simple"}},
		"both":        {map[string]string{"PIP_CONFIG_FILE": conf, "PIP_INDEX_URL": "https://e.example", "PIP_EXTRA_INDEX_URL": "https://f.example"}, []string{"https://e.example", "https://f.example"}},
	} {
		if name == "nothing" {
			c.env = map[string]string{"PIP_CONFIG_FILE": filepath.Join(dir, "absent")}
		}
		require.Equal(t, c.want, pipIndexes(func(n string) (string, bool) { v, ok := c.env[n]; return v, ok }), name)
	}
}

func TestVersionOf(t *testing.T) {
	for file, want := range map[string]string{
		"foo_bar-1.0-py3-none-any.whl": "1.0", "foo_bar-1.0-2-py3-none-any.whl": "1.0", "Foo.Bar-1.0rc1.tar.gz": "1.0rc1", "foo-bar-1.0.zip": "1.0",
		"foo-bar-baz-1.0.tar.gz": "", "foo-1.0.tar.gz": "", "foo_bar-1.0.exe": "", "foo_bar-1.0-py3.whl": "", "x": "",
	} {
		got, ok := versionOf(file, "foo-bar")
		require.Equal(t, want, got, file)
		require.Equal(t, want != "", ok, file)
	}
}

func TestProgress(t *testing.T) {
	var plain, tty bytes.Buffer
	for w, p := range map[*bytes.Buffer]*Progress{&plain: NewProgress(&plain, false), &tty: NewProgress(&tty, true)} {
		a, b := p.start("data.train.source", "https://example.org/a.csv?token=secret"), p.start("from", "image://x")
		a.total(4000)
		_, _ = a.Write(make([]byte, 2000))
		b.end("sha256:abc", nil)
		_, _ = a.Write(make([]byte, 2000))
		a.end("", errors.New("x"))
		p.note("note: %d", 1)
		require.NotContains(t, w.String(), "secret")
	}
	require.Equal(t, "from: image://x sha256:abc\ndata.train.source: https://example.org/a.csv?redacted 4.0 kB failed\nnote: 1\n", plain.String())
	require.Contains(t, tty.String(), "[==========          ] 1 done, 1 under way, 2.0 kB: data.train.source")
}
