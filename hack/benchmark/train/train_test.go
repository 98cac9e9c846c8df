package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func TestAreaCountsTiesHalf(t *testing.T) {
	require.Equal(t, 0.875, area([]int{0, 0, 1, 1}, matrix.Dense{Rows: 4, Width: 1, Data: []float64{1, 2, 2, 3}}))
	require.Equal(t, 0.5, area([]int{0, 1, 0, 1}, matrix.Dense{Rows: 4, Width: 1, Data: []float64{7, 7, 7, 7}}))
	require.Equal(t, 1.0, area([]int{1, 0}, matrix.Dense{Rows: 2, Width: 2, Data: []float64{0, 1, 1, 0.5}}), "by the last column")
}

func TestRatiosAreOfTheLeastFigures(t *testing.T) {
	s := scenario{"pca", 10, 1, []string{sklearn}, true}
	r := compare(s, sklearn, []sample{{2, 4, 10, 0.5}, {1, 8, 10, 0.5}}, []sample{{4, 4, 20, 0.4}, {8, 2, 40, 0.4}})
	require.Equal(t, paired.Result{
		Name: "train/pca/10/threads-1", Peer: sklearn, Runs: 2, CPURatio: 0.25, WallRatio: 2, MemoryRatio: 0.5,
		Spread: paired.Spread{CPURatio: [2]float64{0.125, 0.5}, WallRatio: [2]float64{1, 4}, MemoryRatio: [2]float64{0.25, 0.5}},
	}, r.Result)
	require.Equal(t, side{CPU: 1, Wall: 4, Memory: 10, Metric: 0.5}, r.Ours)
}

func TestGeneratedDataIsReadBack(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, part(dir+"/train", 50, 1))
	require.NoError(t, part(dir+"/test", testRows, 2))
	require.NoError(t, writeCSV(dir, 50))
	for kind := range fitters {
		if kind == "kmeans" { // has a metric of its training rows
			continue
		}
		out, err := ours(t.Context(), kind, 50, dir)
		require.NoError(t, err, kind)
		require.Positive(t, out.Metric, kind)
	}
	out, err := ours(t.Context(), "csv", 50, dir)
	require.NoError(t, err)
	require.NotZero(t, out.Metric)
	text, err := os.ReadFile(csvPath(dir, 50))
	require.NoError(t, err)
	require.Contains(t, string(text), "f26,f27,label\n")
	_, err = ours(t.Context(), "no", 50, dir)
	require.Error(t, err)
}
