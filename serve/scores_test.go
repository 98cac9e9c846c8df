package serve_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/serve"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

const penguins = "../examples/penguins/data/penguins.csv"

// unusual are rows that no training part has: values that are missing, categories that
// are new, and numbers far out.
const unusual = `species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year
Adelie,,,,,,,
Gentoo,Atlantis,47.3,15.1,217.25,5012.5,unknown,2030
Chinstrap,"Dre""am, \n",1e-30,-0,1e30,0.1,ß,0
`

// visits has columns of the other kinds: dates, texts and a text category.
func visits() string {
	var b strings.Builder
	b.WriteString("when,note,colour,length\n")
	for i := range 120 {
		fmt.Fprintf(&b, "%d-%02d-%02d,%s,%s,%d.%d\n", 2000+i%20, 1+i%12, 1+i%28, []string{"seen near the ice", "nest with one egg", "no sign of it", ""}[i%4],
			[]string{"red", "blue", ""}[i%3], i%7*10+i, i%10)
	}
	return b.String()
}

// trained is a model of each task, and data that it scores.
type trained struct {
	name string
	job  job.Train
	data string // CSV that is scored; the training data and unusual rows where empty
}

func models(t *testing.T) []trained {
	t.Helper()
	file := filepath.Join(t.TempDir(), "visits.csv")
	require.NoError(t, os.WriteFile(file, []byte(visits()), 0o600))
	of := func(task, algorithm string, f job.Features) job.Train {
		return job.Train{Version: job.Version, Task: task, Algorithm: algorithm, Features: f, Seed: 7, Split: job.Split{Kind: job.SplitRandom, Test: 0.2},
			Data: []job.Dataset{{Name: job.DatasetTrain, Path: penguins, Format: "csv"}}}
	}
	species := job.Features{Target: "species", Exclude: []string{"year"}}
	anomaly := of(job.TaskAnomaly, "isolation-forest", job.Features{Exclude: []string{"species", "year"}})
	anomaly.Export.Precision = "float64"
	mass := of(job.TaskRegression, "random-forest", job.Features{Target: "body_mass_g", Exclude: []string{"year"}})
	mass.Data[0].Path = "../examples/body-mass/data/penguins.csv"
	dated := of(job.TaskRegression, "ridge", job.Features{Target: "length"})
	dated.Data[0].Path = file
	return []trained{
		{"logistic", of(job.TaskClassification, "logistic", species), ""},
		{"boosting", of(job.TaskClassification, "gradient-boosting", species), ""},
		{"neighbors", of(job.TaskClassification, "k-nearest-neighbors", species), ""},
		{"forest", mass, ""},
		{"clusters", of(job.TaskClustering, "k-means", job.Features{Exclude: []string{"species", "year"}}), ""},
		{"anomaly", anomaly, ""},
		{"components", of(job.TaskDecomposition, "pca", job.Features{Exclude: []string{"species", "island", "sex"}}), ""},
		{"dates and texts", dated, visits() + ",,,\n1999-12-31,\"an egg, an \"\"egg\"\"\",green,5\n"},
	}
}

// loaded is a model from a folder as an image has it, by the name m.
func loaded(t *testing.T, r *train.Result) *serve.Model {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, r)
	m, err := serve.Load(filepath.Join(dir, "model.onnx"))
	require.NoError(t, err)
	m.Name = "m"
	return m
}

// scored are the outputs that a server answered: as text, since all that is compared are
// bits.
type scored map[string][]string

// TestServedScoresAreThoseOfTheBuild trains a model of each task, serves rows that it was
// trained on and rows that it was not, and compares with what the step's own program makes
// of them, bit for bit, with the predictions of the training itself, and with ONNX Runtime.
func TestServedScoresAreThoseOfTheBuild(t *testing.T) {
	for _, c := range models(t) {
		t.Run(c.name, func(t *testing.T) {
			r, err := train.Run(t.Context(), c.job, train.Options{})
			require.NoError(t, err)
			text := c.data
			if text == "" {
				data, err := os.ReadFile(c.job.Data[0].Path)
				require.NoError(t, err)
				_, rows, _ := strings.Cut(unusual, "\n")
				text = string(data) + rows
			}
			file := filepath.Join(t.TempDir(), "data.csv")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			batch := columns(t, r, file)
			server := httptest.NewServer(serve.NewHandler(loaded(t, r), serve.Options{}))
			defer server.Close()

			want := bulk(t, r, file)
			got := infer(t, server.URL, batch.request(t, ""))
			require.Equal(t, want, inferBinary(t, server.URL, batch), "in binary")
			require.Equal(t, finite(want), got, "in JSON")
			agrees(t, r, got)
			batch.oracle(t, r, got)
		})
	}
}

