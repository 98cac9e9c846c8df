package environ

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// TestCheckPython reads every file of the folder as what its name says, and names the one that is refused.
func TestCheckPython(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, checkPython(t.Context(), dir))
	var zipped, packed bytes.Buffer
	z := zip.NewWriter(&zipped)
	_, err := z.Create("../evil")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	g := gzip.NewWriter(&packed)
	w := tar.NewWriter(g)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "../evil", Typeflag: tar.TypeReg}))
	require.NoError(t, w.Close())
	require.NoError(t, g.Close())
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a-1.0-py3-none-any.whl": {zipped.Bytes(), "the wheel a-1.0-py3-none-any.whl cannot be installed: \"../evil\" leads out of the folder that it is unpacked to"},
		"a-1.0.zip":              {zipped.Bytes(), "the source distribution a-1.0.zip cannot be installed: \"../evil\" leads out of the folder that it is unpacked to"},
		"a-1.0.tar.gz":           {packed.Bytes(), "the source distribution a-1.0.tar.gz cannot be installed: \"../evil\" leads out of the folder that it is unpacked to"},
	} {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, c.data, 0o644))
		var ps job.Problems
		require.ErrorAs(t, checkPython(t.Context(), dir), &ps)
		require.Equal(t, job.CodeArchive, ps[0].Code)
		require.Equal(t, fieldPython, ps[0].Field)
		require.Equal(t, c.want, ps[0].Message)
		require.NoError(t, os.Remove(file))
	}
}
