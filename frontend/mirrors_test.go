package frontend

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPackageMirrors(t *testing.T) {
	debian, index, err := packageMirrors(map[string]string{
		"MODELBUILD_DEBIAN_MIRROR": "https://deb.example/debian, Debian-Security=https://deb.example/security,Debian Backports=http://b.example",
		"MODELBUILD_PYTHON_INDEX":  "https://pypi.example/simple",
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"": "https://deb.example/debian", "Debian-Security": "https://deb.example/security", "Debian Backports": "http://b.example"}, debian)
	require.Equal(t, "https://pypi.example/simple", index)

	debian, index, err = packageMirrors(nil)
	require.NoError(t, err)
	require.Empty(t, debian)
	require.Empty(t, index)
}

func TestPackageMirrorsBad(t *testing.T) {
	for name, want := range map[string]string{
		"deb.example":                        "an address of a web server is needed",
		"A=ftp://deb.example":                "an address of a web server is needed",
		"https://me:secret@deb.example":      "without a name, a password and a query",
		"https://deb.example/?token=secret":  "without a name, a password and a query",
		"https://a.example,B=https://x y z/": "an address of a web server is needed",
	} {
		_, _, err := packageMirrors(map[string]string{"MODELBUILD_DEBIAN_MIRROR": name})
		require.ErrorContains(t, err, want, name)
	}
	_, _, err := packageMirrors(map[string]string{"MODELBUILD_PYTHON_INDEX": "pypi"})
	require.ErrorContains(t, err, "MODELBUILD_PYTHON_INDEX: an address of a web server is needed")
}
