// Package onnxtest runs exported graphs in ONNX Runtime, for the tests of the
// algorithms: it is the oracle that their own predictions are compared with.
package onnxtest

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Exporter is the part of a model that is under test.
type Exporter interface {
	Export(b *onnx.Builder, in string) string
}

// Score exports a model of the given number of outputs and returns what ONNX
// Runtime makes of each row: the outputs, and the position of the largest. NaN
// in a row stands for a missing value.
func Score(t testing.TB, m Exporter, x matrix.Dense, outputs int) (scores [][]float64, labels []int) {
	t.Helper()
	return score(t, graph(m, x.Width, outputs, onnx.Float), x, outputs)
}

// ScoreDouble is [Score] for a model whose outputs are float64.
func ScoreDouble(t testing.TB, m Exporter, x matrix.Dense, outputs int) (scores [][]float64, labels []int) {
	t.Helper()
	return score(t, graph(m, x.Width, outputs, onnx.Double), x, outputs)
}

func score(t testing.TB, model onnx.Model, x matrix.Dense, outputs int) (scores [][]float64, labels []int) {
	t.Helper()
	feeds := map[string]Tensor{}
	for j := range x.Width {
		values := make([]float32, x.Rows)
		for i := range values {
			values[i] = float32(x.Row(i)[j])
		}
		feeds[strconv.Itoa(j)] = Tensor{Dims: []int{x.Rows, 1}, Floats: values}
	}
	out := Outputs(t, model.Encode(), feeds)
	all := out["scores"].Doubles
	if all == nil {
		for _, v := range out["scores"].Floats {
			all = append(all, float64(v))
		}
	}
	for i, k := range out["label"].Ints {
		scores, labels = append(scores, all[i*outputs:(i+1)*outputs]), append(labels, int(k))
	}
	return scores, labels
}

// graph wraps the exported nodes: an input for each feature, named by its number,
// and outputs named label and scores.
func graph(m Exporter, width, outputs int, kind int32) onnx.Model {
	b := &onnx.Builder{}
	names := make([]string, width)
	for j := range names {
		names[j] = strconv.Itoa(j)
		b.Graph.Inputs = append(b.Graph.Inputs, onnx.Value{Name: names[j], Type: onnx.Float, Dims: []int64{onnx.Rows, 1}})
	}
	axis := onnx.Int("axis", 1)
	in := b.With("Concat", "features", []onnx.Attribute{axis}, names...)
	out := m.Export(b, in)
	top := b.With("ArgMax", "top", []onnx.Attribute{axis, onnx.Int("keepdims", 0)}, out)
	b.Node(onnx.Node{Op: "Identity", Inputs: []string{top}, Outputs: []string{"label"}})
	b.Node(onnx.Node{Op: "Identity", Inputs: []string{out}, Outputs: []string{"scores"}})
	b.Graph.Outputs = []onnx.Value{
		{Name: "label", Type: onnx.Int64, Dims: []int64{onnx.Rows}},
		{Name: "scores", Type: kind, Dims: []int64{onnx.Rows, int64(outputs)}},
	}
	return onnx.Model{Graph: b.Graph}
}

// root is the folder of go.mod at or above the working directory.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	check(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = parent
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
