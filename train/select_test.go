package train

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// results are files of trials with these values of a metric; one below zero failed.
func results(t *testing.T, metric string, values ...float64) (job.Select, [][]byte) {
	t.Helper()
	j := job.Select{Version: 1, Metric: metric, Goal: job.GoalMaximize, Space: job.Space{Kind: job.SweepGrid}}
	p := job.SpaceParam{Name: "l2"}
	var files [][]byte
	for i, v := range values {
		p.List = append(p.List, float64(i))
		j.Trials = append(j.Trials, job.Params{"l2": float64(i)})
		r := Trial{Version: TrialVersion, Params: job.Params{"l2": float64(i), "other": 1}, Validation: Validation{Folds: 1, Of: 5, Rows: 9}, Converged: true,
			Metrics: map[string]CrossedMetric{"accuracy": {Mean: v, Values: []float64{v}}}}
		if v < 0 {
			r.Metrics, r.Failed = nil, &job.Problem{Code: job.CodeDiverged, Message: "no finite model"}
		}
		data, err := Marshal(r)
		require.NoError(t, err)
		files = append(files, data)
	}
	j.Space.Params = []job.SpaceParam{p}
	return j, files
}

func TestSelect(t *testing.T) {
	j, files := results(t, "accuracy", 0.5, -1, 0.75, 0.25, 0.75)
	s, err := Select(j, files)
	require.NoError(t, err)
	require.Equal(t, 3, s.Selected, "of two that are the best, the first")
	require.Equal(t, job.Params{"l2": 2.0}, s.Params)
	var ranks []int
	for _, r := range s.Trials {
		ranks = append(ranks, r.Rank)
	}
	require.Equal(t, []int{3, 0, 1, 4, 2}, ranks)
	require.Equal(t, TrialFailed, s.Trials[1].Status)
	require.Equal(t, "2 of 5  l2=1  failed: no finite model", s.Line(s.Trials[1]))
	require.Equal(t, "3 of 5  l2=2  accuracy 0.75, rank 1", s.Line(s.Best()))

	require.NoError(t, s.Check())
	for name, change := range map[string]func(*Sweep){
		"is not the best": func(s *Sweep) { s.Selected = 5 },
		"has rank":        func(s *Sweep) { s.Trials[3].Rank = 3 },
		"has l2=2, not":   func(s *Sweep) { s.Params = job.Params{"l2": 3.0} },
	} {
		other := *s
		other.Trials = append([]SweepTrial{}, s.Trials...)
		change(&other)
		require.ErrorContains(t, other.Check(), name)
	}

	out, err := s.Files()
	require.NoError(t, err)
	back, err := ReadSweep(out[0].Data)
	require.NoError(t, err)
	require.Equal(t, s.Trials, back.Trials)
	require.Equal(t, "{\n  \"version\": 1,\n  \"params\": {\n    \"l2\": 2\n  }\n}\n", string(out[1].Data))

	j.Goal = job.GoalMinimize
	s, err = Select(j, files)
	require.NoError(t, err)
	require.Equal(t, 4, s.Selected)
}

func TestNothingToSelect(t *testing.T) {
	j, files := results(t, "accuracy", -1, -1)
	_, err := Select(j, files)
	require.ErrorContains(t, err, "none of the 2 trials has a result: l2=0: no finite model (MB4103)")
	j, files = results(t, "roc_auc", 0.5, 0.6)
	_, err = Select(j, files)
	require.ErrorContains(t, err, "roc_auc is not defined for 9 row(s) of the training part; there are accuracy")
	_, err = Select(j, files[:1])
	require.ErrorContains(t, err, "1 results of 2 trials")
	_, err = Select(j, [][]byte{[]byte(`{"version": 9}`), files[1]})
	require.ErrorContains(t, err, "trial 1: read trial: version 9")
}

// TestMetricOfSomeFolds: a mean over some of the folds is not compared with one over all.
func TestMetricOfSomeFolds(t *testing.T) {
	data, err := Marshal(Trial{Version: 1, Validation: Validation{Folds: 2, Of: 2, Rows: 9},
		Metrics: map[string]CrossedMetric{"mape": {Mean: 1, Values: []float64{1}}, "rmse": {Mean: 2, Values: []float64{1, 3}, Std: 1}}})
	require.NoError(t, err)
	j := job.Select{Version: 1, Metric: "mape", Goal: job.GoalMinimize, Trials: []job.Params{{}}}
	_, err = Select(j, [][]byte{data})
	require.ErrorContains(t, err, "there are rmse")
	j.Metric = "rmse"
	s, err := Select(j, [][]byte{data})
	require.NoError(t, err)
	require.InDelta(t, 1, *s.Trials[0].Std, 0)
}
