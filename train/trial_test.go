package train

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// trial runs one, and gives the bytes that its step writes.
func trial(t *testing.T, j job.Train) (*Trial, []byte) {
	t.Helper()
	trials, err := NewTrials(t.Context(), j)
	require.NoError(t, err)
	got, err := trials.Run(t.Context(), j.Params, Options{})
	require.NoError(t, err)
	data, err := Marshal(got)
	require.NoError(t, err)
	back, err := ReadTrial(data)
	require.NoError(t, err)
	require.Equal(t, got.Metrics, back.Metrics)
	return got, data
}

// TestTrialsAreTheCrossValidation of a training with the same parameters.
func TestTrialsAreTheCrossValidation(t *testing.T) {
	j := penguinsJob()
	j.Split.KFold = 4
	j.Calibrate, j.Threshold, j.LearningCurve = "platt", 0, []float64{0.5}
	got, _ := trial(t, j)
	require.Equal(t, run(t, j).Record.CrossValidation.Metrics, got.Metrics)
	require.Equal(t, Validation{Folds: 4, Of: 4, Rows: 275}, got.Validation)
	require.True(t, got.Converged)
	require.Equal(t, "cross-validation of the training part in 4 folds", got.Validation.String())
}

// TestTrialsOnOneFold: without folds of its own the split gives the last of five.
func TestTrialsOnOneFold(t *testing.T) {
	j := penguinsJob()
	one, _ := trial(t, j)
	require.Equal(t, Validation{Folds: 1, Of: 5, Rows: 55}, one.Validation)
	j.Split.KFold = 5
	five, _ := trial(t, j)
	require.Equal(t, five.Metrics["log_loss"].Values[4:], one.Metrics["log_loss"].Values)
}

// TestTrialsByTime are compared on the latest rows of the training part, and fitted on
// those before.
func TestTrialsByTime(t *testing.T) {
	data := many(100, "day,x,y", func(i int) string {
		return []string{"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"}[i/20] + "," + []string{"1", "2"}[i%2] + "," + []string{"a", "b"}[i%2]
	})
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
	j := job.Train{Version: 1, Data: []job.Dataset{{Name: "train", Path: path, Format: "csv"}}, Features: job.Features{Target: "y"},
		Split: job.Split{Kind: job.SplitTime, Column: "day", Test: 0.2}, Task: job.TaskClassification, Algorithm: "logistic"}
	trials, err := NewTrials(t.Context(), j)
	require.NoError(t, err)
	fold := trials.folds[0]
	require.Less(t, slices.Max(fold.Train), slices.Min(fold.Test))
	require.Equal(t, 79, slices.Max(fold.Test), "the rows from 80 on are held out")
	require.Len(t, fold.Test, 20)

	j.Split.Kind = job.SplitGroup
	trials, err = NewTrials(t.Context(), j)
	require.NoError(t, err)
	fold = trials.folds[0]
	require.Len(t, fold.Test, 20, "one day of the four that are trained on")
	require.Len(t, fold.Train, 60)
}

// TestTrialsDoNotReadHeldOutRows gives held-out rows other targets and other values: no
// byte of a trial changes. Rows of the training part do change it.
func TestTrialsDoNotReadHeldOutRows(t *testing.T) {
	j := penguinsJob()
	j.Split.Kind = job.SplitRandom
	_, before := trial(t, j)
	held := run(t, j).Predictions.Rows
	_, same := trial(t, mangled(t, j, held))
	require.Equal(t, string(before), string(same))
	_, other := trial(t, mangled(t, j, []int{0, 1, 2, 3, 4, 5, 6, 7}))
	require.NotEqual(t, string(before), string(other))

	fixed := j
	fixed.Split = job.Split{Kind: job.SplitFixed}
	fixed.Data = append(slices.Clone(j.Data), job.Dataset{Name: "test", Path: "no such file", Format: "csv"})
	trial(t, fixed)
}

// mangled is a job on data in which rows have the target and the values of another.
func mangled(t *testing.T, j job.Train, rows []int) job.Train {
	t.Helper()
	text, err := os.ReadFile(j.Data[0].Path)
	require.NoError(t, err)
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	original := slices.Clone(all)
	for i, row := range rows {
		all[row+1] = slices.Clone(original[rows[(i+len(rows)/2)%len(rows)]+1])
		all[row+1][0] = original[len(original)-1-i][0]
	}
	var out bytes.Buffer
	require.NoError(t, csv.NewWriter(&out).WriteAll(all))
	path := filepath.Join(t.TempDir(), "penguins.csv")
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o644))
	j.Data = []job.Dataset{{Name: "train", Path: path, Format: "csv"}}
	return j
}

// TestFailedTrials: what is wrong with the parameters is a result, and what is wrong with
// the data an error.
func TestFailedTrials(t *testing.T) {
	j := penguinsOf(t, "k-means", job.TaskClustering)
	j.Params = job.Params{"clusters": 300}
	got, _ := trial(t, j)
	require.Contains(t, got.Failed.Message, "300 clusters")
	require.Empty(t, got.Metrics)

	j.Params = job.Params{"clusters": 3}
	got, _ = trial(t, j)
	require.Nil(t, got.Failed)
	require.Contains(t, got.Metrics, "silhouette")

	j = penguinsJob()
	j.Features.Target = "kind"
	_, err := NewTrials(t.Context(), j)
	require.ErrorContains(t, err, job.CodeNoTarget)

	j = penguinsJob()
	j.Params = job.Params{"l3": 1}
	_, err = NewTrials(t.Context(), j)
	require.ErrorContains(t, err, `no parameter "l3"`)
}