// finite has null in place of what JSON has no number for.
func finite(s scored) scored {
	out := scored{}
	for name, values := range s {
		for _, v := range values {
			if v == "NaN" || v == "+Inf" || v == "-Inf" {
				v = "null"
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

// bulk is what `modelbuild-step predict` makes of a file.
func bulk(t *testing.T, r *train.Result, file string) scored {
	t.Helper()
	schema, err := train.Marshal(r.Schema)
	require.NoError(t, err)
	a, err := train.NewApplier(r.Model, schema)
	require.NoError(t, err)
	tab, err := a.Open(t.Context(), job.Dataset{Name: "predict", Path: file, Format: "csv"})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, a.WriteCSV(t.Context(), &b, tab, nil))
	records, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	out := scored{}
	for _, record := range records[1:] {
		for k, cell := range record {
			if name, _, _ := strings.Cut(records[0][k], ":"); k > 0 {
				out[name] = append(out[name], cell)
			}
		}
	}
	return out
}

// agrees compares with the predictions that training made of the rows held out: the same
// decisions, and scores as near as their float32 sums are, which docs/correctness.md bounds.
func agrees(t *testing.T, r *train.Result, got scored) {
	t.Helper()
	p := r.Predictions
	decided := map[string]string{job.TaskClassification: train.OutputLabel, job.TaskClustering: train.OutputCluster, job.TaskAnomaly: train.OutputAnomaly}[p.Task]
	numbers := r.Schema.Outputs[0].Name
	if decided == train.OutputLabel || decided == train.OutputCluster {
		numbers = r.Schema.Outputs[1].Name
	}
	require.NotEmpty(t, p.Rows)
	for i, row := range p.Rows {
		switch p.Task {
		case job.TaskClassification:
			require.Equal(t, p.Columns[p.Predicted[i]], got[decided][row], "row %d", row)
		case job.TaskClustering, job.TaskAnomaly:
			require.Equal(t, strconv.Itoa(p.Predicted[i]), got[decided][row], "row %d", row)
		}
		for k, want := range p.Scores.Row(i) {
			have, err := strconv.ParseFloat(got[numbers][row*p.Scores.Width+k], 64)
			require.NoError(t, err)
			require.InDelta(t, want, have, 1e-5*math.Max(1, math.Abs(want)), "row %d", row)
		}
	}
}

// oracle compares with ONNX Runtime.
func (b batch) oracle(t *testing.T, r *train.Result, got scored) {
	t.Helper()
	for name, want := range onnxtest.Outputs(t, r.Model, b.tensors) {
		near := func(i int, v float64) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				require.Equal(t, "null", got[name][i], "%s, element %d", name, i)
				return
			}
			have, err := strconv.ParseFloat(got[name][i], 64)
			require.NoError(t, err)
			require.InDelta(t, v, have, 1e-5*math.Max(1, math.Abs(v)), "%s, element %d", name, i)
		}
		for i, v := range want.Floats {
			near(i, float64(v))
		}
		for i, v := range want.Doubles {
			near(i, v)
		}
		for i, v := range want.Ints {
			require.Equal(t, strconv.FormatInt(v, 10), got[name][i], name)
		}
		for i, v := range want.Strings {
			require.Equal(t, v, got[name][i], name)
		}
	}
}

func post(t *testing.T, url string, body []byte, header http.Header) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range header {
		r.Header[k] = v
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, data
}

// infer asks for all outputs in JSON, and keeps the numbers as they are written.
func infer(t *testing.T, url string, request []byte) scored {
	t.Helper()
	resp, data := post(t, url+"/v2/models/m/infer", request, nil)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(data))
	var answer struct {
		Outputs []struct {
			Name, Datatype string
			Shape          []int
			Data           []json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(data, &answer))
	out := scored{}
	for _, o := range answer.Outputs {
		for _, v := range o.Data {
			s := string(v)
			if s[0] == '"' {
				require.NoError(t, json.Unmarshal(v, &s))
			}
			out[o.Name] = append(out[o.Name], s)
		}
	}
	return out
}
