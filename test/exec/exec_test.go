package exec_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/stretchr/testify/require"
)

// TestProgram builds a model that a program trains: its outputs, its evaluation, and what is said about both.
func TestProgram(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, mean)
	m := push(t, sb, dir, sb.Ref("1"), "--attest", "type=provenance,mode=max,version=v0.2", "--attest", "type=sbom").Manifests[0]
	require.Equal(t, "65532", m.Config.Config.User)
	require.Equal(t, "/model/model.json", m.Config.Config.Labels["org.modelbuild.model"])
	require.Len(t, m.Manifest.Layers, 2)

	files, err := m.ReadFiles(t.Context(), "/model/model.json", "/model/notes/how.txt", "/model/metrics.json", "/model/card.md",
		"/model/provenance.intoto.json", "/model/sbom.training.cdx.json", "/model/sbom.training.spdx.json", "/model/plots/predicted.svg")
	require.NoError(t, err)
	require.JSONEq(t, `{"mean": 4201.754385964912}`, string(files["/model/model.json"]))
	require.Equal(t, "a mean\n", string(files["/model/notes/how.txt"]))
	require.Contains(t, string(files["/model/card.md"]), "| Trained by | trainer mean, seed 0, 1 thread(s) |")
	require.NotEmpty(t, files["/model/plots/predicted.svg"])
	others, err := m.ReadFiles(t.Context(), "/model/predictions.csv")
	require.NoError(t, err)
	require.Empty(t, others, "predictions are no part of the image")

	var metrics struct {
		Part    string
		Rows    int
		Metrics map[string]float64
	}
	require.NoError(t, json.Unmarshal(files["/model/metrics.json"], &metrics))
	require.Equal(t, "test", metrics.Part)
	require.Equal(t, 10, metrics.Rows)
	require.InDelta(t, 583.5526, metrics.Metrics["mae"], 1e-4, "of the predictions: by hand")
	require.Equal(t, 342.0, metrics.Metrics["rows_used"], "as the program reports it")

	s, err := provenance.ParseStatement(files["/model/provenance.intoto.json"])
	require.NoError(t, err)
	require.False(t, s.Predicate.Metadata.Reproducible, "a declared class is no proof")
	var materials []string
	for _, x := range s.Predicate.Materials {
		materials = append(materials, x.URI)
	}
	text := strings.Join(materials, "\n")
	require.Contains(t, text, "context://data/penguins.csv")
	require.Contains(t, text, "pkg:docker/test/trainer@1?digest="+base.digest)
}

// TestProgramReproducible: two builds without a cache give one image.
func TestProgramReproducible(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, mean)
	a := push(t, sb, dir, sb.Ref("a"), "--no-cache").Manifests[0]
	b := push(t, sb, dir, sb.Ref("b"), "--no-cache").Manifests[0]
	require.Equal(t, a.Descriptor.Digest, b.Descriptor.Digest)
}

// TestProgramIncremental: words and gates do not run the program again; what it reads does.
func TestProgramIncremental(t *testing.T) {
	sb := testenv.New(t)
	spec := strings.Replace(strings.Replace(mean, "  reproducible", "  seed: 77\n  sources: {src: context://src}\n  reproducible", 1), "BASE", trainer(t, sb), 1)
	files := map[string]string{"data/penguins.csv": "body_mass_g\n" + strings.Repeat("3000\n", 400), "src/a.txt": "1"}
	trains := func(spec string) bool {
		files["model.yaml"] = spec
		dir := sb.Context(files)
		log := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).OK().Stderr
		return strings.Contains(log, "train  model.json sha256:")
	}
	require.True(t, trains(spec))
	require.False(t, trains(spec))
	require.False(t, trains(strings.Replace(spec, "name: mean", "name: other\ndescription: Words", 1)))
	require.False(t, trains(strings.Replace(spec, "< 1000", "< 900", 1)))
	require.True(t, trains(strings.Replace(spec, "seed: 77", "seed: 78", 1)))
	files["src/a.txt"] = "2"
	require.True(t, trains(spec), "a source")
	files["unrelated.txt"] = "3"
	require.False(t, trains(spec), "a file that nothing names")
}

// TestProgramInputs: what a program finds, and that nothing else of the context or the machine is there.
func TestProgramInputs(t *testing.T) {
	sb := testenv.New(t)
	spec := strings.Replace(`# syntax=org/modelbuild:1
name: inputs
data:
  train: {source: context://data/train.csv}
  photos: {source: context://photos, format: raw}
train:
  engine: exec
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, inputs]
  sources: {src: context://src}
  env: {RATE: 0.1, DEEP: true, WORDS: 1 2}
  outputs: {model: /out/model.json}
  secrets: [token]
  seed: 9
  threads: 2
`, "BASE", trainer(t, sb), 1)
	dir := sb.Context(map[string]string{"model.yaml": spec, "data/train.csv": "a\n1\n", "photos/1.png": "x", "photos/deep/2.png": "y",
		"src/train.py": "", "secret.txt": "planted-value"})
	out := filepath.Join(dir, "out")
	log := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--secret", "id=token,src="+filepath.Join(dir, "secret.txt"),
		"--attest", "type=provenance,mode=max", "--output", "type=local,dest="+out, dir).OK().Stderr
	require.NotContains(t, log, "planted-value")
	var found map[string]any
	read(t, filepath.Join(out, "model", "model.json"), &found)
	for name, want := range map[string]any{
		"RATE": "0.1", "DEEP": "true", "WORDS": "1 2", "MODELBUILD_SEED": "9", "PYTHONHASHSEED": "9", "OMP_NUM_THREADS": "2", "TZ": "UTC",
		"MODELBUILD_DATA_TRAIN": "/in/data/train.csv", "MODELBUILD_DATA_PHOTOS": "/in/data/photos",
		"MODELBUILD_DATA_TRAIN_SHA256": "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc",
		"/src":                         []any{"train.py"}, "/in/data": []any{"photos", "train.csv"}, "/in/data/photos": []any{"1.png", "deep"},
		"secret bytes": 13.0, "interfaces": 1.0,
	} {
		require.Equal(t, want, found[name], name)
	}
	tree(t, out, func(name, text string) { require.NotContains(t, text, "planted-value", name) })
}
