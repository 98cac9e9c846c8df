package exec_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestTrainingPackages: the SBOMs of a training environment have the modules of Go programs and the Java archives that the
// program could use, nothing of the step that lists them, and what could not be read.
func TestTrainingPackages(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, strings.Replace(mean, "  reproducible", "  sources: {src: context://src}\n  reproducible", 1))
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("META-INF/maven/org.example/algebra/pom.properties")
	require.NoError(t, err)
	_, err = io.WriteString(w, "groupId=org.example\nartifactId=algebra\nversion=1.2\n")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, os.Mkdir(filepath.Join(dir, "src"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "src", "algebra.jar"), archive.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "src", "broken.jar"), archive.Bytes()[:20], 0o600))

	m := push(t, sb, dir, sb.Ref("1")).Manifests[0]
	files, err := m.ReadFiles(t.Context(), "/model/sbom.training.cdx.json", "/model/sbom.training.spdx.json", "/model/sbom.cdx.json")
	require.NoError(t, err)
	for _, name := range []string{"/model/sbom.training.cdx.json", "/model/sbom.training.spdx.json"} {
		text := string(files[name])
		require.Contains(t, text, "pkg:maven/org.example/algebra@1.2")
		require.Contains(t, text, "org.example:algebra")
		require.Contains(t, text, "pkg:golang/stdlib@")
		require.Contains(t, text, "src/broken.jar")
		require.NotContains(t, text, "gonum", "a module of modelbuild-step")
	}
	require.NotContains(t, string(files["/model/sbom.cdx.json"]), "algebra", "the image has nothing of the environment")
}
