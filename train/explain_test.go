package train

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
)

// records are those of a CSV file, without the header.
func records(t *testing.T, path string) (header []string, rows [][]string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	require.NoError(t, err)
	return all[0], all[1:]
}

// written is a dataset of a file with these records.
func written(t *testing.T, name string, header []string, rows [][]string) job.Dataset {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, csv.NewWriter(&b).WriteAll(append([][]string{header}, rows...)))
	path := filepath.Join(t.TempDir(), "d.csv")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	return job.Dataset{Name: name, Path: path, Format: "csv"}
}

// explained evaluates a run with what the job asks to be explained.
func explain(t *testing.T, r *Result, data []job.Dataset, j job.Evaluate) *Metrics {
	t.Helper()
	j.Version, j.Data = 1, data
	m, err := Evaluate(t.Context(), j, r.Trained())
	require.NoError(t, err)
	return m
}

// TestImportanceByHand shuffles the columns in a file, scores it in bulk and
// counts the right answers, or adds up the errors.
func TestImportanceByHand(t *testing.T) {
	for _, task := range []string{job.TaskClassification, job.TaskRegression} {
		t.Run(task, func(t *testing.T) {
			j := penguinsOf(t, "gradient-boosting", task)
			r := run(t, j)
			got := explain(t, r, j.Data, job.Evaluate{Importance: &job.Importance{Repeats: 2}}).Importance
			require.Equal(t, len(r.Predictions.Rows), got.Rows)
			header, all := records(t, j.Data[0].Path)
			var heldOut [][]string
			for _, row := range r.Predictions.Rows {
				heldOut = append(heldOut, all[row])
			}
			sign := map[string]float64{job.TaskClassification: -1, job.TaskRegression: 1}[task]
			base := measured(t, r, header, heldOut)
			require.InDelta(t, base, got.Value, 1e-9)
			require.Len(t, got.Columns, len(r.Schema.Inputs))
			for _, c := range got.Columns {
				at := slices.Index(header, c.Column)
				var worse [2]float64
				for k := range worse {
					from := slices.Clone(heldOut)
					fpmath.Shuffle(rand.NewPCG(j.Seed, shuffleStream+uint64(k)), from)
					shuffled := make([][]string, len(heldOut))
					for i := range shuffled {
						shuffled[i] = slices.Clone(heldOut[i])
						shuffled[i][at] = from[i][at]
					}
					worse[k] = sign * (measured(t, r, header, shuffled) - base)
				}
				require.InDelta(t, (worse[0]+worse[1])/2, c.Mean, 1e-9, c.Column)
				require.InDelta(t, math.Abs(worse[0]-worse[1])/2, c.Std, 1e-9, c.Column)
			}
			require.True(t, slices.IsSortedFunc(got.Columns, func(a, b ColumnImportance) int { return -cmpFloat(a.Mean, b.Mean) }))
		})
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// measured scores records in bulk: the accuracy, or the root of the mean squared
// error.
func measured(t *testing.T, r *Result, header []string, rows [][]string) float64 {
	t.Helper()
	target := slices.Index(header, r.Schema.Target)
	sum := 0.0
	for i, line := range applied(t, r, written(t, "d", header, rows))[1:] {
		if r.Schema.Task == job.TaskClassification {
			if line[1] == rows[i][target] {
				sum++
			}
			continue
		}
		d := number(t, line[1]) - number(t, rows[i][target])
		sum += d * d
	}
	if r.Schema.Task == job.TaskClassification {
		return sum / float64(len(rows))
	}
	return math.Sqrt(sum / float64(len(rows)))
}

// number is a float32, as the model's outputs are.
func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 32)
	require.NoError(t, err)
	return v
}

