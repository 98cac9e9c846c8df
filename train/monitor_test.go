package train

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/job"
)

// everyType writes rows with a column of each type; the later ones are moved by
// shift.
func everyType(t *testing.T, rows, shift int) string {
	var b strings.Builder
	for i := range rows {
		n := i*7919%rows + shift
		missing := "null"
		if i%2 == 0 {
			missing = fmt.Sprintf("%q", []string{"red", "green", "blue"}[i%3])
		}
		fmt.Fprintf(&b, `{"number":%d,"flag":%q,"colour":%s,"day":"2024-%02d-%02d","note":%q,"place":[%d,%d],"y":%d}`+"\n",
			n, []string{"yes", "N"}[i%2], missing, 1+n%12, 1+i%28, strings.Repeat("word ", 1+n%9), n, 2*n, n%5+3*(i%2))
	}
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	return path
}

func everyTypeJob(t *testing.T) job.Train {
	j := penguinsJob()
	j.Data = []job.Dataset{{Name: "train", Path: everyType(t, 400, 0), Format: "jsonl"}}
	j.Task, j.Algorithm, j.Params, j.Split = job.TaskRegression, "ridge", nil, job.Split{Kind: job.SplitRandom, Test: 0.2}
	j.Features = job.Features{Target: "y", Columns: map[string]job.Column{
		"flag": {Type: job.TypeBinary}, "note": {Type: job.TypeText}, "colour": {Type: job.TypeCategory}, "day": {Type: job.TypeDate}}}
	return j
}

func monitored(t *testing.T, r *Result, d job.Dataset) map[string]drift.ColumnReport {
	t.Helper()
	schema, err := Marshal(r.Schema)
	require.NoError(t, err)
	a, err := NewApplier(r.Model, schema)
	require.NoError(t, err)
	tab, err := a.Open(t.Context(), d)
	require.NoError(t, err)
	m, err := a.Monitor(tab)
	require.NoError(t, err)
	require.NoError(t, a.WriteCSV(t.Context(), io.Discard, tab, m))
	report := m.Report()
	require.Equal(t, tab.Rows(), report.Rows)
	out := map[string]drift.ColumnReport{}
	for _, c := range append(report.Columns, report.Outputs...) {
		out[c.Name] = c
	}
	return out
}

func TestStatistics(t *testing.T) {
	r := run(t, everyTypeJob(t))
	s := r.Schema.Statistics
	require.Equal(t, 320, s.Rows)
	require.Len(t, s.Columns, 6)
	for name, c := range s.Columns {
		require.Equal(t, 320, c.Rows, name)
	}
	require.NotNil(t, s.Columns["number"].Numbers)
	require.Greater(t, s.Columns["day"].Numbers.Min, 1.7e9)
	require.Equal(t, 9.0, s.Columns["note"].Words.Max)
	require.InDelta(t, 399*2.2360679775, s.Columns["place"].Norms.Max, 20)
	require.Equal(t, 2, s.Columns["flag"].Categories.Distinct)
	require.Equal(t, []string{"0", "1"}, slices.Sorted(slices.Values(s.Columns["flag"].Categories.Values)))
	colour := s.Columns["colour"]
	require.InDelta(t, 160, colour.Missing, 20)
	require.Equal(t, 3, colour.Categories.Distinct)
	require.Equal(t, 7.0, s.Target.Numbers.Max)
	require.Equal(t, 80, s.Outputs[OutputPrediction].Rows)
}

// TestMonitor: no column of the training data itself has drifted; those that were
// moved have.
func TestMonitor(t *testing.T) {
	j := everyTypeJob(t)
	r := run(t, j)
	for name, c := range monitored(t, r, j.Data[0]) {
		require.Less(t, c.PSI, 0.1, name) // 80 rows were held out
	}
	moved := monitored(t, r, job.Dataset{Name: "predict", Path: everyType(t, 400, 300), Format: "jsonl"})
	for name, c := range moved {
		require.Equal(t, name == "number" || name == "place", c.Drifted && name != OutputPrediction, name)
	}
	require.InDelta(t, 300, moved["number"].Mean.Data-moved["number"].Mean.Training, 20)
	require.InDelta(t, 0.75, moved["number"].Range.Share, 0.02)

	path := filepath.Join(t.TempDir(), "new.csv")
	require.NoError(t, os.WriteFile(path, []byte("island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n"+
		"Atlantis,40,18,190,4000,male\nDream,,18,190,4000,female\nBiscoe,40,18,190,4000,NA\nLemuria,40,18,9000,4000,male\n"), 0o644))
	birds := monitored(t, run(t, penguinsJob()), job.Dataset{Name: "predict", Path: path, Format: "csv"})
	require.Equal(t, []string{"Atlantis", "Lemuria"}, birds["island"].Unseen.Categories)
	require.Equal(t, drift.Outside{Rows: 2, Share: 0.5}, birds["island"].Unseen.Outside)
	require.Equal(t, 0.25, birds["bill_length_mm"].Missing.Data)
	require.Equal(t, 0.25, birds["sex"].Missing.Data)
	require.Equal(t, &drift.Outside{Rows: 1, Share: 0.25}, birds["flipper_length_mm"].Range)
	require.Contains(t, birds, OutputLabel)
}

// TestMonitorNeedsStatistics: a schema may come from elsewhere.
func TestMonitorNeedsStatistics(t *testing.T) {
	j := penguinsJob()
	r := run(t, j)
	r.Schema.Statistics = nil
	schema, err := Marshal(r.Schema)
	require.NoError(t, err)
	a, err := NewApplier(r.Model, schema)
	require.NoError(t, err)
	tab, err := a.Open(t.Context(), j.Data[0])
	require.NoError(t, err)
	_, err = a.Monitor(tab)
	require.ErrorContains(t, err, "no statistics")
}
