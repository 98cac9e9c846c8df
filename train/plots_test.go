package train

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func TestPlots(t *testing.T) {
	tr, _ := trained(t)
	files, err := Plots(tr)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		d := xml.NewDecoder(bytes.NewReader(f.Data))
		for err == nil {
			_, err = d.Token()
		}
		require.True(t, errors.Is(err, io.EOF), "%s is XML: %v", f.Name, err)
		err = nil
	}
	require.Equal(t, []string{"plots/roc.svg", "plots/precision_recall.svg", "plots/calibration.svg"}, names)
	again, err := Plots(tr)
	require.NoError(t, err)
	require.Equal(t, files, again, "the same bytes")

	tr.Predictions = Predictions{Task: job.TaskRegression, Columns: []string{OutputPrediction}, Scores: matrix.Dense{Rows: 2, Width: 1, Data: []float64{1, 2}},
		Rows: []int{0, 1}, Value: []float64{1, 3}}
	tr.Record = Record{Job: job.Train{Task: job.TaskRegression}, Split: Split{TestRows: 2}}
	files, err = Plots(tr)
	require.NoError(t, err)
	require.Equal(t, "plots/predicted.svg", files[0].Name)
}
