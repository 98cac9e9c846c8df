package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
)

// TestPrintedMetrics prints what a metrics file has, with the most important
// columns only.
func TestPrintedMetrics(t *testing.T) {
	m := train.Metrics{
		Part: "test", Rows: 69, Metrics: map[string]float64{"rmse": 301.25},
		Gates:      []train.GateResult{{Metric: "rmse", Op: "<=", Value: 400, Actual: 301.25, Met: true}},
		Importance: &train.Importance{Metric: "rmse"},
	}
	for _, name := range []string{"species", "wing", "sex", "depth", "length", "island"} {
		m.Importance.Columns = append(m.Importance.Columns, train.ColumnImportance{Column: name, Mean: 256.789, Std: 34.25})
	}
	var scores bytes.Buffer
	printScores(&scores, &m)
	require.Contains(t, scores.String(), "gate    rmse <= 400: met\ncolumn  species worsens rmse by 256.8 ± 34\n")
	require.NotContains(t, scores.String(), "island")

	data, err := json.Marshal(m)
	require.NoError(t, err)
	var read metricsFile
	require.NoError(t, json.Unmarshal(data, &read))
	var inspected bytes.Buffer
	printMetrics(&inspected, &read)
	require.Contains(t, inspected.String(), "important\tspecies\tworsens rmse by 256.8 ± 34.25\n")
	require.NotContains(t, inspected.String(), "island")

	read.Importance = nil
	inspected.Reset()
	printMetrics(&inspected, &read)
	require.NotContains(t, inspected.String(), "important")
}
