package train

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func TestPlots(t *testing.T) {
	tr, j := trained(t)
	m, err := Evaluate(t.Context(), j, tr)
	require.NoError(t, err)
	files, err := Plots(m, tr)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		wellFormed(t, f)
	}
	require.Equal(t, []string{"plots/roc.svg", "plots/precision_recall.svg", "plots/calibration.svg"}, names)
	again, err := Plots(m, tr)
	require.NoError(t, err)
	require.Equal(t, files, again, "the same bytes")

	tr.Predictions = Predictions{Task: job.TaskRegression, Columns: []string{OutputPrediction}, Scores: matrix.Dense{Rows: 2, Width: 1, Data: []float64{1, 2}},
		Rows: []int{0, 1}, Value: []float64{1, 3}}
	tr.Record = Record{Job: job.Train{Task: job.TaskRegression}, Split: Split{TestRows: 2}, Target: &TargetStats{Mean: 2}}
	m, err = Evaluate(t.Context(), j, tr)
	require.NoError(t, err)
	files, err = Plots(m, tr)
	require.NoError(t, err)
	require.Equal(t, "plots/predicted.svg", files[0].Name)
}

// wellFormed wants a plot to be XML.
func wellFormed(t *testing.T, f OutputFile) {
	t.Helper()
	if path.Ext(f.Name) != ".svg" {
		return
	}
	d := xml.NewDecoder(bytes.NewReader(f.Data))
	var err error
	for err == nil {
		_, err = d.Token()
	}
	require.True(t, errors.Is(err, io.EOF), "%s is XML: %v", f.Name, err)
}