// TestImportanceOfKnownColumns: y is 3a + b/2 of the normal a and b; the proxy is
// y but for little noise, and noise is nothing else.
func TestImportanceOfKnownColumns(t *testing.T) {
	rng := rand.NewPCG(1, 2)
	var rows [][]string
	for range 400 {
		a, b, noise := fpmath.Normal(rng), fpmath.Normal(rng), fpmath.Normal(rng)
		y := 3*a + b/2
		rows = append(rows, []string{fmt.Sprint(a), fmt.Sprint(b), fmt.Sprint(noise), fmt.Sprint(y + fpmath.Normal(rng)/100), fmt.Sprint(y)})
	}
	data := []job.Dataset{written(t, "train", []string{"a", "b", "noise", "proxy", "y"}, rows)}
	importance := func(algorithm string, exclude ...string) map[string]float64 {
		j := job.Train{Version: 1, Data: data, Features: job.Features{Target: "y", Exclude: exclude}, Task: job.TaskRegression,
			Algorithm: algorithm, Params: quick[algorithm], Seed: 3}
		m := explain(t, run(t, j), data, job.Evaluate{Importance: &job.Importance{}}).Importance
		require.Equal(t, job.DefaultRepeats, m.Repeats)
		require.Equal(t, "rmse", m.Metric)
		out := map[string]float64{"first": 0}
		for i, c := range m.Columns {
			out[c.Column] = c.Mean
			if i == 0 {
				out["first"] = c.Mean
			}
		}
		return out
	}
	tree := importance("gradient-boosting")
	require.Equal(t, tree["proxy"], tree["first"], "the proxy of the target")
	require.Greater(t, tree["proxy"], 2.0)
	require.InDelta(t, 0, tree["noise"], 0.05)

	line := importance("linear", "proxy")
	require.Equal(t, line["a"], line["first"])
	require.Greater(t, line["a"], 3*line["b"])
	require.Greater(t, line["b"], 0.3)
	require.InDelta(t, 0, line["noise"], 1e-3)
}

// bodyMass is a linear model of four columns of the penguins, with every fifth
// row held out.
func bodyMass(t *testing.T) (*Result, []job.Dataset) {
	t.Helper()
	header, all := records(t, without(t, ",NA,NA,NA,NA,"))
	var parts [2][][]string
	for i, row := range all {
		k := 0
		if i%5 == 0 {
			k = 1
		}
		parts[k] = append(parts[k], row)
	}
	data := []job.Dataset{written(t, "train", header, parts[0]), written(t, "test", header, parts[1])}
	return run(t, job.Train{Version: 1, Data: data, Features: job.Features{Target: "body_mass_g", Exclude: []string{"species", "island", "sex"}},
		Split: job.Split{Kind: job.SplitFixed}, Task: job.TaskRegression, Algorithm: "linear", Seed: 1}), data
}

// TestExplanationsAgreeWithScikitLearn compares with scikit-learn 1.2.1 on the
// rows and columns of bodyMass: LinearRegression().fit(train), then on the
// held-out rows
//
//	permutation_importance(m, X, y, scoring="neg_root_mean_squared_error", n_repeats=1000, random_state=0)
//	partial_dependence(m, X, ["flipper_length_mm"], kind="average", percentiles=(0, 1), grid_resolution=20)
//
// Its shuffles are others than ours, so that the means of 100 and of 1000 agree
// within what those of both may be off by, four times over.
func TestExplanationsAgreeWithScikitLearn(t *testing.T) {
	r, data := bodyMass(t)
	m := explain(t, r, data, job.Evaluate{Importance: &job.Importance{Repeats: 100}, PartialDependence: []string{"flipper_length_mm"}})
	for name, want := range map[string]struct{ mean, std float64 }{
		"bill_length_mm":    {-1.73374798, 1.98612838},
		"bill_depth_mm":     {6.08144982, 6.55214787},
		"flipper_length_mm": {679.58052988, 64.17829968},
		"year":              {22.35038336, 10.05320846},
	} {
		c := m.Importance.Columns[slices.IndexFunc(m.Importance.Columns, func(c ColumnImportance) bool { return c.Column == name })]
		require.InDelta(t, want.mean, c.Mean, 4*want.std*math.Sqrt(1.0/100+1.0/1000), name)
		require.InDelta(t, want.std, c.Std, want.std/4, name)
	}
	require.Equal(t, "flipper_length_mm", m.Importance.Columns[0].Column)
	require.Equal(t, 69, m.Importance.Rows)

	d := m.PartialDependence.Columns[0]
	require.Equal(t, []float64{178, 180, 183, 187, 190, 191, 195, 196, 197, 201, 203, 210, 215, 217, 220, 223, 230}, d.Numbers)
	for k, x := range d.Numbers {
		want := 2986.28188836 + 52.72620423*(x-178) // scikit-learn's first value, and its coefficient
		require.InDelta(t, want, d.Outputs[OutputPrediction][k], want*1e-6)
	}
	require.InDelta(t, 5728.04450817, d.Outputs[OutputPrediction][len(d.Numbers)-1], 5728*1e-6)
}

