package lock

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const mirrorsLock = `version: 1
debian:
  - suite: bookworm
    install: [hello, jq]
    architectures:
      amd64:
        - {name: dpkg, version: 1.21.23, group: base, path: pool/d.deb, sha256: f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93, size: 1}
        - {name: jq, version: '1.6', archive: Debian-Security, path: pool/j.deb, sha256: f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93, size: 1}
`

// TestMirrors takes from apt's sources what the spec does not say, and publishes no password.
func TestMirrors(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "apt.conf")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sources.list"), []byte(`
deb cdrom:[Debian]/ bookworm main
deb https://me:secret@deb.example/debian bookworm main
deb https://other.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb https://trixie.example/debian trixie main
`), 0o644))
	require.NoError(t, os.WriteFile(config, []byte(`Dir::Etc::sourcelist "`+dir+`/sources.list"; Dir::Etc::sourceparts "/dev/null";`), 0o644))
	t.Setenv("APT_CONFIG", config)
	none := func(string) (string, bool) { return "", false }

	m := project(t, debianSpec, mirrorsLock).Mirrors(t.Context(), none)
	require.Equal(t, Mirrors{Debian: map[string]string{"": "https://deb.example/debian", "Debian-Security": "http://security.example/debian-security"}}, m)

	m = project(t, debianSpec, "").Mirrors(t.Context(), none)
	require.Empty(t, m.Debian, "nothing is locked")
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]string{
		"https://me:secret@deb.example/debian/?token=1#x": "https://deb.example/debian/",
		"http://deb.example":                              "http://deb.example", "file:/srv/debian": "", "mirror+http://m.example/list": "", "cdrom:[Debian]/": "", "ftp://deb.example": "", "%": "",
	} {
		require.Equal(t, want, public(address), address)
	}
}
