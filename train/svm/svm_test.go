package svm

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"

	"github.com/modelbuild/modelbuild/internal/knownbits"
	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/erm"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func load(t testing.TB, name string, weighted bool) learn.Sample {
	s := sampledata.Load(t, name)
	s, _ = sampledata.Standard(s, s)
	if weighted {
		for i := range s.Rows() {
			s.Weight = append(s.Weight, float64(1+i%3))
		}
	}
	return s
}

// TestAgainstOthers compares squared hinges with a Newton method in NumPy, and
// the others with scikit-learn 1.2.1: LinearSVC and LinearSVR with C = 1/l2 and
// tol=1e-10.
func TestAgainstOthers(t *testing.T) {
	squared := func(l2 float64) Options { return Options{L2: l2, MaxIterations: 1000, Tolerance: 1e-9} }
	absolute := func(l2, epsilon float64) Options {
		return Options{L2: l2, Absolute: true, Epsilon: epsilon, MaxIterations: 200_000, Tolerance: 1e-9}
	}
	cases := []struct {
		name, data   string
		weighted     bool
		options      Options
		coefficients [][]float64 // of the first features
		intercepts   []float64
	}{
		{"squared hinge", "breast_cancer", false, squared(2), [][]float64{nil, {0.102347786, -0.0203813061, 0.0950096708, 0.0128019756,
			-0.120368705, 0.611868961, -0.493159975, -0.641833779}}, []float64{0.12691707, -0.12691707}},
		{"squared hinge, weighted", "breast_cancer", true, squared(10), [][]float64{nil, {-0.0936162535, -0.068362084, -0.0847228871,
			-0.12854433, -0.0303487809, 0.277712493, -0.402360033, -0.497945132}}, []float64{-0.01043072, 0.01043072}},
		{"three classes", "wine", false, squared(4), [][]float64{{0.559398769, 0.215515019, 0.451524335, -0.664093033},
			{-0.586264644, -0.245194917, -0.512828823, 0.330083877}, {0.268093187, 0.143056769, 0.35148381, 0.0856468006}},
			[]float64{-0.60605775, -0.65275082, -1.25266426}},
		{"hinge", "breast_cancer", false, absolute(20, 0), [][]float64{nil, {-0.176468114, -0.264947492, -0.171920393, -0.201927376,
			-0.0400968346, 0.104781785, -0.278345976, -0.305963311}}, []float64{-0.2001034, 0.2001034}},
		{"hinge, weighted", "breast_cancer", true, absolute(50, 0), [][]float64{nil, {-0.17832123, -0.221801062, -0.175580467,
			-0.203132955, -0.0338930238, 0.0698912385, -0.292908222, -0.314163273}}, []float64{-0.19369657, 0.19369657}},
		{"regression, weighted", "diabetes", true, absolute(10, 5), [][]float64{{0.253718208, 0.714368722, 3.58344277, 1.95949587,
			1.67940731, -0.287465435, -3.40046363, 3.42556198, 7.82148351, 2.00106189}}, []float64{72.20289288}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, info, err := Fit(t.Context(), load(t, c.data, c.weighted), c.options, nil)
			require.NoError(t, err)
			require.True(t, info.Converged, "%+v", info)
			for k, want := range c.coefficients {
				for j, v := range want {
					require.InDelta(t, v, m.Coefficients[k*m.Width+j], 1e-6*math.Max(1, math.Abs(v)))
				}
				require.InDelta(t, c.intercepts[k], m.Intercepts[k], 1e-6*math.Max(1, math.Abs(c.intercepts[k])))
			}
		})
	}
}

func TestSlopes(t *testing.T) {
	losses := map[string]erm.Loss{
		"positive": hinge{1}, "negative": hinge{-1}, "value": insensitive{[]float64{0.7}, 0.25},
	}
	for name, l := range losses {
		at := func(x []float64) float64 {
			out := make([]float64, 1)
			l.Slope(0, []float64{x[0]}, out)
			return out[0]
		}
		for _, eta := range []float64{-2, -0.3, 0.5, 0.8, 1.4, 3} {
			slope, h := []float64{eta}, make([]float64, 1)
			l.Slope(0, slope, make([]float64, 1))
			require.InDelta(t, fd.Gradient(nil, at, []float64{eta}, &fd.Settings{Formula: fd.Central})[0], slope[0], 1e-7, "%s at %v", name, eta)
			l.Curvature(0, []float64{eta}, h)
			curvature := fd.Derivative(func(x float64) float64 {
				s := []float64{x}
				l.Slope(0, s, make([]float64, 1))
				return s[0]
			}, eta, &fd.Settings{Formula: fd.Central})
			require.InDelta(t, curvature, h[0], 1e-6, "%s at %v", name, eta)
		}
	}
}

// noisy draws two overlapping classes, whose values are a combination of the
// features and noise.
func noisy(rows, width int) learn.Sample {
	rng := rand.New(rand.NewPCG(3, 4))
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(rows, width)}, Target: learn.Target{Classes: 2}}
	for i := range rows {
		y := rng.NormFloat64()
		for j := range width {
			x := float64(float32(rng.NormFloat64()))
			s.Dense.Row(i)[j] = x
			y += x * float64(j%3-1)
		}
		s.Value = append(s.Value, y)
		class := 0
		if y > 0 {
			class = 1
		}
		s.Class = append(s.Class, class)
		s.Weight = append(s.Weight, 0.5+rng.Float64())
	}
	return s
}

