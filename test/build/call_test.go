package build_test

import (
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestCalls drives buildx's --call: the file is checked without being built.
func TestCalls(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	file := filepath.Join(dir, "model.yaml")
	out := sb.Buildx("build", "--call=check", "-f", file, dir).OK()
	require.Contains(t, out.Stdout+out.Stderr, "no warnings found")

	out = sb.Buildx("build", "--call=targets", "-f", file, dir).OK()
	require.Contains(t, out.Stdout, "penguins (default)")
	require.Contains(t, out.Stdout, "Species of a penguin")

	out = sb.Buildx("build", "--call=outline", "-f", file, dir).OK()
	require.Contains(t, out.Stdout, "SOURCE_DATE_EPOCH")

	edit(t, dir, "model.yaml", "algorithm:", "algoritm:")
	bad := sb.Buildx("build", "--call=check", "-f", file, dir).Failed()
	require.Contains(t, bad.Stdout+bad.Stderr, `did you mean "algorithm"?`)
}
