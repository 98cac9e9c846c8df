package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

const penguins = "../examples/penguins/data/penguins.csv"

// penguinsJob is the job of the penguins example.
func penguinsJob() job.Train {
	return job.Train{
		Version: 1, Data: []job.Dataset{{Name: "train", Path: penguins, Format: "csv"}},
		Features: job.Features{Target: "species", Exclude: []string{"year"}},
		Split:    job.Split{Kind: job.SplitStratified, Test: 0.2},
		Task:     job.TaskClassification, Algorithm: "logistic", Seed: 42,
	}
}

func run(t *testing.T, j job.Train) *Result {
	t.Helper()
	r, err := Run(context.Background(), j, Options{})
	require.NoError(t, err)
	return r
}

func TestPenguins(t *testing.T) {
	r := run(t, penguinsJob())
	m, err := Evaluate(context.Background(), job.Evaluate{
		Version: 1, Data: penguinsJob().Data, Slices: []string{"island", "sex"},
		Gates: []job.Gate{{Metric: "accuracy", Op: ">=", Value: 0.95}},
	}, r.Trained())
	require.NoError(t, err)
	require.Less(t, m.Baseline.Metrics["accuracy"], 0.5)
	require.Len(t, m.Slices["island"], 3)

	require.True(t, r.Record.Converged)
	require.Equal(t, []int{122, 54, 99}, r.Record.ClassRows.Train)
	require.Equal(t, []int{30, 14, 25}, r.Record.ClassRows.Test)
	require.Equal(t, 9, r.Record.Features)
	require.Equal(t, Dataset{Name: "train", File: "penguins.csv", Size: 15241, Rows: 344,
		SHA256: "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"}, r.Record.Datasets[0])
	require.Equal(t, job.Params{"l1": 0.0, "l2": 1.0, "max_iterations": 200, "tolerance": 1e-6, "class_weight": "none"}, r.Record.Job.Params)
	require.Equal(t, job.Column{Type: "number", Missing: "median", Scale: "standard"}, r.Record.Job.Features.Columns["body_mass_g"])
	require.Equal(t, job.Column{Type: "category", Missing: "most-frequent", Encode: "one-hot", MaxCategories: 1000}, r.Record.Job.Features.Columns["sex"])
}

// TestKnownModel pins the bytes of a model. Where they change on purpose, so
// does the version of [BuiltIn]: people rebuild old models and compare.
func TestKnownModel(t *testing.T) {
	require.Equal(t, "3", BuiltIn().Version)
	require.Equal(t, "d8061ddfdd0677c8144ddba5d974e81c8d5350f03456269292d1182a66ff0c6b", run(t, penguinsJob()).Record.Model.SHA256)
}

func TestSelfCheck(t *testing.T) {
	got, err := SelfCheck()
	require.NoError(t, err)
	require.Equal(t, knownAnswer, got)
	var refusal *NotExactError
	require.ErrorAs(t, verify("sha256:other"), &refusal)
	require.ErrorContains(t, refusal, "training is refused")
}

// TestRecordTrainsTheSame feeds the resolved job of a record back.
func TestRecordTrainsTheSame(t *testing.T) {
	first := run(t, penguinsJob())
	data, err := Marshal(first.Record)
	require.NoError(t, err)
	record, err := ReadRecord(data)
	require.NoError(t, err)
	j := record.Job
	j.Data[0].Path = penguins
	second := run(t, j)
	require.Equal(t, first.Model, second.Model)
	again, err := Marshal(second.Record)
	require.NoError(t, err)
	require.Equal(t, string(data), string(again))
}

func TestThreadsDoNotChangeFiles(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []OutputFile
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		files, err := run(t, penguinsJob()).Files()
		require.NoError(t, err)
		if first == nil {
			first = files
		}
		require.Equal(t, first, files, "with %d threads", n)
	}
}

// TestSettingsReachTheModel makes sure that nothing in the job is ignored.
func TestSettingsReachTheModel(t *testing.T) {
	seen := map[string]string{}
	check := func(name string, change func(*job.Train)) {
		j := penguinsJob()
		change(&j)
		key := run(t, j).Record.Model.SHA256
		require.NotContains(t, seen, key, "%s gives the same model as %s", name, seen[key])
		seen[key] = name
	}
	column := func(name string, c job.Column) func(*job.Train) {
		return func(j *job.Train) { j.Features.Columns = map[string]job.Column{name: c} }
	}
	check("the defaults", func(*job.Train) {})
	check("another seed", func(j *job.Train) { j.Seed++ })
	check("another share", func(j *job.Train) { j.Split.Test = 0.3 })
	check("a random split", func(j *job.Train) { j.Split.Kind = job.SplitRandom })
	check("no exclusion", func(j *job.Train) { j.Features.Exclude = nil })
	check("another strength", func(j *job.Train) { j.Params = job.Params{"l2": 0.5} })
	check("a looser tolerance", func(j *job.Train) { j.Params = job.Params{"tolerance": 0.1} })
	check("fewer iterations", func(j *job.Train) { j.Params = job.Params{"max_iterations": 7} })
	check("balanced classes", func(j *job.Train) { j.Params = job.Params{"class_weight": "balanced"} })
	check("the mean", column("bill_length_mm", job.Column{Missing: job.MissingMean}))
	check("the most frequent", column("bill_length_mm", job.Column{Missing: job.MissingMostFrequent}))
	check("zero", column("bill_length_mm", job.Column{Missing: job.MissingZero}))
	check("a range", column("bill_length_mm", job.Column{Scale: job.ScaleMinMax}))
	check("no scale", column("bill_length_mm", job.Column{Scale: job.ScaleNone}))
	check("missing as a category", column("sex", job.Column{Missing: job.MissingOwnCategory}))
	check("a number as a category", column("flipper_length_mm", job.Column{Type: job.TypeCategory}))
}

func TestCancelledRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Run(ctx, penguinsJob(), Options{Progress: func(done, _ int, _ float64) {
		if done == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
}

// TestOracle scores every penguin, those with missing values too, with ONNX
// Runtime and compares with this package's own predictions.
func TestOracle(t *testing.T) {
	const tolerance = 1e-5
	cases := map[string]func(*job.Train){
		"defaults":    func(*job.Train) {},
		"two classes": func(j *job.Train) { j.Features = job.Features{Target: "sex"}; j.Data[0].Path = without(t, ",NA,20") },
		"unseen category": func(j *job.Train) {
			j.Split = job.Split{Kind: job.SplitFixed}
			j.Data = []job.Dataset{{Name: "train", Path: without(t, ",Torgersen,"), Format: "csv"}, {Name: "test", Path: penguins, Format: "csv"}}
		},
		"numbers only": func(j *job.Train) { j.Features.Exclude = []string{"year", "island", "sex"} },
		"categories only": func(j *job.Train) {
			j.Features.Exclude = []string{"year", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"}
		},
		"missing as category": func(j *job.Train) {
			j.Features.Columns = map[string]job.Column{"sex": {Missing: job.MissingOwnCategory}}
		},
		"ranges": func(j *job.Train) {
			j.Features.Columns = map[string]job.Column{"body_mass_g": {Scale: job.ScaleMinMax, Missing: job.MissingMean}}
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			j := penguinsJob()
			change(&j)
			labels, probabilities := oracle(t, j)
			own := ownPredictions(t, j)
			for i := range own.Rows {
				require.Equal(t, own.Columns[own.Predicted[i]], labels[i], "row %d", i)
				require.InDeltaSlice(t, own.Scores.Row(i), probabilities[i], tolerance, "row %d", i)
			}
			require.Len(t, labels, len(own.Rows))
		})
	}
}

// without writes the penguins data less the lines that contain text.
func without(t *testing.T, text string) string {
	data, err := os.ReadFile(penguins)
	require.NoError(t, err)
	var b strings.Builder
	for _, line := range strings.SplitAfter(string(data), "\n") {
		if !strings.Contains(line, text) {
			b.WriteString(line)
		}
	}
	path := filepath.Join(t.TempDir(), "penguins.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	return path
}

// ownPredictions predicts all rows of a job's data with the model that the job
// gives.
func ownPredictions(t *testing.T, j job.Train) Predictions {
	j, err := resolve(j)
	require.NoError(t, err)
	in, err := load(context.Background(), j)
	require.NoError(t, err)
	fit, err := in.fit(context.Background(), in.parts.Train, Options{})
	require.NoError(t, err)
	_, err = in.crossValidate(context.Background(), fit)
	require.NoError(t, err)
	in.parts.Test = all(in.test.Rows())
	p, _, err := in.predict(context.Background(), fit, in.heldOut())
	require.NoError(t, err)
	return p
}

// oracle trains, and scores all rows of the data with ONNX Runtime.
func oracle(t *testing.T, j job.Train) (labels []string, probabilities [][]float64) {
	got := score(t, run(t, j), j.Data[len(j.Data)-1])
	p := got[OutputProbabilities]
	for i := range p.Dims[0] {
		var row []float64
		for _, v := range p.Floats[i*p.Dims[1] : (i+1)*p.Dims[1]] {
			row = append(row, float64(v))
		}
		probabilities = append(probabilities, row)
	}
	return got[OutputLabel].Strings, probabilities
}

// score runs a model with ONNX Runtime on all rows of a dataset, from the raw
// columns as the schema describes them.
func score(t *testing.T, r *Result, d job.Dataset) map[string]onnxtest.Tensor {
	t.Helper()
	tab, err := table.Open(context.Background(), d, table.Options{Others: table.Text})
	require.NoError(t, err)
	feeds := map[string]onnxtest.Tensor{}
	for _, in := range r.Schema.Inputs {
		c, _ := tab.Column(in.Name)
		feeds[in.Name] = feed(in, c)
	}
	return onnxtest.Outputs(t, r.Model, feeds)
}

// feed turns cells into what the tensor takes: numbers with NaN for a missing
// one, or the texts as they are but for NA, which becomes the empty text.
func feed(in Input, c *table.Column) onnxtest.Tensor {
	texts, numbers := make([]string, len(c.Codes)), make([]float32, len(c.Codes))
	for i := range c.Codes {
		texts[i] = c.Text(i)
		v, ok := table.Number(texts[i])
		if numbers[i] = float32(v); !ok {
			numbers[i] = float32(math.NaN())
		}
	}
	if in.Tensor == "string" {
		return onnxtest.Tensor{Dims: []int{len(texts), 1}, Strings: texts}
	}
	return onnxtest.Tensor{Dims: []int{len(numbers), 1}, Floats: numbers}
}
