package train

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// TestLearningCurve ends with the model itself, and changes nothing of it.
func TestLearningCurve(t *testing.T) {
	for name, j := range map[string]job.Train{
		"classes":    penguinsJob(),
		"numbers":    penguinsOf(t, "ridge", job.TaskRegression),
		"calibrated": sexJob(t, "decision-tree"),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "calibrated" {
				j.Calibrate, j.Threshold = "platt", 0.4
			}
			without := run(t, j)
			j.LearningCurve = []float64{0.1, 0.25, 0.5}
			sameForAnyThreads(t, j)
			r := run(t, j)
			require.Equal(t, without.Model, r.Model)
			m, err := Evaluate(t.Context(), job.Evaluate{Version: 1}, r.Trained())
			require.NoError(t, err)
			require.Len(t, m.LearningCurve, 4)
			last := m.LearningCurve[3]
			require.Equal(t, CurvePoint{Share: 1, Rows: r.Record.Split.TrainRows, Train: last.Train, Test: m.Metrics}, last)
			for i, p := range m.LearningCurve[:3] {
				require.InDelta(t, p.Share*float64(last.Rows), p.Rows, 2)
				require.Len(t, p.Train, len(p.Test))
				require.NotEqual(t, last.Train, p.Train, "point %d", i)
			}
			files, err := EvaluationFiles(m, r.Trained())
			require.NoError(t, err)
			require.Equal(t, "plots/learning_curve.svg", files[len(files)-1].Name)
			wellFormed(t, files[len(files)-1])
		})
	}
}

// TestCurvePoint is a model of its own: that of a job whose training data is the
// share's rows.
func TestCurvePoint(t *testing.T) {
	r, data := bodyMass(t)
	j := r.Record.Job
	j.Data, j.LearningCurve = data, []float64{0.3}
	point := run(t, j).Record.LearningCurve[0]

	resolved, err := resolve(j)
	require.NoError(t, err)
	in, err := load(t.Context(), resolved)
	require.NoError(t, err)
	header, all := records(t, data[0].Path)
	j.Data, j.LearningCurve = []job.Dataset{written(t, "train", header, pick(all, firstOf(in.curveGroups(), 0.3))), data[1]}, nil
	alone := run(t, j)
	require.Equal(t, point.Rows, alone.Record.Split.TrainRows)
	m, err := Evaluate(t.Context(), job.Evaluate{Version: 1}, alone.Trained())
	require.NoError(t, err)
	require.Equal(t, m.Metrics, point.Test)
}

// TestCurveGroups are nested, and have a row of each class.
func TestCurveGroups(t *testing.T) {
	groups := [][]int{{5, 3, 1}, {2}, {9, 8, 7, 6, 4, 0}}
	var before []int
	for _, c := range []struct {
		share float64
		want  []int
	}{{0.01, []int{2, 5, 9}}, {0.5, []int{2, 3, 5, 7, 8, 9}}, {0.9, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}}, {1, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}} {
		got := firstOf(groups, c.share)
		require.Subset(t, got, before)
		before = got
		if c.share != 0.9 {
			require.Equal(t, c.want, got)
		}
	}
}

func TestLearningCurveProblems(t *testing.T) {
	for _, c := range []struct {
		shares    []float64
		algorithm string
		want      string
	}{
		{[]float64{0.5, 0.5}, "logistic", "MB4102 train.learning_curve[1]: the share 0.5 does not rise above 0.5"},
		{[]float64{0.5, 1}, "logistic", "MB4102 train.learning_curve[1]: the share 1 is not between 0 and 1"},
		{[]float64{0}, "logistic", "MB4102 train.learning_curve[0]: the share 0 is not between 0 and 1"},
		{make([]float64, job.MaxCurve+1), "logistic", "MB4102 train.learning_curve[20]: a learning curve has at most 20 shares"},
		{[]float64{0.5}, "k-means", "MB4102 train.learning_curve[0]: clustering has no target"},
	} {
		j := penguinsJob()
		if c.algorithm == "k-means" {
			j = penguinsOf(t, "k-means", job.TaskClustering)
		}
		j.LearningCurve = c.shares
		_, err := Run(t.Context(), j, Options{})
		refused(t, c.want, err)
	}
	j := sexJob(t, "decision-tree")
	j.Calibrate, j.LearningCurve = "platt", []float64{0.01, 0.5}
	_, err := Run(t.Context(), j, Options{})
	refused(t, "train.learning_curve[0]: the share 0.01 of the training part, 2 rows: fold 1 leaves no row of class", err)
}

// TestTinyShares fits every algorithm on three rows or so: each gives finite
// metrics, or says which share it cannot be fitted on.
func TestTinyShares(t *testing.T) {
	for _, a := range job.Algorithms() {
		for _, task := range a.Tasks {
			if !job.Supervised(task) {
				continue
			}
			t.Run(a.Name+" "+task, func(t *testing.T) {
				j := penguinsOf(t, a.Name, task)
				j.LearningCurve = []float64{0.001, 0.02}
				r, err := Run(t.Context(), j, Options{})
				var ps job.Problems
				if errors.As(err, &ps) {
					require.Regexp(t, `^train\.learning_curve\[[01]\]$`, ps[0].Field)
					require.Regexp(t, `^the share 0\.0\d+ of the training part, \d rows: `, ps[0].Message)
					t.Log(ps[0].Message)
					return
				}
				require.NoError(t, err)
				_, err = Marshal(r.Record) // JSON has no other numbers than finite ones
				require.NoError(t, err)
				require.Less(t, r.Record.LearningCurve[0].Rows, 4)
			})
		}
	}
}
