package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/table"
)

// trained makes up eight predictions of three classes, one of which never
// occurs among them, for the first of 60 rows.
func trained(t *testing.T) (Trained, job.Evaluate) {
	var b strings.Builder
	b.WriteString("id,group,y\n")
	for i := range 60 {
		fmt.Fprintf(&b, "id%d,%s,x\n", i, []string{"g", "h", "NA", ""}[i%4])
	}
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	data := []job.Dataset{{Name: "train", Path: path, Format: "csv"}}
	tab, err := table.Open(context.Background(), data[0], table.Options{})
	require.NoError(t, err)
	p := Predictions{Task: job.TaskClassification, Columns: []string{"a", "b", "c"}, Scores: matrix.Dense{Rows: 60, Width: 3}}
	for i := range 60 {
		actual, predicted := []int{0, 0, 0, 1}[i%4], []int{0, 0, 1, 1}[i%4]
		probabilities := []float64{0.1, 0.1, 0.1}
		probabilities[predicted] = 0.8
		p.Rows = append(p.Rows, i)
		p.Class, p.Predicted = append(p.Class, actual), append(p.Predicted, predicted)
		p.Scores.Data = append(p.Scores.Data, probabilities...)
	}
	r := Record{Version: 1, Job: job.Train{Task: job.TaskClassification, Split: job.Split{Kind: job.SplitRandom}},
		Output: OutputProbabilities, Classes: p.Columns, ClassRows: &ClassRows{Train: []int{10, 30, 0}},
		Split: Split{TrainRows: 40, TestRows: 60}, Datasets: []Dataset{{Name: "train", SHA256: tab.SHA256}}}
	return Trained{Record: r, Predictions: p}, job.Evaluate{Version: 1, Data: data}
}

func TestEvaluateProblems(t *testing.T) {
	paths, err := filepath.Glob("testdata/evaluate/*.txtar")
	require.NoError(t, err)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, func(archive *txtar.Archive) string {
				tr, j := trained(t)
				require.NoError(t, json.Unmarshal(file(archive, "evaluate.json").Data, &j))
				_, err := Evaluate(context.Background(), j, tr)
				return render(t, err)
			})
		})
	}
}

// TestMetrics compares with values worked out by hand: of four rows in turn,
// a is predicted a, a and b, and b is predicted b.
func TestMetrics(t *testing.T) {
	tr, j := trained(t)
	j.Slices = []string{"group"}
	j.Gates = []job.Gate{{Metric: "accuracy", Op: ">=", Value: 0.75}, {Metric: "accuracy", Op: "==", Value: 0.75},
		{Metric: "accuracy", Op: "==", Value: 0.8, Tolerance: 0.1}, {Metric: "log_loss", Op: "<=", Value: 1}, {Metric: "log_loss", Op: "<", Value: 1}, {Metric: "macro_f1", Op: ">", Value: 0}}
	m, err := Evaluate(context.Background(), j, tr)
	require.NoError(t, err)
	want := map[string]float64{
		"accuracy":          3.0 / 4,
		"balanced_accuracy": (2.0/3 + 1) / 2,
		"log_loss":          (3*0.22314355131420976 + 2.3025850929940455) / 4,
		"macro_f1":          (4.0/5 + 2.0/3) / 2,
		"macro_precision":   (1 + 1.0/2) / 2,
		"macro_recall":      (2.0/3 + 1) / 2,
		"mcc":               (45.0*60 - 30*45 - 30*15) / math.Sqrt((3600-45*45-15*15)*(3600-30*30-30*30)),
		"brier":             (45*(0.04+0.01+0.01) + 15*(0.81+0.64+0.01)) / 120,
		"weighted_f1":       0.75*4/5 + 0.25*2/3,
	}
	require.InDeltaMapValues(t, want, m.Metrics, 1e-12)
	require.Equal(t, [][]int{{30, 15, 0}, {0, 15, 0}, {0, 0, 0}}, m.Confusion.Matrix)
	require.Equal(t, metrics.Class{Rows: 15, Precision: 0.5, Recall: 1, F1: 2.0 / 3}, m.PerClass["b"])
	require.Zero(t, m.PerClass["c"])
	require.Len(t, m.Gates, 6)

	require.Equal(t, "b", m.Baseline.Class, "the most frequent class of training")
	require.InDelta(t, 0.25, m.Baseline.Metrics["accuracy"], 1e-12)
	require.InDelta(t, 0.75*1.3862943611198906+0.25*0.2876820724517809, m.Baseline.Metrics["log_loss"], 1e-12)

	require.Len(t, m.Slices["group"], 3, "both spellings of a missing value are one slice")
	require.Equal(t, 30, m.Slices["group"][""].Rows)
	require.InDelta(t, 0.5, m.Slices["group"][""].Metrics["accuracy"], 1e-12)
	require.InDelta(t, 1, m.Slices["group"]["g"].Metrics["accuracy"], 1e-12)
	require.Equal(t, metrics.Interval{Low: 1, High: 1}, m.Slices["group"]["g"].Intervals["accuracy"])
	half := m.Slices["group"][""].Intervals["accuracy"] // of 30 rows: 0.5 ± 1.96·√(0.25/30)
	require.InDelta(t, 0.32, half.Low, 0.05)
	require.InDelta(t, 0.68, half.High, 0.05)
}

// TestMetricsMatchCatalogue keeps the catalogue and the computation together.
func TestMetricsMatchCatalogue(t *testing.T) {
	tr, _ := trained(t)
	tr.Predictions.Class[0] = 2 // with a row of each class every metric is defined
	got := metrics.New(sample(tr.Predictions, OutputProbabilities)).Score(nil)
	for _, m := range job.Metrics(job.TaskClassification) {
		require.Contains(t, got, m.Name)
		delete(got, m.Name)
	}
	require.Empty(t, got)
}

func TestEvaluateRefusesOtherData(t *testing.T) {
	tr, j := trained(t)
	j.Slices = []string{"group"}
	tr.Record.Datasets[0].SHA256 = strings.Repeat("0", 64)
	_, err := Evaluate(context.Background(), j, tr)
	require.ErrorContains(t, err, "not what the model was trained with")
	tr.Record.Split.TestRows = 9
	_, err = Evaluate(context.Background(), j, tr)
	require.ErrorContains(t, err, "do not belong")
	tr, j = trained(t)
	j.Gates = []job.Gate{{Metric: "accuracy", Op: "~"}}
	_, err = Evaluate(context.Background(), j, tr)
	require.ErrorContains(t, err, `operator "~"`)
}

func TestPredictionsRoundTrip(t *testing.T) {
	tr, _ := trained(t)
	tr.Predictions.Columns = []string{`a "quoted"`, "b,c", "d"}
	copy(tr.Predictions.Scores.Data, []float64{1.0 / 3, 5e-324, 0.6666666666666666})
	data, err := tr.Predictions.CSV()
	require.NoError(t, err)
	got, err := ReadPredictions(strings.NewReader(string(data)), job.TaskClassification)
	require.NoError(t, err)
	require.Equal(t, tr.Predictions, got)
	for _, bad := range []string{"", "a,b\n1,2\n", "row,actual,predicted,score:x\n0,x,x,1\n",
		"row,actual,predicted,score:x\n1,x,y,1\n", "row,actual,predicted,score:x\n1,x,x,one\n"} {
		_, err := ReadPredictions(strings.NewReader(bad), job.TaskClassification)
		require.ErrorContains(t, err, "read predictions", "%q", bad)
	}
}
