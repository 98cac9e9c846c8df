// Package onnxtest runs exported graphs in ONNX Runtime, for the tests of the
// algorithms: it is the oracle that their own predictions are compared with.
package onnxtest

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	path := filepath.Join(t.TempDir(), "model.onnx")
	check(t, os.WriteFile(path, graph(m, x.Width, outputs).Encode(), 0o600))
	return run(t, path, x)
}

// graph wraps the exported nodes in what hack/oracle/score.js reads: an input
// for each feature, and outputs named label and probabilities.
func graph(m Exporter, width, outputs int) onnx.Model {
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
	b.Node(onnx.Node{Op: "Cast", Inputs: []string{top}, Outputs: []string{"label"}, Attributes: []onnx.Attribute{onnx.Int("to", onnx.Float)}})
	b.Node(onnx.Node{Op: "Identity", Inputs: []string{out}, Outputs: []string{"probabilities"}})
	b.Graph.Outputs = []onnx.Value{
		{Name: "label", Type: onnx.Float, Dims: []int64{onnx.Rows}},
		{Name: "probabilities", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(outputs)}},
	}
	return onnx.Model{Graph: b.Graph}
}

// column is the values of one input; nil is NaN.
type column struct {
	Type string `json:"type"`
	Data []any  `json:"data"`
}

func run(t testing.TB, model string, x matrix.Dense) (scores [][]float64, labels []int) {
	t.Helper()
	hack := filepath.Join(root(t), "hack", "oracle")
	dir, err := exec.Command(filepath.Join(hack, "onnxruntime.sh")).Output()
	check(t, err)
	batch := map[string]column{}
	for j := range x.Width {
		c := column{Type: "float32"}
		for i := range x.Rows {
			if v := x.Row(i)[j]; math.IsNaN(v) {
				c.Data = append(c.Data, nil)
			} else {
				c.Data = append(c.Data, v)
			}
		}
		batch[strconv.Itoa(j)] = c
	}
	stdin, err := json.Marshal(batch)
	check(t, err)
	cmd := exec.Command("node", filepath.Join(hack, "score.js"), strings.TrimSpace(string(dir)), model)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), os.Stderr
	stdout, err := cmd.Output()
	check(t, err)
	var out struct {
		Labels        []int
		Probabilities [][]float64
	}
	check(t, json.Unmarshal(stdout, &out))
	return out.Probabilities, out.Labels
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
