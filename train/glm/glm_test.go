package glm

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"

	"github.com/modelbuild/modelbuild/internal/knownbits"
	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func options(power, alpha float64) Options {
	return Options{Power: power, Alpha: alpha, MaxIterations: 500, Tolerance: 1e-10}
}

// diabetes is standardised; with zeros, values below 80 are zero.
func diabetes(t testing.TB, weighted, zeros bool) learn.Sample {
	s := sampledata.Load(t, "diabetes")
	s, _ = sampledata.Standard(s, s)
	for i, y := range s.Value {
		if weighted {
			s.Weight = append(s.Weight, float64(1+i%3))
		}
		if zeros && y < 80 {
			s.Value[i] = 0
		}
	}
	return s
}

// TestAgainstStatsmodels compares with GLM of statsmodels 0.13.5 where there is
// no penalty, and else with Newton's method in NumPy, with which the regressors
// of scikit-learn 1.2.1 agree as far as they converge.
func TestAgainstStatsmodels(t *testing.T) {
	cases := []struct {
		name            string
		power, alpha    float64
		weighted, zeros bool
		beta            []float64
		intercept       float64
	}{
		{"poisson", 1, 0, false, false, []float64{0.0009394152861, -0.07560011732, 0.1415943419, 0.09901219504, -0.4254422015,
			0.3403546034, 0.05999597017, 0.008375754271, 0.3282560722, 0.01709660312}, 4.957000152},
		{"poisson, penalty, weighted", 1, 0.5, true, false, []float64{0.0004945217277, -0.06472969899, 0.1412392064, 0.09001034594,
			-0.3209764763, 0.2587704093, 0.01431411689, 0.0003529831029, 0.2822707899, 0.01564910667}, 4.964431794},
		{"gamma, weighted", 2, 0, true, false, []float64{-0.005486234395, -0.08327396802, 0.1328255549, 0.09446301664, -0.3635267414,
			0.2972162678, 0.01029205878, -0.009315075108, 0.309672761, 0.01357276261}, 4.962939175},
		{"gamma, penalty", 2, 0.1, false, false, []float64{0.001289854929, -0.07912045159, 0.1381122674, 0.09761630749, -0.02965744813,
			0.00544519241, -0.09337564009, 0.00958824135, 0.1585166367, 0.01706080209}, 4.957315966},
		{"power 1.5, weighted", 1.5, 0, true, true, []float64{0.001775276769, -0.1152952503, 0.1591387553, 0.1153141343, -0.6734632326,
			0.606872731, 0.02745481773, -0.08997262072, 0.5373110855, 0.02457219168}, 4.820109872},
		{"power 1.7, penalty", 1.7, 0.2, false, true, []float64{0.008230674002, -0.1280472297, 0.1826685723, 0.1359516808, -0.1009447509,
			0.1124753156, -0.1792789917, -0.07377051109, 0.2760487387, 0.0298291875}, 4.805971595},
		{"inverse Gaussian", 3, 0, false, false, []float64{-0.001478072882, -0.1124269263, 0.1368262515, 0.1151014295, -0.2016012285,
			0.1584322831, -0.07298175899, -0.02942565177, 0.253789765, 0.01023153266}, 4.957789196},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			params, info, err := solve(t.Context(), diabetes(t, c.weighted, c.zeros), options(c.power, c.alpha), nil)
			require.NoError(t, err)
			require.True(t, info.Converged, "%+v", info)
			require.InDeltaSlice(t, append(c.beta, c.intercept), params, 1e-7)
		})
	}
}

