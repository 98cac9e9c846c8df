package peers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/split"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// search is a sweep over one parameter on both sides.
type search struct {
	set, algorithm, metric, param string
	values                        []any     // ours
	Data                          string    `json:"data"`
	Target                        string    `json:"target"`
	Classes                       bool      `json:"classes"`
	Estimator                     string    `json:"estimator"`
	Param                         string    `json:"param"`
	Values                        []float64 `json:"values"` // the peer's, as its parameter means them
	Scoring                       string    `json:"scoring"`
	Folds                         []int     `json:"folds"`
}

// found is what a search gives: of the peer a score is better when it is larger.
type found struct {
	Means []float64 `json:"means"`
	Best  int       `json:"best"`
}

// searches are of algorithms whose parameters mean the same on both sides.
func searches() []search {
	return []search{
		{set: "breast_cancer", algorithm: "logistic", metric: "log_loss", param: "l2", values: []any{0.01, 0.1, 1.0, 10.0, 100.0}, Classes: true,
			Estimator: "LogisticRegression(tol=1e-8, max_iter=10000)", Param: "logisticregression__C", Values: []float64{100, 10, 1, 0.1, 0.01}, Scoring: "neg_log_loss"},
		{set: "diabetes", algorithm: "ridge", metric: "rmse", param: "l2", values: []any{0.1, 1.0, 10.0, 100.0, 1000.0},
			Estimator: "Ridge(solver='cholesky')", Param: "ridge__alpha", Values: []float64{0.1, 1, 10, 100, 1000}, Scoring: "neg_root_mean_squared_error"},
		{set: "wine", algorithm: "k-nearest-neighbors", metric: "accuracy", param: "neighbors", values: []any{1, 3, 5, 9, 15, 25}, Classes: true,
			Estimator: "KNeighborsClassifier()", Param: "kneighborsclassifier__n_neighbors", Values: []float64{1, 3, 5, 9, 15, 25}, Scoring: "accuracy"},
	}
}

// TestSweepsAsGridSearchCV: on the same folds a sweep finds what scikit-learn's search does.
func TestSweepsAsGridSearchCV(t *testing.T) {
	v := readVersions(t)
	sets := loadSets(t, v)
	for _, s := range searches() {
		t.Run(s.set+" "+s.algorithm, func(t *testing.T) {
			s.Target, s.Data = targets[s.set], filepath.Join(t.TempDir(), "data.csv")
			j := s.write(t, sets[s.set])
			own, peer := s.sweep(t, j), s.ask(t, v)
			require.Equal(t, peer.Best, own.Selected-1, "%v\n%v", own.Trials, peer.Means)
			for i, trial := range own.Trials {
				want := peer.Means[i]
				if own.Goal == job.GoalMinimize {
					want = -want
				}
				require.InEpsilon(t, want, *trial.Value, 1e-4, "%v", trial.Params)
			}
		})
	}
}

// write puts the set in a file with a number for each row, which decides its fold.
func (s *search) write(t *testing.T, data *set) job.Train {
	t.Helper()
	j := job.Train{Version: job.Version, Data: []job.Dataset{{Name: job.DatasetTrain, Path: s.Data, Format: "csv"}},
		Features: job.Features{Target: s.Target}, Split: job.Split{Kind: job.SplitHash, Column: "id", Test: 0.2, KFold: 5},
		Task: job.TaskRegression, Algorithm: s.algorithm, Seed: 7}
	if s.Classes {
		j.Task = job.TaskClassification
	}
	numbered := &set{header: append(slices.Clone(data.header), "id")}
	var ids []string
	for i, row := range data.rows {
		ids = append(ids, "r"+strconv.Itoa(i))
		numbered.rows = append(numbered.rows, append(slices.Clone(row), ids[i]))
	}
	require.NoError(t, numbered.write(s.Data, numbered.rows, 0))
	s.Folds = slices.Repeat([]int{-1}, len(ids))
	rows := split.Hash(ids, j.Split.Test, j.Seed).Train
	mine := make([]string, len(rows))
	for i, row := range rows {
		mine[i] = ids[row]
	}
	for i, fold := range split.HashFolds(mine, j.Split.KFold, j.Seed).Of {
		s.Folds[rows[i]] = fold
	}
	return j
}

func (s *search) sweep(t *testing.T, j job.Train) *train.Sweep {
	t.Helper()
	space := job.Space{Kind: job.SweepGrid, Params: []job.SpaceParam{{Name: s.param, List: s.values}}}
	params, err := sweep.Trials(space)
	require.NoError(t, err)
	trials, err := train.NewTrials(t.Context(), j)
	require.NoError(t, err)
	var files [][]byte
	for _, p := range params {
		r, err := trials.Run(t.Context(), p, train.Options{})
		require.NoError(t, err)
		data, err := train.Marshal(r)
		require.NoError(t, err)
		files = append(files, data)
	}
	own, err := train.Select(job.Select{Version: 1, Metric: s.metric, Goal: job.DefaultGoal(j.Task, s.metric), Space: space, Trials: params}, files)
	require.NoError(t, err)
	return own
}

// ask has the peer search, unless its answer is kept.
func (s *search) ask(t *testing.T, v versions) (f found) {
	t.Helper()
	request, err := json.Marshal(s)
	require.NoError(t, err)
	data, err := os.ReadFile(s.Data)
	require.NoError(t, err)
	place := s.Data
	s.Data = ""
	known, err := json.Marshal(s)
	require.NoError(t, err)
	s.Data = place
	path := filepath.Join(cacheDir(t), digest("sweep", v.text(), script(t, "sweep.py"), string(data), string(known))[:32]+".json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		cmd := python.start(filepath.Join("testdata", "sweep.py"))
		cmd.Stdin = bytes.NewReader(request)
		text = []byte(output(t, cmd))
		require.NoError(t, os.WriteFile(path+".partial", text, 0o644))
		require.NoError(t, os.Rename(path+".partial", path))
		err = nil
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &f))
	return f
}
