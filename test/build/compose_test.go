package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

const composed = `# syntax=org/modelbuild:1
include: [parts/data.yaml]
args:
  seed: {type: integer, default: 42, description: seed of the split}
targets:
  plain: {description: With every column}
  small: {description: Without the island, features: {exclude: [year, island]}}
features: {target: species, exclude: [year]}
train: {algorithm: logistic, seed: "${seed}"}
evaluate: {gates: {accuracy: ">= 0.9"}}
`

const parts = "data:\n  train: {source: context://data/penguins.csv}\n"

func composedDir(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := penguins(t, sb)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "parts"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "parts", "data.yaml"), []byte(parts), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(composed), 0o644))
	return dir
}

// TestComposed builds one file's two models with an argument and an include.
func TestComposed(t *testing.T) {
	sb := testenv.New(t)
	dir := composedDir(t, sb)
	record := func(args ...string) (name string, seed float64, features []string) {
		t.Helper()
		img := push(t, sb, dir, sb.Ref("x"), append(args, attested...)...)
		files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/schema.json")
		require.NoError(t, err)
		var s struct {
			Predicate struct {
				Invocation struct {
					Parameters struct {
						Train    struct{ Seed float64 }
						Features struct{ Exclude []string }
					}
				}
				Materials []struct{ URI string }
			}
		}
		require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &s))
		require.Contains(t, string(files["/model/provenance.intoto.json"]), "context://parts/data.yaml", "an included file is a material")
		return img.Manifests[0].Config.Config.Labels["org.opencontainers.image.title"],
			s.Predicate.Invocation.Parameters.Train.Seed, s.Predicate.Invocation.Parameters.Features.Exclude
	}
	name, seed, exclude := record()
	require.Equal(t, "plain", name)
	require.Equal(t, 42.0, seed)
	require.Equal(t, []string{"year"}, exclude)
	name, seed, exclude = record("--target", "small", "--build-arg", "seed=7")
	require.Equal(t, "small", name)
	require.Equal(t, 7.0, seed)
	require.Equal(t, []string{"year", "island"}, exclude)
}

func TestComposedCalls(t *testing.T) {
	sb := testenv.New(t)
	dir := composedDir(t, sb)
	file := filepath.Join(dir, "model.yaml")
	out := sb.Buildx("build", "--call=targets", "-f", file, dir).OK().Stdout
	require.Contains(t, out, "plain (default)")
	require.Contains(t, out, "Without the island")
	out = sb.Buildx("build", "--call=outline", "-f", file, dir).OK().Stdout
	require.Contains(t, out, "seed of the split")

	edit(t, dir, "parts/data.yaml", "source:", "sourse:")
	bad := sb.Buildx("build", "-f", file, "--output", "type=cacheonly", dir).Failed().Stderr
	require.Contains(t, bad, "parts/data.yaml:2")
	require.Contains(t, bad, `>>>   train: {sourse: context://data/penguins.csv}`)
	require.Contains(t, bad, `did you mean "source"?`)

	bad = sb.Buildx("build", "-f", file, "--target", "smal", "--output", "type=cacheonly", dir).Failed().Stderr
	require.Contains(t, bad, `did you mean "small"?`)
}
