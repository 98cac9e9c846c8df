package train

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// skl is a model that skl2onnx converted, with the rows that it was asked about as CSV, whose column
// label is what scikit-learn says of them: see runtime/testdata/convert.py.
type skl struct {
	model         []byte
	csv           string
	Predicted     []any
	Probabilities []float64
	Feeds         map[string]struct {
		Dims []int
		Data []any
	}
}

func readSKL(t *testing.T, name string) skl {
	t.Helper()
	archive, err := zip.OpenReader("runtime/testdata/converted.zip")
	require.NoError(t, err)
	defer archive.Close()
	var out skl
	out.model, err = fs.ReadFile(archive, name+".onnx")
	require.NoError(t, err)
	text, err := fs.ReadFile(archive, name+".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	rows := make([]string, len(out.Predicted)+1)
	rows[0] = "label"
	for i, v := range out.Predicted {
		rows[i+1] = fmt.Sprint(v)
	}
	for input, f := range out.Feeds {
		for k := range f.Dims[1] {
			if rows[0] += "," + input; f.Dims[1] > 1 {
				rows[0] += fmt.Sprint(k)
			}
		}
		for i, v := range f.Data {
			if v == nil {
				v = ""
			}
			rows[i/f.Dims[1]+1] += fmt.Sprint(",", v)
		}
	}
	out.csv = strings.Join(rows, "\n") + "\n"
	return out
}

// TestScoreConverted: classifiers of scikit-learn as converters write them, with a matrix or
// with columns of numbers, integers and texts, and scores as a matrix, as maps or as an output each.
func TestScoreConverted(t *testing.T) {
	on := Scored{Task: job.TaskClassification}
	for name, classes := range map[string][]string{
		"logistic_species": {"setosa", "versicolor", "virginica"}, "logistic_zipmap_species": {"setosa", "versicolor", "virginica"},
		"forest_zipmap_cancer": {"0", "1"}, "svc_species": {"setosa", "versicolor", "virginica"}, "xgboost_iris": {"0", "1", "2"},
		"columns_logistic": {"no", "yes"}, "columns_zipmap": {"no", "yes"}, "columns_columns": {"no", "yes"}, "columns_boosting": {"0", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			m := readSKL(t, name)
			p, err := scoreForeign(t, m.model, job.ONNX{Target: "label"}, on, m.csv)
			require.NoError(t, err)
			require.Equal(t, classes, p.Columns)
			require.Equal(t, p.Class, p.Predicted)
			for i, want := range m.Probabilities {
				require.InDelta(t, want, p.Scores.Data[i], 1e-4)
			}
		})
	}
}

// TestScoreUnknownClass: the model knows its classes, so that a row of another one is told.
func TestScoreUnknownClass(t *testing.T) {
	m := readSKL(t, "columns_zipmap")
	csv := strings.Replace(m.csv, "\nno,", "\nperhaps,", 1)
	_, err := scoreForeign(t, m.model, job.ONNX{Target: "label"}, Scored{Task: job.TaskClassification}, csv)
	require.ErrorContains(t, err, `the column label has the class "perhaps", which is none of ["no" "yes"]`)
}

// TestSlicesOfONNX: a model that is scored here has slices with intervals, of columns that it need not read.
func TestSlicesOfONNX(t *testing.T) {
	rows := []string{"a,b,y,where"}
	for i := range 40 {
		rows = append(rows, fmt.Sprintf("%d,1,%d,%s", i, i+10+i%2, []string{"north", "south"}[i%2]))
	}
	j := job.Evaluate{Version: job.Version, Confidence: 0.9, Slices: []string{"where"}, ONNX: &job.ONNX{Target: "y", Columns: []string{"a", "b"}}}
	on := Scored{Task: job.TaskRegression}
	file := filepath.Join(t.TempDir(), "test.csv")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(rows, "\n")+"\n"), 0o600))
	on.Data = job.Dataset{Name: "test", Path: file, Format: "csv"}
	j.Data = []job.Dataset{on.Data}
	p, err := ScoreONNX(t.Context(), foreign(2, 1, []float32{1, 10}, scoresOnly), *j.ONNX, on)
	require.NoError(t, err)
	trained := &Trained{Predictions: p, Record: Record{Job: job.Train{Task: job.TaskRegression, Seed: 3}, Program: &Program{}}}
	m, err := EvaluateProgram(t.Context(), j, trained, nil)
	require.NoError(t, err)
	require.Equal(t, 20, m.Slices["where"]["south"].Rows)
	require.InDelta(t, 1, m.Slices["where"]["south"].Metrics["mae"], 1e-6)
	require.InDelta(t, 0, m.Slices["where"]["north"].Metrics["mae"], 1e-6)
	require.Contains(t, m.Slices["where"]["south"].Intervals, "mae")

	j.Slices = []string{"were"}
	_, err = EvaluateProgram(t.Context(), j, trained, nil)
	require.ErrorContains(t, err, `no column "were"`)
}