// TestDualityGap compares the objective with the dual's, which is a bound.
func TestDualityGap(t *testing.T) {
	for _, classes := range []int{0, 2} {
		s := noisy(400, 5)
		s.Classes = classes
		y := s.Value
		if classes == 2 {
			for i, c := range s.Class {
				y[i] = float64(2*c - 1)
			}
		}
		f := &fitter{s: s, o: Options{L2: 3, Absolute: true, MaxIterations: 100_000, Tolerance: 1e-10}, total: erm.Total(400, s.Weight)}
		if classes == 0 {
			f.o.Epsilon = 0.2
		}
		d := newDual(f, y)
		beta, info, err := d.minimise(t.Context())
		require.NoError(t, err)
		require.True(t, info.Converged)
		bound := 0.0
		for i, a := range d.a {
			bound += a*y[i] - f.o.Epsilon*math.Abs(a)
		}
		for _, v := range beta {
			bound -= v * v / 2
		}
		require.InEpsilon(t, bound*f.o.L2/f.total, info.Loss, 1e-9)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := noisy(3000, 6)
	for _, o := range []Options{{L2: 1, MaxIterations: 200, Tolerance: 1e-8},
		{L2: 1, Absolute: true, MaxIterations: 20, Tolerance: 1e-8, Seed: 3}} {
		for _, classes := range []int{0, 2} {
			s.Classes = classes
			var first *Model
			for _, n := range []int{1, 2, 8} {
				runtime.GOMAXPROCS(n)
				m, _, err := Fit(t.Context(), s, o, nil)
				require.NoError(t, err)
				if n == 1 {
					first = m
				}
				require.Equal(t, first, m, "with %d threads", n)
			}
		}
	}
}

func TestHardInput(t *testing.T) {
	sample := func(width int, x []float64, classes int, class ...int) learn.Sample {
		s := learn.Sample{
			Input:  learn.Input{Dense: matrix.Dense{Rows: len(class), Width: width, Data: x}},
			Target: learn.Target{Class: class, Classes: classes},
		}
		for _, c := range class {
			s.Value = append(s.Value, float64(c))
		}
		return s
	}
	cases := map[string]learn.Sample{
		"separable":         sample(1, []float64{-2, -1, 1, 2}, 2, 0, 0, 1, 1),
		"one row":           sample(2, []float64{3, 4}, 3, 2),
		"constant":          sample(2, []float64{1, 5, 1, 5, 1, 5}, 2, 0, 1, 0),
		"same columns":      sample(2, []float64{1, 1, 2, 2, 3, 3}, 3, 0, 1, 2),
		"huge":              sample(1, []float64{3e38, -3e38, 1e38, 2}, 2, 0, 1, 0, 1),
		"same rows, differ": sample(1, []float64{1, 1, 1, 1}, 2, 0, 1, 1, 1),
	}
	for name, s := range cases {
		for _, o := range []Options{{}, {L2: 1}, {L2: 1, Absolute: true}, {L2: 1e-6, Absolute: true}} {
			o.MaxIterations, o.Tolerance = 50, 1e-9
			for _, classes := range []int{0, s.Classes} {
				s.Classes = classes
				m, info, err := Fit(t.Context(), s, o, nil)
				require.NoError(t, err)
				require.True(t, m.Finite(), "%s %+v", name, o)
				require.False(t, math.IsNaN(info.Loss), "%s %+v", name, o)
			}
		}
	}
}

func TestKnownBits(t *testing.T) {
	var all []float32
	for _, classes := range []int{0, 2} {
		for _, absolute := range []bool{false, true} {
			s := noisy(600, 7)
			s.Classes = classes
			m, _, err := Fit(t.Context(), s, Options{L2: 2, Absolute: absolute, Epsilon: 0.1, MaxIterations: 200, Tolerance: 1e-8}, nil)
			require.NoError(t, err)
			all = append(append(all, m.Coefficients...), m.Intercepts...)
		}
	}
	knownbits.Check(t, "be70bcd7e077111447818eb4786b865b30295bf90c19616acde4c79b2aa03866", all)
}

func TestExport(t *testing.T) {
	for _, name := range []string{"breast_cancer", "wine"} {
		s := load(t, name, false)
		m, _, err := Fit(t.Context(), s, Options{L2: 1, MaxIterations: 200, Tolerance: 1e-8}, nil)
		require.NoError(t, err)
		want, err := m.Predict(t.Context(), s.Input)
		require.NoError(t, err)
		got, labels := onnxtest.Score(t, m, s.Dense, s.Classes)
		for i, row := range got {
			require.InDeltaSlice(t, want.Row(i), row, 1e-5)
			require.Equal(t, sampledata.Top(want.Row(i)), labels[i])
		}
		require.Greater(t, sampledata.Accuracy(want, s.Class), 0.97)
	}
}

func TestCancelAndProgress(t *testing.T) {
	for _, absolute := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		_, _, err := Fit(ctx, noisy(3000, 4), Options{L2: 1, Absolute: absolute, MaxIterations: 1000}, func(done, _ int, loss float64) {
			require.False(t, math.IsNaN(loss))
			if done == 2 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
	}
}
