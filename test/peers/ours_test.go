package peers

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// tolerance is how far a score of ONNX Runtime may be from ours. It is relative
// where the largest score of the held-out rows is more than 1: what a float32
// graph adds up to a small score may be as large as that.
const tolerance = 1e-5

// caseRows is how many rows ONNX Runtime scores at once.
const caseRows = 2000

// unit is one fit on both sides.
type unit struct {
	request
	fold int
	seed int
}

// train fits our side.
func (c *comparison) train(t *testing.T, u unit) *train.Result {
	t.Helper()
	j := job.Train{
		Version: job.Version,
		Data:    []job.Dataset{{Name: job.DatasetTrain, Path: u.Train, Format: "csv"}, {Name: job.DatasetTest, Path: u.Test, Format: "csv"}},
		Features: job.Features{Columns: c.columnsOf(u.Numbers, u.Categories),
			Exclude: slices.DeleteFunc(slices.Clone(c.data.header), func(name string) bool {
				return name == u.Target && job.Supervised(c.task()) || slices.Contains(u.Numbers, name) || slices.Contains(u.Categories, name)
			})},
		Split: job.Split{Kind: job.SplitFixed}, Task: c.task(), Algorithm: c.algorithm, Params: c.params, Seed: uint64(u.seed),
	}
	if job.Supervised(c.task()) {
		j.Features.Target = u.Target
	}
	r, err := train.Run(t.Context(), j, train.Options{})
	require.NoError(t, err)
	return r
}

// agrees has ONNX Runtime score every held-out row with the exported models. It
// returns how many rows that were, and how many of them have a score that is
// further away than the tolerance of the score itself.
func (c *comparison) agrees(t *testing.T, units []unit, results []*train.Result) (scored, rounded int) {
	t.Helper()
	var cases []onnxtest.Case
	for i, r := range results {
		for rows := range slices.Chunk(c.heldOut(units[i]), caseRows) {
			feeds := map[string]onnxtest.Tensor{}
			for _, in := range r.Schema.Inputs {
				feeds[in.Name] = feed(in, rows, c.data.column(in.Name))
			}
			cases = append(cases, onnxtest.Case{Model: r.Model, Feeds: feeds})
		}
	}
	outcomes := onnxtest.Run(t, cases...)
	for _, r := range results {
		n := len(r.Predictions.Rows)
		for from := 0; from < n; from += caseRows {
			require.Empty(t, outcomes[0].Error)
			rounded += agree(t, outcomes[0].Outputs, r, from, min(n, from+caseRows))
			outcomes = outcomes[1:]
		}
		scored += n
	}
	return scored, rounded
}

// agree compares ONNX Runtime's outputs with our predictions of some rows, and
// returns in how many of them float32 rounds a score by more than its tolerance.
func agree(t *testing.T, out map[string]onnxtest.Tensor, r *train.Result, from, to int) (rounded int) {
	t.Helper()
	p, w := r.Predictions, r.Predictions.Scores.Width
	numbers := out[r.Record.Output].Floats
	require.Len(t, numbers, (to-from)*w)
	bound := tolerance * math.Max(1, math.Max(slices.Max(p.Scores.Data), -slices.Min(p.Scores.Data)))
	for i := range to - from {
		most := 0.0 // the largest distance of a score, in tolerances of that score
		for k, want := range p.Scores.Row(from + i) {
			d := math.Abs(float64(numbers[i*w+k]) - want)
			require.LessOrEqual(t, d, bound, "row %d: ONNX Runtime has %v, the engine %v", from+i, numbers[i*w+k], want)
			most = max(most, d/(tolerance*math.Max(1, math.Abs(want))))
		}
		if most > 1 {
			rounded++
		}
	}
	for i := from; i < to && p.Predicted != nil; i++ {
		switch p.Task {
		case job.TaskClassification:
			require.Equal(t, p.Columns[p.Predicted[i]], out[train.OutputLabel].Strings[i-from], "row %d", i)
		case job.TaskAnomaly:
			require.EqualValues(t, p.Predicted[i], out[train.OutputAnomaly].Ints[i-from], "row %d", i)
		default:
			require.EqualValues(t, cluster(p, i), out[train.OutputCluster].Ints[i-from], "row %d", i)
		}
	}
	return rounded
}

// cluster is the cluster of a row, -1 for none.
func cluster(p train.Predictions, i int) int {
	if p.Columns[p.Predicted[i]] == "-1" {
		return -1
	}
	return p.Predicted[i]
}

// feed is an input of a model for some rows.
func feed(in train.Input, rows [][]string, j int) onnxtest.Tensor {
	if in.Tensor != "string" {
		return onnxtest.Tensor{Dims: []int{len(rows), 1}, Floats: floats(rows, j)}
	}
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row[j]
	}
	return onnxtest.Tensor{Dims: []int{len(rows), 1}, Strings: texts}
}

// linear reads the coefficients that a model was exported with: a row for each
// output, and where there are any their intercepts.
func linear(t *testing.T, model []byte) (coefficients [][]float64, intercepts []float64) {
	t.Helper()
	f, err := onnx.Decode(model)
	require.NoError(t, err)
	for _, tensor := range f.Graph.Initializers {
		values, ok := tensor.Data.([]float32)
		switch {
		case !ok:
		case strings.HasPrefix(tensor.Name, "/coefficients"), strings.HasPrefix(tensor.Name, "/loadings"):
			width, outputs := int(tensor.Dims[0]), int(tensor.Dims[1])
			for k := range outputs {
				row := make([]float64, width)
				for j := range row {
					row[j] = float64(values[j*outputs+k])
				}
				coefficients = append(coefficients, row)
			}
		case strings.HasPrefix(tensor.Name, "/intercepts"):
			for _, v := range values {
				intercepts = append(intercepts, float64(v))
			}
		}
	}
	require.NotEmpty(t, coefficients)
	return coefficients, intercepts
}
