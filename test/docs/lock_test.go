package docs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestLockExample: the lock of the page is whole for its spec, a build can be planned of both, and the packages come from
// where the spec says.
func TestLockExample(t *testing.T) {
	dir := t.TempDir()
	var files []*block
	for _, b := range read(t, "docs/reference/lock.md").blocks {
		if b.has("good") {
			files = append(files, b)
		}
	}
	require.Len(t, files, 3)
	write(t, dir, files, strings.NewReplacer())
	require.Empty(t, renderIn(t, dir, "MB1055", nil))
	testenv.New(t).CLI("lock", "--check", "-f", filepath.Join(dir, "model.yaml")).OK()

	write(t, dir, files, strings.NewReplacer("      mirror: https://mirror.example/debian\n", "", "    index: https://index.example/simple\n", ""))
	found := renderIn(t, dir, "MB1055", nil)
	require.Contains(t, found, "MB1055: train.packages.debian.mirror: nothing says where the packages are")
	require.Contains(t, found, "MB1055: train.packages.index: nothing says where the files of requirements.txt are")
}
