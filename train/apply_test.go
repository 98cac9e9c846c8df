package train

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// applied scores a dataset with the model of a result.
func applied(t *testing.T, r *Result, d job.Dataset) [][]string {
	t.Helper()
	schema, err := Marshal(r.Schema)
	require.NoError(t, err)
	a, err := NewApplier(r.Model, schema)
	require.NoError(t, err)
	tab, err := a.Open(t.Context(), d)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, a.WriteCSV(t.Context(), &b, tab, nil))
	records, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	return records
}

// appliesTheSame compares bulk scores with own predictions.
func appliesTheSame(t *testing.T, r *Result, d job.Dataset, own Predictions) {
	t.Helper()
	records := applied(t, r, d)
	require.Len(t, records, 1+len(own.Rows))
	first := len(records[0]) - own.Scores.Width
	if own.Task == job.TaskAnomaly {
		first = 1
	}
	for i := range own.Rows {
		for k, want := range own.Scores.Row(i) {
			got, err := strconv.ParseFloat(records[i+1][first+k], 64)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-5*math.Max(1, math.Abs(want)), "row %d", i)
		}
		if own.Task == job.TaskClassification {
			require.Equal(t, own.Columns[own.Predicted[i]], records[i+1][1], "row %d", i)
		}
	}
}

func TestApplyRefusesOtherData(t *testing.T) {
	r := run(t, penguinsJob())
	schema, err := Marshal(r.Schema)
	require.NoError(t, err)
	a, err := NewApplier(r.Model, schema)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, []byte("island,bill_length_mm,bill_depth_mm,body_mass_g,sex\nDream,1,x,3,male\n"), 0o644))
	_, err = a.Open(t.Context(), job.Dataset{Name: "predict", Path: path, Format: "csv"})
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.Len(t, ps, 2)
	require.Contains(t, err.Error(), `column "bill_depth_mm": "x" is not a number`)
	require.Contains(t, err.Error(), `no column "flipper_length_mm"`)

	_, err = NewApplier(r.Model[:100], schema)
	require.ErrorContains(t, err, "read model")
	_, err = NewApplier(r.Model, []byte(strings.Replace(string(schema), `"version": 2`, `"version": 9`, 1)))
	require.ErrorContains(t, err, "version 9")
	_, err = NewApplier(r.Model, []byte(strings.Replace(string(schema), `"name": "probabilities"`, `"name": "other"`, 1)))
	require.ErrorContains(t, err, `no output "other"`)
	none := r.Schema
	none.Outputs = nil
	schema, err = Marshal(none)
	require.NoError(t, err)
	_, err = NewApplier(r.Model, schema)
	require.ErrorContains(t, err, "names no output")
}
