// Package why_test asks `modelbuild why` about real images and specs.
package why_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestImagesAndSpecs(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	original, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	changed := strings.Replace(string(original), "seed: 42", "seed: 43", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "changed.yaml"), []byte(changed), 0o644))

	out := sb.CLI("why", filepath.Join(dir, "model.yaml"), filepath.Join(dir, "changed.yaml")).OK().Stdout
	require.Contains(t, out, "train     runs again\n  train.seed: 42 -> 43")
	require.Contains(t, out, "changed.yaml:23")

	for _, name := range []string{"model", "changed"} {
		sb.CLI("build", "-f", filepath.Join(dir, name+".yaml"), "-o", "type=oci,tar=false,dest="+filepath.Join(dir, name+"-oci")).OK()
	}
	before, after := "oci-layout://"+filepath.Join(dir, "model-oci"), "oci-layout://"+filepath.Join(dir, "changed-oci")
	out = sb.CLI("why", before, after).OK().Stdout
	require.Contains(t, out, "train.seed: 42 -> 43")
	require.Contains(t, out, "evaluate  runs again after train")

	out = sb.CLI("why", before, before).OK().Stdout
	require.Equal(t, 4, strings.Count(out, "kept"))

	bad := sb.CLI("why", before, filepath.Join(dir, "model.yaml")).Failed()
	require.Contains(t, bad.Stderr, "name two of a kind")
}
