package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestLayoutIsReplacedOnlyOnCommit(t *testing.T) {
	dir := tree(t, map[string]string{"out/oci-layout": "{}", "out/old": "old"})
	w := &writer{}
	e, err := w.entry(Output{Type: "oci", Dest: filepath.Join(dir, "out"), Attrs: map[string]string{"tar": "false"}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(e.OutputDir, "new"), nil, 0o644))
	assert.ElementsMatch(t, []string{"oci-layout", "old"}, names(t, filepath.Join(dir, "out")))

	require.NoError(t, w.commit())
	assert.Equal(t, []string{"new"}, names(t, filepath.Join(dir, "out")))
	assert.Equal(t, []string{"out"}, names(t, dir))
}

func TestFailedBuildLeavesWhatWasThere(t *testing.T) {
	dir := tree(t, map[string]string{"out/oci-layout": "{}", "model.tar": "old"})
	w := &writer{}
	_, err := w.entry(Output{Type: "oci", Dest: filepath.Join(dir, "out"), Attrs: map[string]string{"tar": "false"}})
	require.NoError(t, err)
	e, err := w.entry(Output{Type: "oci", Dest: filepath.Join(dir, "model.tar"), Attrs: map[string]string{}})
	require.NoError(t, err)
	f, err := e.Output(nil)
	require.NoError(t, err)
	_, err = f.Write([]byte("half"))
	require.NoError(t, err)
	require.NoError(t, f.Close())

	w.abort()
	assert.ElementsMatch(t, []string{"out", "model.tar"}, names(t, dir))
	text, err := os.ReadFile(filepath.Join(dir, "model.tar"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(text))
}

func TestFolderThatIsNoLayoutIsNotReplaced(t *testing.T) {
	dir := tree(t, map[string]string{"home/precious": ""})
	w := &writer{}
	_, err := w.entry(Output{Type: "oci", Dest: filepath.Join(dir, "home"), Attrs: map[string]string{"tar": "false"}})
	require.ErrorContains(t, err, "not an OCI layout")
	assert.FileExists(t, filepath.Join(dir, "home", "precious"))
}

func TestFileOutputDoesNotReplaceAFolder(t *testing.T) {
	dir := tree(t, map[string]string{"home/precious": ""})
	w := &writer{}
	_, err := w.entry(Output{Type: "tar", Dest: filepath.Join(dir, "home"), Attrs: map[string]string{}})
	require.ErrorContains(t, err, "not a regular file")
}
