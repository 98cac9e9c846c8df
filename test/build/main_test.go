// Package build_test runs whole builds through real BuildKit, buildx and a
// registry: a spec in, an image with attestations out.
package build_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// penguins copies the example into a folder of the test's own; edits to the
// files it returns do not reach the tree.
func penguins(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	return dir
}
