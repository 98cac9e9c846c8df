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

const steps = `# syntax=org/modelbuild:1
name: steps
data:
  train: {source: context://data/penguins.csv}
prepare:
  sources: {how: context://prepare.txt}
  run: [trainer, prepare]
  env: {COLUMN: body_mass_g}
  outputs: {numbers: /out/numbers.txt}
train:
  engine: exec
  task: regression
  base: image://docker.io/test/trainer:1@BASE
  sources: {how: context://prepare.txt}
  run: [trainer, fit]
  env: {FACTOR: 1}
  outputs: {model: /out/model.json}
evaluate:
  sources: {judge: context://judge.txt}
  run: [trainer, judge]
  env: {COLUMN: body_mass_g}
  outputs: {metrics: /out/scores.json, predictions: /out/scores.csv}
  gates: {mae: "< 1000", rows_seen: "== 342"}
`

// TestSteps: one program prepares, one trains and one scores; what each read and wrote is in the provenance.
func TestSteps(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, steps)
	write(t, dir, map[string]string{"prepare.txt": "a", "judge.txt": "b"})
	out, record := export(t, sb, dir)
	model := filepath.Join(out, "model")
	require.JSONEq(t, `{"mean": 4201.754385964912}`, readFile(t, filepath.Join(model, "model.json")))
	for _, name := range []string{"numbers.txt", "left-over.txt", "scores.csv", "scores.json"} {
		require.NoFileExists(t, filepath.Join(model, name), "only what train writes is in the image")
	}
	var metrics struct{ Metrics map[string]float64 }
	read(t, filepath.Join(model, "metrics.json"), &metrics)
	require.InDelta(t, 583.5526, metrics.Metrics["mae"], 1e-4)
	require.Equal(t, 342.0, metrics.Metrics["rows_seen"])

	s, err := provenance.ParseStatement([]byte(readFile(t, filepath.Join(model, "provenance.intoto.json"))))
	require.NoError(t, err)
	config, err := json.Marshal(s.Predicate.BuildConfig)
	require.NoError(t, err)
	text := string(config)
	last := 0
	for _, step := range []string{`"name":"prepare"`, `"name":"train"`, `"name":"score"`, `"name":"evaluate"`, `"name":"package"`} {
		at := strings.Index(text, step)
		require.Greater(t, at, last, step)
		last = at
	}
	for _, file := range []string{"step:prepare/numbers.txt", "step:train/model.json", "step:score/scores.csv"} {
		require.Contains(t, text, file)
	}
	var materials []string
	for _, x := range s.Predicate.Materials {
		materials = append(materials, x.URI)
	}
	require.Subset(t, materials, []string{"context://prepare.txt", "context://judge.txt", "context://data/penguins.csv"})

	require.Equal(t, 1, strings.Count(strings.Join(materials, "\n"), "context://prepare.txt"), "two programs read it")
	require.Len(t, record.Program.Steps, 2)
	require.Equal(t, "prepare", record.Program.Steps[0].Name)
	require.Equal(t, []string{"trainer", "prepare"}, record.Program.Steps[0].Command)
	require.Equal(t, "context://prepare.txt", record.Program.Steps[0].Sources[0].URI)
	require.Equal(t, "numbers", record.Program.Steps[0].Outputs[0].Name)
	require.Equal(t, "score", record.Program.Steps[1].Name)
	require.Len(t, record.Program.Steps[1].Outputs, 2)
}

// TestStepsIncremental: each change runs the programs that it reaches, and no other.
func TestStepsIncremental(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, strings.Replace(steps, "  run: [trainer, prepare]", "  seed: 4711\n  run: [trainer, prepare]", 1))
	spec := readFile(t, filepath.Join(dir, "model.yaml"))
	files := map[string]string{"prepare.txt": "a", "judge.txt": "b"}
	ran := func() []string {
		write(t, dir, files)
		log := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).OK().Stderr
		out := []string{}
		for _, s := range []string{"prepare", "train", "evaluate"} {
			if strings.Contains(log, s+"  took ") {
				out = append(out, s)
			}
		}
		return out
	}
	edit := func(old, with string) []string {
		require.Equal(t, 1, strings.Count(spec, old), old)
		files["model.yaml"] = strings.Replace(spec, old, with, 1)
		return ran()
	}
	files["model.yaml"] = spec
	require.Equal(t, []string{"prepare", "train", "evaluate"}, ran())
	require.Empty(t, ran())
	require.Equal(t, []string{"train", "evaluate"}, edit("FACTOR: 1", "FACTOR: 0.99"))
	require.Equal(t, []string{"prepare", "train", "evaluate"}, edit("seed: 4711", "seed: 4712"))
	require.Equal(t, []string{"evaluate"}, edit("  gates", "  threads: 3\n  gates"))
	require.Empty(t, edit("< 1000", "< 900"))
	files["model.yaml"], files["judge.txt"] = spec, "c"
	require.Equal(t, []string{"evaluate"}, ran())
	files["prepare.txt"] = "d"
	require.Equal(t, []string{"prepare", "train", "evaluate"}, ran())
}
