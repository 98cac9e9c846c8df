package runtime_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// TestPenguins scores the example's held-out rows from the raw columns, as the
// training engine predicted them.
func TestPenguins(t *testing.T) {
	data := job.Dataset{Name: job.DatasetTrain, Path: "../../examples/penguins/data/penguins.csv", Format: "csv"}
	r, err := train.Run(context.Background(), job.Train{
		Version: job.Version, Data: []job.Dataset{data}, Features: job.Features{Target: "species", Exclude: []string{"year"}},
		Split: job.Split{Kind: job.SplitStratified, Test: 0.2}, Task: job.TaskClassification, Algorithm: "logistic", Seed: 42,
	}, train.Options{})
	require.NoError(t, err)
	s, err := runtime.Load(r.Model)
	require.NoError(t, err)
	require.True(t, s.ByRow())
	version, ok := s.Metadata("modelbuild.schema")
	require.True(t, ok)
	require.NotEmpty(t, version)

	tab, err := table.Open(data)
	require.NoError(t, err)
	batch := map[string]runtime.Tensor{}
	for _, in := range s.Inputs() {
		c, ok := tab.Column(in.Name)
		require.True(t, ok)
		batch[in.Name] = column(in, c.Cells)
	}
	out, err := s.Run(context.Background(), batch)
	require.NoError(t, err)
	labels, probabilities := out[train.OutputLabel], out[train.OutputProbabilities]
	species, _ := tab.Column("species")
	right := 0
	for i, row := range r.Predictions.Rows {
		for k, want := range r.Predictions.Scores.Row(i) {
			require.InDelta(t, want, probabilities.Floats[row*3+k], 1e-6)
		}
		if labels.Strings[row] == species.Cells[row] {
			right++
		}
	}
	require.Equal(t, len(r.Predictions.Rows), right)
	runtime.CompareFile(t, r.Model, batch)
}

// column reads cells as an input takes them.
func column(in runtime.Value, cells []string) runtime.Tensor {
	if in.Type == runtime.String {
		texts := make([]string, len(cells))
		for i, c := range cells {
			if !table.Missing(c) {
				texts[i] = c
			}
		}
		return runtime.Column(texts)
	}
	numbers := make([]float32, len(cells))
	for i, c := range cells {
		v, ok := table.Number(c)
		numbers[i] = float32(v)
		if !ok {
			numbers[i] = float32(math.NaN())
		}
	}
	return runtime.Column(numbers)
}
