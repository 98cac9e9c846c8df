// Package build_test runs whole builds through real BuildKit, buildx and a
// registry: a spec in, an image with attestations out.
package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// penguins copies the example into a folder of the test's own.
func penguins(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	return dir
}

// edit replaces text in a file of dir that must be there.
func edit(t *testing.T, dir, file, old, new string) {
	t.Helper()
	name := filepath.Join(dir, file)
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(data), old)
	require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(data), old, new, 1)), 0o644))
}

// push builds dir's model.yaml with buildx, pushes it as ref and opens it.
func push(t *testing.T, sb *testenv.Sandbox, dir, ref string, args ...string) *oci.Image {
	t.Helper()
	all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"),
		"--output", "type=image,name=" + ref + ",push=true,registry.insecure=true"}, args...)
	sb.Buildx(append(all, dir)...).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	require.Len(t, img.Manifests, 1)
	return img
}

// attested are the flags that ask for everything, as `modelbuild build` does.
var attested = []string{"--attest", "type=provenance,mode=max,version=v0.2", "--attest", "type=sbom"}
