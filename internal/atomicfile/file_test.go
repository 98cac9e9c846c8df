package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names are those in a folder, hidden ones too.
func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestReplaceKeepsModeAndOld(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.json")
	require.NoError(t, Write(name, []byte("first")))
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, defaultMode, info.Mode().Perm())

	require.NoError(t, os.Chmod(name, 0o600))
	require.NoError(t, Write(name, []byte("second")))
	info, err = os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	broken := errors.New("broken")
	err = Replace(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of the th")
		return errors.Join(err, broken)
	})
	require.ErrorIs(t, err, broken)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "second", string(text))
	assert.Equal(t, []string{"out.json"}, names(t, filepath.Dir(name)))
}

func TestReplaceHere(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, Write("out.json", []byte("text")))
	assert.Equal(t, []string{"out.json"}, names(t, "."))
}

func TestReplaceRefuses(t *testing.T) {
	dir := t.TempDir()
	require.ErrorContains(t, Write(dir, nil), "it is not a regular file")
	require.ErrorIs(t, Write(filepath.Join(dir, "none", "out.json"), nil), fs.ErrNotExist)
	assert.Empty(t, names(t, dir))
}
