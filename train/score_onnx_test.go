package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// foreign is a model as another framework writes it: one matrix in, a linear layer, and
// what comes after it.
func foreign(width, out int64, weights []float32, after func(b *onnx.Builder, in string) []string) []byte {
	var b onnx.Builder
	linear := b.Apply("Add", "add", b.Apply("MatMul", "mul", "features", b.Constant("w", []int64{width, out}, weights)),
		b.Constant("b", []int64{out}, make([]float32, out)))
	names := after(&b, linear)
	b.Graph.Inputs = []onnx.Value{{Name: "features", Type: onnx.Float, Dims: []int64{onnx.Rows, width}}}
	for i, name := range names {
		v := onnx.Value{Name: name, Type: onnx.Float, Dims: []int64{onnx.Rows, out}}
		if i > 0 {
			v = onnx.Value{Name: name, Type: onnx.Int64, Dims: []int64{onnx.Rows}}
		}
		b.Graph.Outputs = append(b.Graph.Outputs, v)
	}
	return onnx.Model{Graph: b.Graph}.Encode()
}

func scoresOnly(_ *onnx.Builder, in string) []string { return []string{in} }

func softmax(b *onnx.Builder, in string) []string {
	return []string{b.With("Softmax", "softmax", []onnx.Attribute{onnx.Int("axis", 1)}, in)}
}

// labelled adds the index of the largest score, as converters of classifiers do.
func labelled(b *onnx.Builder, in string) []string {
	return append(softmax(b, in), b.With("ArgMax", "label", []onnx.Attribute{onnx.Int("axis", 1), onnx.Int("keepdims", 0)}, in))
}

func scoreForeign(t *testing.T, model []byte, j job.ONNX, on Scored, csv string) (Predictions, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.csv")
	require.NoError(t, os.WriteFile(file, []byte(csv), 0o600))
	on.Data = job.Dataset{Name: "test", Path: file, Format: "csv"}
	return ScoreONNX(t.Context(), model, j, on)
}

func TestScoreONNXRegression(t *testing.T) {
	model := foreign(2, 1, []float32{2, 10}, scoresOnly)
	p, err := scoreForeign(t, model, job.ONNX{Target: "y"}, Scored{Task: job.TaskRegression}, "a,y,b\n1,21.5,2\n3,46,4\n")
	require.NoError(t, err)
	require.Equal(t, []float64{21.5, 46}, p.Value)
	require.Equal(t, []float64{22, 46}, p.Scores.Data)
	require.Equal(t, []int{0, 1}, p.Rows)

	p, err = scoreForeign(t, model, job.ONNX{Target: "y", Columns: []string{"b", "a"}}, Scored{Task: job.TaskRegression}, "a,y,b,c\n1,0,2,x\n3,0,4,x\n")
	require.NoError(t, err)
	require.Equal(t, []float64{14, 38}, p.Scores.Data, "the order of columns is the input's")
}

func TestScoreONNXClassification(t *testing.T) {
	on := Scored{Task: job.TaskClassification}
	const rows = "a,b,kind\n1,0,0\n0,1,1.0\n0,3,0\n"
	two := []float32{1, 0, 0, 1}
	p, err := scoreForeign(t, foreign(2, 2, two, labelled), job.ONNX{Target: "kind"}, on, rows)
	require.NoError(t, err)
	require.Equal(t, []string{"0", "1"}, p.Columns)
	require.Equal(t, []int{0, 1, 0}, p.Class)
	require.Equal(t, []int{0, 1, 1}, p.Predicted)
	require.InDelta(t, 0.731058, p.Scores.Row(0)[0], 1e-6)

	// Names for the scores, in an order that is not that of the alphabet.
	const named = "a,b,kind\n1,0,small\n0,1,large\n0,3,small\n"
	p, err = scoreForeign(t, foreign(2, 2, two, softmax), job.ONNX{Target: "kind", Classes: []string{"small", "large"}}, on, named)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 0}, p.Class)
	require.Equal(t, []int{0, 1, 1}, p.Predicted)

	// One number a row is a margin in favour of the second class, or its probability.
	p, err = scoreForeign(t, foreign(2, 1, []float32{-1, 1}, scoresOnly), job.ONNX{Target: "kind"}, on, rows)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 1}, p.Predicted)
	require.Equal(t, []float64{1, -1, -1, 1, -3, 3}, p.Scores.Data)
	p, err = scoreForeign(t, foreign(2, 1, []float32{0.25, 0.25}, scoresOnly), job.ONNX{Target: "kind"}, on, rows)
	require.NoError(t, err)
	require.Equal(t, []float64{0.75, 0.25, 0.75, 0.25, 0.25, 0.75}, p.Scores.Data)
}

func TestScoreONNXUnfit(t *testing.T) {
	two := foreign(2, 2, []float32{1, 0, 0, 1}, labelled)
	class, value := Scored{Task: job.TaskClassification}, Scored{Task: job.TaskRegression}
	for name, c := range map[string]struct {
		model []byte
		job   job.ONNX
		on    Scored
		csv   string
		want  string
	}{
		"no model":      {[]byte("pickle"), job.ONNX{Target: "y"}, class, "a,b,y\n1,2,0\n", "the model cannot be scored"},
		"width":         {two, job.ONNX{Target: "y"}, class, "a,y\n1,0\n", "takes 2 columns, and there are 1"},
		"no target":     {two, job.ONNX{Target: "z"}, class, "a,b,y\n1,2,0\n", `no column "z"`},
		"no column":     {two, job.ONNX{Target: "y", Columns: []string{"a", "c"}}, class, "a,b,y\n1,2,0\n", `no column "c"`},
		"text":          {two, job.ONNX{Target: "y"}, class, "a,b,y\n1,x,0\n", `"x" is not a number`},
		"no actual":     {two, job.ONNX{Target: "y"}, class, "a,b,y\n1,2,\n1,1,0\n", `column "y" has no value`},
		"classes":       {two, job.ONNX{Target: "y"}, class, "a,b,y\n1,2,red\n2,1,blue\n", "2 scores a row, and there are 4 classes"},
		"unnamed":       {two, job.ONNX{Target: "y", Classes: []string{"0", "1"}}, class, "a,b,y\n1,2,7\n", `has the class "7"`},
		"not one value": {two, job.ONNX{Target: "y"}, value, "a,b,y\n1,2,0\n", "2 numbers a row, and a regression has one"},
		"missing cell":  {foreign(2, 1, []float32{1, 1}, scoresOnly), job.ONNX{Target: "y"}, value, "a,b,y\n1,,0\n", "the model gives NaN for row 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := scoreForeign(t, c.model, c.job, c.on, c.csv)
			var ps job.Problems
			require.ErrorAs(t, err, &ps)
			require.Contains(t, err.Error(), c.want)
		})
	}
}
