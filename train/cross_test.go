package train

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// sexJob is a job of two classes.
func sexJob(t *testing.T, algorithm string) job.Train {
	j := penguinsJob()
	j.Features = job.Features{Target: "sex", Exclude: []string{"year"}}
	j.Data[0].Path = without(t, ",NA,20")
	j.Algorithm, j.Params = algorithm, quick[algorithm]
	return j
}

func TestCrossValidation(t *testing.T) {
	j := penguinsJob()
	j.Split.KFold = 5
	r := run(t, j)
	require.Equal(t, run(t, penguinsJob()).Record.Model.SHA256, r.Record.Model.SHA256, "the model is the one of all training rows")
	c := r.Record.CrossValidation
	require.Equal(t, 5, c.Folds)
	require.Len(t, c.Metrics["accuracy"].Values, 5)
	require.Greater(t, c.Metrics["accuracy"].Mean, 0.95)
	require.Equal(t, r.Record.Split.TrainRows, len(r.OutOfFold.Rows))
	require.IsIncreasing(t, r.OutOfFold.Rows)
	files, err := r.Files()
	require.NoError(t, err)
	require.Equal(t, OutOfFoldFile, files[5].Name)

	m, err := Evaluate(t.Context(), job.Evaluate{Version: 1}, r.Trained())
	require.NoError(t, err)
	require.Equal(t, c, m.CrossValidation)

	j.Split.KFold = 250
	_, err = Run(t.Context(), j, Options{})
	require.ErrorContains(t, err, "250 is not a number of folds")
	j = penguinsOf(t, "isolation-forest", job.TaskAnomaly)
	j.Split.KFold = 3
	_, err = Run(t.Context(), j, Options{})
	require.ErrorContains(t, err, "no target to cross-validate")
}

// TestCalibrated compares with ONNX Runtime, and looks for what calibration is
// for: a tree is too sure of what it says.
func TestCalibrated(t *testing.T) {
	for _, method := range []string{"platt", "isotonic"} {
		for name, j := range map[string]job.Train{"two classes": sexJob(t, "decision-tree"), "three": penguinsJob()} {
			t.Run(method+" "+name, func(t *testing.T) {
				before := logLoss(t, run(t, j))
				j.Calibrate = method
				sameForAnyThreads(t, j)
				r, own := run(t, j), ownPredictions(t, j)
				agrees(t, score(t, r, j.Data[0]), r, own)
				if name == "two classes" {
					require.Less(t, logLoss(t, r), before, "a tree is too sure")
				}
			})
		}
	}
	j := penguinsJob()
	j.Calibrate = "temperature"
	_, err := Run(t.Context(), j, Options{})
	require.ErrorContains(t, err, "there are platt and isotonic")
}

func logLoss(t *testing.T, r *Result) float64 {
	m, err := Evaluate(t.Context(), job.Evaluate{Version: 1}, r.Trained())
	require.NoError(t, err)
	require.NotEmpty(t, m.Calibration)
	return m.Metrics["log_loss"]
}

func TestThreshold(t *testing.T) {
	males := map[float64]int{}
	for _, threshold := range []float64{0, 0.1, 0.9} {
		j := sexJob(t, "logistic")
		j.Threshold = threshold
		r, own := run(t, j), ownPredictions(t, j)
		agrees(t, score(t, r, j.Data[0]), r, own)
		for _, k := range own.Predicted {
			males[threshold] += k
		}
	}
	require.Greater(t, males[0.1], males[0])
	require.Less(t, males[0.9], males[0])

	j := penguinsJob()
	j.Threshold = 0.5
	_, err := Run(t.Context(), j, Options{})
	require.ErrorContains(t, err, "a threshold is for two classes; there are 3")
	j = sexJob(t, "logistic")
	j.Threshold = 2
	_, err = Run(t.Context(), j, Options{})
	require.ErrorContains(t, err, "not between 0 and 1")
}