// deviance is half the unit deviance, from its definition 2 ∫ (y-u) u^-p du
// between the mean and the value, by Simpson's rule.
func deviance(y, mu, power float64) float64 {
	const steps = 20_000
	h := (y - mu) / steps
	f := func(u float64) float64 { return (y - u) * math.Pow(u, -power) }
	sum := f(mu) + f(y)
	for i := 1; i < steps; i++ {
		sum += f(mu+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

func TestDevianceAndSlope(t *testing.T) {
	for _, power := range []float64{1, 1.3, 1.5, 2, 2.5, 3} {
		for _, y := range []float64{0.5, 1, 7} {
			loss := newTweedie([]float64{y}, power)
			at := func(x []float64) float64 {
				out := make([]float64, 1)
				loss.Slope(0, []float64{x[0]}, out)
				return out[0]
			}
			for _, eta := range []float64{-1, 0, 0.5, 2} {
				require.InDelta(t, deviance(y, math.Exp(eta), power), at([]float64{eta}), 1e-9, "power %v, y %v, eta %v", power, y, eta)
				slope := []float64{eta}
				loss.Slope(0, slope, make([]float64, 1))
				require.InDelta(t, fd.Gradient(nil, at, []float64{eta}, &fd.Settings{Formula: fd.Central})[0], slope[0], 1e-7)
			}
		}
	}
	zero := make([]float64, 1)
	newTweedie([]float64{0}, 1.5).Slope(0, []float64{1}, zero)
	require.InDelta(t, 2*math.Exp(0.5), zero[0], 1e-12, "at y = 0 it is μ^(2-p) / (2-p)")
}

// TestScaleOfValues multiplies the values, which without a penalty only adds to
// the intercept.
func TestScaleOfValues(t *testing.T) {
	for _, power := range []float64{1, 1.5, 2} {
		s := diabetes(t, true, power < 2)
		want, _, err := solve(t.Context(), s, options(power, 0), nil)
		require.NoError(t, err)
		for _, scale := range []float64{1e-12, 1e12} {
			scaled := s
			scaled.Value = nil
			for _, y := range s.Value {
				scaled.Value = append(scaled.Value, y*scale)
			}
			got, info, err := solve(t.Context(), scaled, options(power, 0), nil)
			require.NoError(t, err)
			require.True(t, info.Converged)
			got[10] -= math.Log(scale)
			require.InDeltaSlice(t, want, got, 1e-7)
		}
	}
}

func TestL1MakesZeros(t *testing.T) {
	o := options(1, 5)
	o.L1Ratio = 1
	params, info, err := solve(t.Context(), diabetes(t, false, false), o, nil)
	require.NoError(t, err)
	require.True(t, info.Converged)
	zeros := 0
	for _, v := range params {
		if v == 0 {
			zeros++
		}
	}
	require.Greater(t, zeros, 2)
	require.Less(t, zeros, 8)
}

func TestBadValues(t *testing.T) {
	cases := []struct {
		power  float64
		values []float64
		want   string
	}{
		{1, []float64{3, 0, 2}, ""},
		{1.5, []float64{3, 0, 2}, ""},
		{1, []float64{3, -1, -2.5}, "the target has to be zero or more, but 2 rows have a value that is not; the least is -2.5"},
		{2, []float64{3, 0, 2}, "the target has to be more than zero, but 1 row has a value that is not; the least is 0"},
		{3, []float64{1, -1}, "the target has to be more than zero, but 1 row has a value that is not; the least is -1"},
	}
	for _, c := range cases {
		s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(len(c.values), 1)}, Target: learn.Target{Value: c.values}}
		_, _, err := Fit(t.Context(), s, options(c.power, 1), nil)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		var ps job.Problems
		require.True(t, errors.As(err, &ps))
		require.Len(t, ps, 1)
		require.Equal(t, job.CodeTargetRange, ps[0].Code)
		require.Equal(t, c.want, ps[0].Message)
		require.NotEmpty(t, ps[0].Hint)
	}
}

func TestHardInput(t *testing.T) {
	sample := func(width int, x []float64, y ...float64) learn.Sample {
		return learn.Sample{Input: learn.Input{Dense: matrix.Dense{Rows: len(y), Width: width, Data: x}}, Target: learn.Target{Value: y}}
	}
	cases := map[string]learn.Sample{
		"one row":      sample(2, []float64{3, 4}, 7),
		"constant":     sample(2, []float64{1, 5, 1, 5, 1, 5}, 1, 2, 3),
		"same columns": sample(2, []float64{1, 1, 2, 2, 3, 3}, 1, 2, 4),
		"huge":         sample(1, []float64{3e38, -3e38, 1e38, 2}, 1, 2, 3, 1e30),
		"wider":        sample(3, []float64{1, 2, 3, 2, 4, 6}, 1, 2),
	}
	zeros := map[string]learn.Sample{
		"all zero":        sample(1, []float64{1, 2, 3}, 0, 0, 0),
		"zero category":   sample(1, []float64{1, 1, 0, 0, 0}, 0, 0, 1, 2, 3),
		"one large value": sample(1, []float64{1, 2, 3, 4}, 0, 0, 0, 1e30),
	}
	run := func(name string, s learn.Sample, powers ...float64) {
		for _, power := range powers {
			for _, alpha := range []float64{0, 1} {
				m, info, err := Fit(t.Context(), s, options(power, alpha), nil)
				require.NoError(t, err)
				require.True(t, m.Finite(), "%s, power %v, alpha %v", name, power, alpha)
				require.False(t, math.IsNaN(info.Loss), "%s, power %v, alpha %v", name, power, alpha)
			}
		}
	}
	for name, s := range cases {
		run(name, s, 1, 1.5, 2, 3)
	}
	for name, s := range zeros {
		run(name, s, 1, 1.5)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(5000, 6)}}
	for i := range s.Dense.Data {
		s.Dense.Data[i] = float64(float32(rng.NormFloat64()))
	}
	for range s.Dense.Rows {
		s.Value = append(s.Value, float64(rng.IntN(6)))
		s.Weight = append(s.Weight, 0.5+rng.Float64())
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, power := range []float64{1, 1.5} {
		var first *Model
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			m, info, err := Fit(t.Context(), s, options(power, 0.1), nil)
			require.NoError(t, err)
			require.True(t, info.Converged)
			if n == 1 {
				first = m
			}
			require.Equal(t, first, m, "with %d threads", n)
		}
	}
}

func TestKnownBits(t *testing.T) {
	var all []float64
	for _, power := range []float64{1, 1.5, 2, 3} {
		params, info, err := solve(t.Context(), diabetes(t, true, power < 2), options(power, 0.1), nil)
		require.NoError(t, err)
		all = append(append(all, params...), info.Loss, info.Gradient)
	}
	knownbits.Check(t, "587e341cfcbe5414d3da7f8c16f40c50d5c099a0cbd65c2728c38196f58f3b9f", all)
}

func TestExport(t *testing.T) {
	s := diabetes(t, false, false)
	for _, power := range []float64{1, 2} {
		m, _, err := Fit(t.Context(), s, options(power, 0.1), nil)
		require.NoError(t, err)
		want, err := m.Predict(t.Context(), s.Input)
		require.NoError(t, err)
		got, _ := onnxtest.Score(t, m, s.Dense, 1)
		for i, row := range got {
			require.InEpsilon(t, want.Data[i], row[0], 1e-5)
		}
	}
}

func TestCancelAndProgress(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := Fit(ctx, diabetes(t, false, false), options(1, 0), func(done, _ int, loss float64) {
		require.False(t, math.IsNaN(loss))
		if done == 1 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}