// TestPartialDependenceByHand sets a category and a date in a file, and scores it
// in bulk. What is asked for is explained for classes, too.
func TestPartialDependenceByHand(t *testing.T) {
	j := penguinsJob()
	r := run(t, j)
	m := explain(t, r, j.Data, job.Evaluate{PartialDependence: []string{"sex", "island"}}).PartialDependence
	require.Equal(t, len(r.Predictions.Rows), m.Rows)
	header, all := records(t, penguins)
	for _, d := range m.Columns {
		require.Equal(t, "category", d.Type)
		at := slices.Index(header, d.Column)
		counts := map[string]int{}
		for _, row := range r.Predictions.Rows {
			counts[strings.ReplaceAll(all[row][at], "NA", "")]++
		}
		require.Len(t, d.Categories, len(counts), d.Column)
		require.True(t, slices.IsSortedFunc(d.Categories, func(a, b string) int { return counts[b] - counts[a] }))
		for k, value := range d.Categories {
			var rows [][]string
			for _, row := range r.Predictions.Rows {
				rows = append(rows, slices.Clone(all[row]))
				rows[len(rows)-1][at] = value
			}
			means := make([]float64, len(r.Record.Classes))
			for _, line := range applied(t, r, written(t, "d", header, rows))[1:] {
				for c := range means {
					means[c] += number(t, line[2+c]) / float64(len(rows))
				}
			}
			for c, name := range r.Record.Classes {
				require.InDelta(t, means[c], d.Outputs[name][k], 1e-9, "%s=%q %s", d.Column, value, name)
			}
		}
	}
}

// TestExplainKinds explains columns of every type, of more rows than are used,
// the same for any number of threads.
func TestExplainKinds(t *testing.T) {
	rng := rand.NewPCG(5, 6)
	var rows [][]string
	for i := range 300 {
		x, word := fpmath.Uniform(rng), []string{"red", "blue", "green"}[fpmath.Below(rng, 3)]
		class := "no"
		if x > 0.5 != (word == "red") {
			class = "yes"
		}
		number := fmt.Sprint(math.Round(x * 1e6))
		if i%50 == 0 {
			number = ""
		}
		rows = append(rows, []string{number, fmt.Sprintf("2026-01-%02dT00:00:00Z", 1+i%28), word + " thing", fmt.Sprint(x > 0.3), fmt.Sprintf("k%d", i%40), class})
	}
	data := []job.Dataset{written(t, "train", []string{"N <1>", "when", "note", "flag", "many", "y"}, rows)}
	j := job.Train{Version: 1, Data: data, Task: job.TaskClassification, Algorithm: "gradient-boosting", Seed: 9, Split: job.Split{Test: 0.5},
		Features: job.Features{Target: "y", Columns: map[string]job.Column{"when": {Type: "date"}, "note": {Type: "text"}, "flag": {Type: "binary"}, "many": {Type: "category"}}},
		Params:   quick["gradient-boosting"]}
	r := run(t, j)
	asked := job.Evaluate{Importance: &job.Importance{Rows: 100, Metric: "log_loss"}, PartialDependence: []string{"N <1>", "when", "flag", "many"}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []OutputFile
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		m := explain(t, r, data, asked)
		files, err := EvaluationFiles(m, r.Trained())
		require.NoError(t, err)
		if first == nil {
			first = files
			require.Equal(t, 100, m.Importance.Rows)
			require.Equal(t, 150, m.PartialDependence.Rows)
			require.Len(t, m.Importance.Columns, 5)
			kinds(t, m.PartialDependence)
		}
		require.Equal(t, first, files)
	}
	var names []string
	for _, f := range first {
		names = append(names, f.Name)
		wellFormed(t, f)
	}
	require.Subset(t, names, []string{"plots/importance.svg", "plots/partial_dependence_n__1_-26976342.svg", "plots/partial_dependence_many.svg"})
}

func kinds(t *testing.T, m *PartialDependence) {
	t.Helper()
	require.Len(t, m.Columns[0].Numbers, gridSize)
	require.IsIncreasing(t, m.Columns[0].Numbers)
	require.Equal(t, "seconds since 1970-01-01T00:00:00Z", m.Columns[1].Unit)
	require.IsIncreasing(t, m.Columns[1].Numbers)
	require.Less(t, len(m.Columns[1].Numbers), gridSize, "quantiles of 28 days that are the same are one")
	require.ElementsMatch(t, []string{"true", "false"}, m.Columns[2].Categories)
	require.Len(t, m.Columns[3].Categories, gridSize, "the most frequent of 40")
	for _, d := range m.Columns {
		for k := range d.len() {
			require.InDelta(t, 1, d.Outputs["yes"][k]+d.Outputs["no"][k], 1e-6)
		}
	}
}

