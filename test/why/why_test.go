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

// TestSweep asks about two images with a sweep: only a trial that is new runs again, and training only where another
// one is chosen.
func TestSweep(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "sweep"))))
	original, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	for name, grid := range map[string]string{"one": "[2, 8]", "same": "[3, 8]", "other": "[2, 3]"} {
		text := strings.Replace(string(original), "max_depth: [2, 4, 8]", "max_depth: "+grid, 1)
		require.NotEqual(t, string(original), text)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o644))
		sb.CLI("build", "-f", filepath.Join(dir, name+".yaml"), "-o", "type=oci,tar=false,dest="+filepath.Join(dir, name)).OK()
	}
	why := func(before, after string) string {
		return sb.CLI("why", "oci-layout://"+filepath.Join(dir, before), "oci-layout://"+filepath.Join(dir, after)).OK().Stdout
	}
	out := why("one", "same")
	require.Contains(t, out, "trials    runs again: 4 of 8\n  max_depth=3, max_features=sqrt, trees=20\n")
	require.Contains(t, out, "select    runs again after trials\n  sweep.params.max_depth[0]: 2 -> 3\ntrain     kept\nevaluate  kept\n")
	require.Contains(t, why("one", "other"), "train     runs again\n  train.params.max_depth: 8 -> 3\n")
	require.Equal(t, 6, strings.Count(why("one", "one"), "kept"))
	specs := sb.CLI("why", filepath.Join(dir, "one.yaml"), filepath.Join(dir, "same.yaml")).OK().Stdout
	require.Contains(t, specs, "train     runs again after select, where another trial is chosen\n")
}
