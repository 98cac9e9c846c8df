package exec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestReproduceAProgram: an image that a program trained comes out again; a source that changed is refused by name.
func TestReproduceAProgram(t *testing.T) {
	sb := testenv.New(t)
	spec := strings.Replace(mean, "  reproducible", "  sources: {src: context://src}\n  reproducible", 1)
	spec = strings.Replace(spec, "name: mean", "name: mean\nargs:\n  COLUMN: {default: none}", 1)
	dir := folder(t, sb, strings.Replace(spec, "COLUMN: body_mass_g", `COLUMN: "${COLUMN}"`, 1))
	source := filepath.Join(dir, "src", "a", "b.txt")
	require.NoError(t, os.MkdirAll(filepath.Dir(source), 0o755))
	require.NoError(t, os.WriteFile(source, []byte("1"), 0o644))
	image := filepath.Join(t.TempDir(), "image")
	sb.CLI("build", "--build-arg", "COLUMN=body_mass_g", "-o", "type=oci,dest="+image+",tar=false", dir).OK()

	out := sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "reproduce", "oci-layout://"+image).OK()
	require.Contains(t, out.Stdout, "reproduced: the images are identical")
	require.Contains(t, out.Stdout, "/model/model.json, same")

	require.NoError(t, os.WriteFile(source, []byte("2"), 0o644))
	failed := sb.CLI("reproduce", "oci-layout://"+image, "--context", dir).Failed()
	require.Equal(t, 2, failed.Code)
	require.Contains(t, failed.Stderr, "context://src: recorded sha256:")
	require.NotContains(t, failed.Stderr, "penguins.csv")
}
