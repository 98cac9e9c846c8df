package metrics

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// classes makes up 200 predictions of three classes.
func classes() Sample {
	const n, k = 200, 3
	s := Sample{Task: job.TaskClassification, Columns: []string{"a", "b", "c"}, Scores: matrix.NewDense(n, k), Probabilities: true}
	for i := range n {
		y := i * 7 % 5 / 2
		row, sum := s.Scores.Row(i), 0.0
		for j := range row {
			row[j] = float64((i*13+j*29)%97 + 1)
			if j == y {
				row[j] += 40
			}
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
		s.Class, s.Predicted = append(s.Class, y), append(s.Predicted, slices.Index(row, slices.Max(row)))
	}
	return s
}

func values() Sample {
	const n = 200
	s := Sample{Task: job.TaskRegression, Columns: []string{"prediction"}, Scores: matrix.NewDense(n, 1)}
	for i := range n {
		v := float64(i*31%101) + 1
		s.Value = append(s.Value, v)
		s.Scores.Data[i] = math.Abs(v+float64(i*17%23-11)/2+1e-9) + 0.5
	}
	return s
}

// TestScikitLearn compares with what sklearn.metrics 1.2.1 gives for the same
// predictions.
func TestScikitLearn(t *testing.T) {
	got := New(classes()).Score(nil)
	for name, want := range map[string]float64{
		"roc_auc": 0.8947916666666668, "average_precision": 0.8501074644521923, "mcc": 0.49490539880623713,
		"log_loss": 0.7704668444817544, "balanced_accuracy": 0.6749999999999999, "macro_f1": 0.6531886713771371,
		"weighted_f1": 0.6673215512836326,
	} {
		require.InDelta(t, want, got[name], 1e-12, name)
	}
	got = New(values()).Score(nil)
	for name, want := range map[string]float64{
		"r2": 0.987026707397505, "mae": 2.8625000001400003, "median_absolute_error": 2.999999999, "mape": 0.14151174755931048,
		"max_error": 6.000000001000004, "poisson_deviance": 0.44014880609646595,
	} {
		require.InDelta(t, want, got[name], 1e-12, name)
	}
}

// repeated copies rows as often as they are to count.
func repeated(s Sample, times []int32) Sample {
	out := s
	out.Class, out.Value, out.Predicted, out.Scores = nil, nil, nil, matrix.Dense{Width: s.Scores.Width}
	for i, n := range times {
		for range n {
			out.Scores.Rows++
			out.Scores.Data = append(out.Scores.Data, s.Scores.Row(i)...)
			if s.Class != nil {
				out.Class, out.Predicted = append(out.Class, s.Class[i]), append(out.Predicted, s.Predicted[i])
			} else {
				out.Value = append(out.Value, s.Value[i])
			}
		}
	}
	return out
}

func TestCountsAreCopies(t *testing.T) {
	times := make([]int32, 200)
	for i := range times {
		times[i] = int32(i * i % 4)
	}
	for _, s := range []Sample{classes(), values()} {
		require.InDeltaMapValues(t, New(repeated(s, times)).Score(nil), New(s).Score(times), 1e-12)
		c := New(s)
		if s.Class != nil {
			require.Equal(t, New(repeated(s, times)).Confuse(nil), c.Confuse(times))
		}
	}
}

func TestAUCIsAProbability(t *testing.T) {
	s := classes()
	s.Columns = s.Columns[:2]
	for i := range s.Class {
		s.Class[i], s.Predicted[i] = min(1, s.Class[i]), min(1, s.Predicted[i])
	}
	s.Scores = matrix.NewDense(200, 2)
	for i := range s.Class {
		s.Scores.Row(i)[1] = float64((i*11+25*s.Class[i])%60) / 8 // with ties
	}
	pairs, inOrder := 0.0, 0.0
	for i, a := range s.Class {
		for j, b := range s.Class {
			if a == 1 && b == 0 {
				pairs++
				switch p, n := s.Scores.Row(i)[1], s.Scores.Row(j)[1]; {
				case p > n:
					inOrder++
				case p == n:
					inOrder += 0.5
				}
			}
		}
	}
	c := New(s)
	require.InDelta(t, inOrder/pairs, c.Score(nil)["roc_auc"], 1e-15)
	area, curve := 0.0, c.ROC(0)
	for i := 1; i < len(curve); i++ {
		area += (curve[i].X - curve[i-1].X) * (curve[i].Y + curve[i-1].Y) / 2
	}
	require.InDelta(t, inOrder/pairs, area, 1e-12)
	require.Equal(t, Point{1, 1}, curve[len(curve)-1])
	require.Equal(t, 1.0, c.PrecisionRecall(0)[len(c.PrecisionRecall(0))-1].X)
	require.Equal(t, []string{"b"}, c.Ranked())
}

func TestUndefinedMetricsAreLeftOut(t *testing.T) {
	one := make([]int32, 200)
	one[0] = 1
	require.NotContains(t, New(classes()).Score(one), "roc_auc")
	require.NotContains(t, New(values()).Score(one), "r2")
	s := values()
	s.Value[3] = 0
	require.NotContains(t, New(s).Score(nil), "mape")
	s.Value[3] = -1
	require.NotContains(t, New(s).Score(nil), "poisson_deviance")
	s = classes()
	s.Probabilities = false
	require.NotContains(t, New(s).Score(nil), "log_loss")
}

func TestBootstrap(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	c := New(classes())
	var first map[string]Interval
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		got, err := c.Bootstrap(context.Background(), 42, 0.95)
		require.NoError(t, err)
		if first == nil {
			first = got
		}
		require.Equal(t, first, got, "%d threads", procs)
	}
	score := c.Score(nil)
	require.Len(t, first, len(score))
	for name, v := range score {
		require.LessOrEqual(t, first[name].Low, v, name)
		require.GreaterOrEqual(t, first[name].High, v, name)
	}
	// The interval of a share is close to the normal one, ±1.96 √(p(1-p)/n).
	p := score["accuracy"]
	half := 1.96 * math.Sqrt(p*(1-p)/200)
	require.InDelta(t, p-half, first["accuracy"].Low, 0.02)
	require.InDelta(t, p+half, first["accuracy"].High, 0.02)

	narrow, err := c.Bootstrap(context.Background(), 42, 0.5)
	require.NoError(t, err)
	require.Greater(t, first["accuracy"].High-first["accuracy"].Low, narrow["accuracy"].High-narrow["accuracy"].Low)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.Bootstrap(ctx, 1, 0.95)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int{1000, 500, 100}, []int{Samples(1), Samples(100_000), Samples(10_000_000)})
}

func TestCalibration(t *testing.T) {
	s := Sample{Task: job.TaskClassification, Columns: []string{"n", "y"}, Probabilities: true, Scores: matrix.NewDense(4, 2),
		Class: []int{0, 1, 1, 1}, Predicted: []int{0, 0, 1, 1}}
	copy(s.Scores.Data, []float64{0.75, 0.25, 0.75, 0.25, 0, 1, 0.05, 0.95})
	bins, expected := New(s).Calibration(1)
	require.Equal(t, []Bin{{2, 0.25, 0.5}, {2, 0.975, 1}}, bins)
	require.InDelta(t, (0.25+0.025)/2, expected, 1e-15)
}

func TestClusters(t *testing.T) {
	s := Sample{Task: job.TaskClustering, Columns: []string{"0", "1", Noise}, Predicted: []int{0, 0, 1, 2}, Scores: matrix.NewDense(4, 3)}
	require.Equal(t, map[string]float64{"largest_share": 0.5, "noise_share": 0.25}, New(s).Score(nil))
	s.Task = job.TaskAnomaly
	require.Equal(t, map[string]float64{"anomaly_share": 0.25}, New(s).Score(nil))
}
