package train

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// TestFloat64Trees: in float64, ONNX Runtime and the bulk scores give the engine's
// own predictions to the last digits, on every row, and the labels that follow.
func TestFloat64Trees(t *testing.T) {
	for _, a := range job.Algorithms() {
		if !slices.Contains(job.TreeAlgorithms(), a.Name) {
			continue
		}
		for _, task := range a.Tasks {
			t.Run(a.Name+" "+task, func(t *testing.T) {
				j := penguinsOf(t, a.Name, task)
				j.Export.Precision = job.Float64
				if task == job.TaskAnomaly {
					j.Params["contamination"] = 0.1
				}
				r, own := run(t, j), ownPredictions(t, j)
				got := score(t, r, j.Data[0])
				numbers := got[r.Record.Output].Doubles
				require.Len(t, numbers, len(own.Scores.Data))
				for i, want := range own.Scores.Data {
					require.InDelta(t, want, numbers[i], 1e-12*math.Max(1, math.Abs(want)), "score %d", i)
				}
				i := slices.IndexFunc(r.Schema.Outputs, func(o Output) bool { return o.Name == r.Record.Output })
				require.Equal(t, "float64", r.Schema.Outputs[i].Tensor)
				decidesTheSame(t, own, got[OutputLabel].Strings, got[OutputAnomaly].Ints)
				bulkIsExact(t, r, j.Data[0], own)
			})
		}
	}
}

func decidesTheSame(t *testing.T, own Predictions, labels []string, flags []int64) {
	t.Helper()
	for i, label := range labels {
		require.Equal(t, own.Columns[own.Predicted[i]], label, "row %d", i)
	}
	for i, flag := range flags {
		require.Equal(t, int64(own.Predicted[i]), flag, "row %d", i)
	}
}

func bulkIsExact(t *testing.T, r *Result, d job.Dataset, own Predictions) {
	t.Helper()
	records := applied(t, r, d)
	first := len(records[0]) - own.Scores.Width
	if own.Task == job.TaskAnomaly {
		first = 1
	}
	for i := range own.Rows {
		for k, want := range own.Scores.Row(i) {
			got, err := strconv.ParseFloat(records[i+1][first+k], 64)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-14*math.Max(1, math.Abs(want)), "row %d", i)
		}
	}
}

// TestFloat64Threshold: a decision threshold is compared in float64.
func TestFloat64Threshold(t *testing.T) {
	j := penguinsOf(t, "random-forest", job.TaskClassification)
	j.Features.Target, j.Features.Exclude = "sex", []string{"year"}
	j.Data[0].Path = without(t, "NA")
	j.Export.Precision, j.Threshold = job.Float64, 0.35
	r, own := run(t, j), ownPredictions(t, j)
	decidesTheSame(t, own, score(t, r, j.Data[0])[OutputLabel].Strings, nil)
}

// TestFloat64Explained: what is asked of the exported model does not depend on its
// precision.
func TestFloat64Explained(t *testing.T) {
	j := penguinsOf(t, "random-forest", job.TaskRegression)
	asked := job.Evaluate{Importance: &job.Importance{Repeats: 2}, PartialDependence: []string{"flipper_length_mm"}}
	single := explain(t, run(t, j), j.Data, asked)
	j.Export.Precision = job.Float64
	double := explain(t, run(t, j), j.Data, asked)
	for i, c := range single.Importance.Columns {
		require.Equal(t, c.Column, double.Importance.Columns[i].Column)
		require.InDelta(t, c.Mean, double.Importance.Columns[i].Mean, 1e-3)
	}
	for i, v := range single.PartialDependence.Columns[0].Outputs[OutputPrediction] {
		require.InDelta(t, v, double.PartialDependence.Columns[0].Outputs[OutputPrediction][i], 1e-2)
	}
}
