package exec_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

const scoredHere = `# syntax=org/modelbuild:1
name: line
data:
  train: {source: context://train.csv}
  test: {source: context://test.csv}
train:
  engine: exec
  task: regression
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, line]
  env: {X: size, Y: price}
  outputs: {model: /out/model.onnx}
evaluate:
  onnx: {target: price, columns: [size]}
  gates: {mae: "<= 1"}
`

const survivors = `# syntax=org/modelbuild:1
name: survivors
data:
  train: {source: context://data/penguins.csv}
  test: {source: context://test.csv}
train:
  engine: exec
  task: classification
  base: image://docker.io/test/trainer:1@BASE
  sources: {src: context://model.onnx}
  run: [trainer, copy, /src]
  outputs: {model: /out/model.onnx}
evaluate:
  onnx: {target: survived}
  gates: {accuracy: ">= 0.95", roc_auc: ">= 0.9"}
  slices: [sex]
`

// TestScikitLearnIsScored: a pipeline of scikit-learn, as its converter writes it unless told otherwise, with a
// column of numbers, whole numbers or texts for each input. The truth is what scikit-learn says, but for one row.
func TestScikitLearnIsScored(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, survivors)
	archive, err := zip.OpenReader(filepath.Join(sb.Source(), "train", "runtime", "testdata", "converted.zip"))
	require.NoError(t, err)
	defer archive.Close()
	model, err := fs.ReadFile(archive, "columns_zipmap.onnx")
	require.NoError(t, err)
	text, err := fs.ReadFile(archive, "columns_zipmap.json")
	require.NoError(t, err)
	var said struct {
		Predicted []string
		Feeds     map[string]struct{ Data []any }
	}
	require.NoError(t, json.Unmarshal(text, &said))
	rows := []string{"survived"}
	for i, label := range said.Predicted {
		if i == 0 {
			label = map[string]string{"yes": "no", "no": "yes"}[label]
		}
		rows = append(rows, label)
	}
	for name, f := range said.Feeds {
		rows[0] += "," + name
		for i, v := range f.Data {
			if v == nil {
				v = ""
			}
			rows[i+1] += fmt.Sprint(",", v)
		}
	}
	write(t, dir, map[string]string{"model.onnx": string(model), "test.csv": strings.Join(rows, "\n") + "\n"})
	out, record := export(t, sb, dir)
	var metrics struct {
		Metrics   map[string]float64
		Intervals struct{ Metrics map[string]any }
		Slices    map[string]map[string]struct {
			Rows      int
			Intervals map[string]any
		}
	}
	read(t, filepath.Join(out, "model", "metrics.json"), &metrics)
	require.InDelta(t, 23.0/24, metrics.Metrics["accuracy"], 1e-9)
	require.Contains(t, metrics.Intervals.Metrics, "accuracy")
	women, men := metrics.Slices["sex"]["female"], metrics.Slices["sex"]["male"]
	require.Equal(t, 24, women.Rows+men.Rows)
	require.Contains(t, women.Intervals, "accuracy")
	require.Greater(t, metrics.Metrics["roc_auc"], 0.9)
	require.Contains(t, metrics.Metrics, "log_loss", "the maps of probabilities are read")
	require.Equal(t, "test", record.Evaluation.Part)

	spec := readFile(t, filepath.Join(dir, "model.yaml"))
	write(t, dir, map[string]string{"model.yaml": spec + "image: {serve: {}}\n"})
	isServed(t, sb, dir, text)

	write(t, dir, map[string]string{"model.yaml": strings.Replace(spec, ">= 0.95", ">= 0.96", 1)})
	res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Stderr, "MB4001")

	write(t, dir, map[string]string{"model.yaml": strings.Replace(spec, "slices: [sex]", "slices: [six]", 1)})
	res = sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Stderr, `no column "six"`)
	require.Contains(t, res.Why(), `16 | >>>   slices: [six]`)
}

// TestONNXIsScoredHere: the ONNX model of a program is scored on a dataset that it was not trained on, and another gate trains nothing again.
func TestONNXIsScoredHere(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, scoredHere)
	rows := []string{"size,price"}
	for i := range 10 {
		rows = append(rows, fmt.Sprintf("%d,%d", i, 3*i+7))
	}
	// The line is price = 3 size + 7: errors of 1, 0 and 2.
	write(t, dir, map[string]string{"train.csv": strings.Join(rows, "\n") + "\n", "test.csv": "id,price,size\nx,38,10\ny,67,20\nz,95,30\n"})
	out, record := export(t, sb, dir)
	var metrics struct {
		Part    string
		Rows    int
		Metrics map[string]float64
	}
	read(t, filepath.Join(out, "model", "metrics.json"), &metrics)
	require.Equal(t, "test", metrics.Part)
	require.Equal(t, 3, metrics.Rows)
	require.InDelta(t, 1, metrics.Metrics["mae"], 1e-4)
	require.Equal(t, "test", record.Evaluation.Part)
	require.Contains(t, readFile(t, filepath.Join(out, "model", "provenance.intoto.json")), "context://test.csv")

	spec := strings.Replace(readFile(t, filepath.Join(dir, "model.yaml")), "<= 1", "<= 0.5", 1)
	write(t, dir, map[string]string{"model.yaml": spec})
	res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Stderr, "MB4001")
	require.Contains(t, res.Why(), `15 | >>>   gates: {mae: "<= 0.5"}`)
	require.Regexp(t, `(?m)^#\d+ \[train\] trainer.*\n#\d+ CACHED`, res.Stderr)

	write(t, dir, map[string]string{"model.yaml": strings.Replace(spec, "columns: [size]", "columns: [sise]", 1)})
	res = sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Stderr, `no column "sise"`)
	require.Contains(t, res.Why(), `14 | >>>   onnx:`)
}
