package train

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/job"
)

func TestEveryAlgorithmOfTheCatalogueRuns(t *testing.T) {
	var names []string
	for _, a := range job.Algorithms() {
		names = append(names, a.Name)
	}
	require.Equal(t, names, slices.Sorted(maps.Keys(algorithms())))
}

// quick keeps the tests of the slow algorithms short.
var quick = map[string]job.Params{
	"random-forest": {"trees": 20}, "extra-trees": {"trees": 20}, "isolation-forest": {"trees": 20},
	"gradient-boosting": {"trees": 20}, "mlp": {"epochs": 30},
}

// penguinsOf is a job of the penguins, less the two that were not measured.
func penguinsOf(t *testing.T, algorithm, task string) job.Train {
	j := penguinsJob()
	j.Data[0].Path = without(t, ",NA,NA,NA,NA,")
	j.Algorithm, j.Task, j.Params = algorithm, task, maps.Clone(quick[algorithm])
	switch task {
	case job.TaskClassification:
		return j
	case job.TaskRegression:
		j.Features.Target = "body_mass_g"
	default:
		j.Features = job.Features{Exclude: []string{"year", "species"}}
	}
	j.Split.Kind = job.SplitRandom
	return j
}

// TestAlgorithms trains every algorithm for each of its tasks on real data with
// numbers, categories and missing values; whatever the number of threads it
// gives the same files, ONNX Runtime agrees with it on every row, and where there
// is a target it is better than the baseline.
func TestAlgorithms(t *testing.T) {
	for _, a := range job.Algorithms() {
		for _, task := range a.Tasks {
			t.Run(a.Name+" "+task, func(t *testing.T) {
				j := penguinsOf(t, a.Name, task)
				sameForAnyThreads(t, j)
				r, own := run(t, j), ownPredictions(t, j)
				agrees(t, score(t, r, j.Data[0]), r, own)
				appliesTheSame(t, r, j.Data[0], own)
				better(t, r)
			})
		}
	}
}

func sameForAnyThreads(t *testing.T, j job.Train) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []OutputFile
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		files, err := run(t, j).Files()
		require.NoError(t, err)
		if first == nil {
			first = files
		}
		require.Equal(t, first, files, "with %d threads", n)
	}
}

// agrees compares every output of ONNX Runtime with own predictions.
func agrees(t *testing.T, got map[string]onnxtest.Tensor, r *Result, own Predictions) {
	t.Helper()
	numbers := got[r.Record.Output].Floats
	require.Len(t, numbers, len(own.Scores.Data))
	for i, want := range own.Scores.Data {
		require.InDelta(t, want, float64(numbers[i]), 1e-5*math.Max(1, math.Abs(want)), "score %d", i)
	}
	switch own.Task {
	case job.TaskClassification:
		require.Len(t, got[OutputLabel].Strings, len(own.Rows))
		for i, label := range got[OutputLabel].Strings {
			require.Equal(t, own.Columns[own.Predicted[i]], label, "row %d", i)
		}
	case job.TaskClustering:
		require.Len(t, got[OutputCluster].Ints, len(own.Rows))
		for i, k := range got[OutputCluster].Ints {
			want := int64(own.Predicted[i])
			if own.Columns[own.Predicted[i]] == "-1" {
				want = -1
			}
			require.Equal(t, want, k, "row %d", i)
		}
	case job.TaskAnomaly:
		require.Len(t, got[OutputAnomaly].Ints, len(own.Rows))
		for i, v := range got[OutputAnomaly].Ints {
			require.Equal(t, int64(own.Predicted[i]), v, "row %d", i)
		}
	}
}

func better(t *testing.T, r *Result) {
	t.Helper()
	m, err := Evaluate(t.Context(), job.Evaluate{Version: 1}, r.Trained())
	require.NoError(t, err)
	for _, name := range []string{"balanced_accuracy", "rmse"} {
		v, ok := m.Metrics[name]
		switch {
		case !ok:
		case name == "rmse":
			require.Less(t, v, 0.8*m.Baseline.Metrics[name])
		default:
			require.Greater(t, v, 0.75)
		}
	}
}