// TestExplainRefuses what has no meaning, at the place in the spec that asks.
func TestExplainRefuses(t *testing.T) {
	j := penguinsOf(t, "linear-svm", job.TaskClassification)
	r := run(t, j)
	for text, asked := range map[string]job.Evaluate{
		"MB4002 evaluate.importance.metric: importance is not measured by": {Importance: &job.Importance{Metric: "rmse"}},
		"MB4002 evaluate.importance.metric: importance by log_loss: the":   {Importance: &job.Importance{Metric: "log_loss"}},
		"MB2005 evaluate.partial_dependence[1]: the model does not learn":  {PartialDependence: []string{"sex", "year"}},
		"MB2014 evaluate.partial_dependence[1]: column \"sex\" is here tw": {PartialDependence: []string{"sex", "sex"}},
	} {
		asked.Version, asked.Data = 1, j.Data
		_, err := Evaluate(t.Context(), asked, r.Trained())
		refused(t, text, err)
	}
	other := r.Trained()
	other.Model = append(slices.Clone(r.Model), 0)
	_, err := Evaluate(t.Context(), job.Evaluate{Version: 1, Data: j.Data, Importance: &job.Importance{}}, other)
	require.ErrorContains(t, err, "not the one of the training record")

	j = penguinsOf(t, "k-means", job.TaskClustering)
	r = run(t, j)
	_, err = Evaluate(t.Context(), job.Evaluate{Version: 1, Data: j.Data, Importance: &job.Importance{}}, r.Trained())
	refused(t, "MB4102 evaluate.importance: clustering has no target", err)
	_, err = Evaluate(t.Context(), job.Evaluate{Version: 1, Data: j.Data, PartialDependence: []string{"sex"}}, r.Trained())
	refused(t, "MB4102 evaluate.partial_dependence[0]: partial dependence is not computed for clustering", err)

	j = penguinsOf(t, "isolation-forest", job.TaskAnomaly)
	m := explain(t, run(t, j), j.Data, job.Evaluate{PartialDependence: []string{"body_mass_g"}})
	require.Len(t, m.PartialDependence.Columns[0].Outputs[OutputScore], gridSize)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Evaluate(ctx, job.Evaluate{Version: 1, Data: j.Data, PartialDependence: []string{"sex"}}, r.Trained())
	require.Error(t, err)
}

// refused wants one problem, as CODE field: message.
func refused(t *testing.T, want string, err error) {
	t.Helper()
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.Len(t, ps, 1)
	require.Contains(t, fmt.Sprintf("%s %s: %s", ps[0].Code, ps[0].Field, ps[0].Message), want)
	require.NotEmpty(t, ps[0].Hint)
}

// TestExplainVectors shuffles whole lists, and refuses to set them to a value. A
// fixed split has its held-out rows in a file of their own.
func TestExplainVectors(t *testing.T) {
	rng := rand.NewPCG(7, 8)
	var data []job.Dataset
	for _, name := range []string{"train", "test"} {
		var b strings.Builder
		for range 80 {
			u, v, w := fpmath.Uniform(rng), fpmath.Uniform(rng), fpmath.Uniform(rng)
			fmt.Fprintf(&b, `{"at": [%v, %v], "other": %v, "y": %v}`+"\n", u, v, w, 5*u-5*v)
		}
		path := filepath.Join(t.TempDir(), name+".jsonl")
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
		data = append(data, job.Dataset{Name: name, Path: path, Format: "jsonl"})
	}
	r := run(t, job.Train{Version: 1, Data: data, Features: job.Features{Target: "y"}, Split: job.Split{Kind: job.SplitFixed},
		Task: job.TaskRegression, Algorithm: "linear"})
	m := explain(t, r, data, job.Evaluate{Importance: &job.Importance{Metric: "r2"}}).Importance
	require.Equal(t, 80, m.Rows)
	require.InDelta(t, 1, m.Value, 1e-6)
	require.Equal(t, "at", m.Columns[0].Column)
	require.InDelta(t, 2, m.Columns[0].Mean, 0.5, "r2 falls to -1: the error is twice the variance")
	require.InDelta(t, 0, m.Columns[1].Mean, 1e-6)

	_, err := Evaluate(t.Context(), job.Evaluate{Version: 1, Data: data, PartialDependence: []string{"at"}}, r.Trained())
	refused(t, "MB2014 evaluate.partial_dependence[0]: at: a vector column has no partial dependence", err)
}
