package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/knownbits"
	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// noisy draws rows whose values are a combination of the features and noise.
func noisy(rows, width int, weighted bool) learn.Sample {
	rng := rand.New(rand.NewPCG(3, uint64(rows)))
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(rows, width)}}
	for i := range rows {
		y := 5 + rng.NormFloat64()
		for j := range width {
			x := float64(float32(rng.NormFloat64() + float64(j)))
			s.Dense.Row(i)[j] = x
			y += x * float64(j%5-2)
		}
		s.Value = append(s.Value, y)
		if weighted {
			s.Weight = append(s.Weight, 0.5+rng.Float64())
		}
	}
	return s
}

// risk is the objective written plainly, on the scale of the mean.
func risk(s learn.Sample, o Options, beta []float64, intercept float64) float64 {
	sum, total, l1, square := 0.0, 0.0, 0.0, 0.0
	for i, y := range s.Value {
		w := 1.0
		if s.Weight != nil {
			w = s.Weight[i]
		}
		r := y - intercept
		for j, v := range s.Dense.Row(i) {
			r -= v * beta[j]
		}
		sum += w * r * r
		total += w
	}
	for _, v := range beta {
		l1 += math.Abs(v)
		square += v * v
	}
	if o.Alpha > 0 {
		return sum/2/total + o.Alpha*(o.L1Ratio*l1+(1-o.L1Ratio)/2*square)
	}
	return (sum + o.Ridge*square) / total
}

// TestOptimum moves each parameter of the optimum a little, up and down, which
// may not help; and it checks the loss that is reported.
func TestOptimum(t *testing.T) {
	for _, s := range []learn.Sample{noisy(200, 4, false), noisy(5000, 9, true), noisy(30, 50, true)} {
		for _, o := range []Options{{}, {Ridge: 2}, net(0.3, 1), net(0.3, 0.5), net(0.3, 0)} {
			beta, info, b, err := solve(t.Context(), s, o, nil)
			require.NoError(t, err)
			require.True(t, info.Converged)
			best := risk(s, o, beta, b)
			require.InDelta(t, best, info.Loss, 1e-9*math.Max(1, best))
			const h = 1e-4
			for _, step := range []float64{-h, h} {
				require.LessOrEqual(t, best, risk(s, o, beta, b+step)+1e-12)
				for j := range beta {
					at := append([]float64(nil), beta...)
					at[j] += step
					require.LessOrEqual(t, best, risk(s, o, at, b)+1e-12, "coefficient %d of %+v", j, o)
				}
			}
		}
	}
}

// TestCollinear has a column that is the sum of two others but for what float32
// rounds off, which must not be taken for information.
func TestCollinear(t *testing.T) {
	s := noisy(500, 3, false)
	for i := range s.Dense.Rows {
		row := s.Dense.Row(i)
		row[2] = float64(float32(row[0] + row[1]))
	}
	beta, _, _, err := solve(t.Context(), s, Options{}, nil)
	require.NoError(t, err)
	for _, v := range beta {
		require.Less(t, math.Abs(v), 10.0)
	}
	// Of the solutions that differ by multiples of (1, 1, -1), the shortest.
	require.InDelta(t, 0, beta[0]+beta[1]-beta[2], 1e-5)
}

func TestIllConditionedAgainstQR(t *testing.T) {
	s := noisy(2000, 6, false)
	rng := rand.New(rand.NewPCG(8, 8))
	for i := range s.Dense.Rows {
		row := s.Dense.Row(i)
		row[5] = float64(float32(1000 + row[0] + 1e-3*rng.NormFloat64()))
	}
	d, err := newData(t.Context(), s)
	require.NoError(t, err)
	want, err := d.orthogonal(t.Context(), 0)
	require.NoError(t, err)
	got, _, err := d.ridge(t.Context(), 0)
	require.NoError(t, err)
	for j := range want {
		require.InDelta(t, want[j], got[j], 1e-6*math.Abs(want[j])+1e-7)
	}
}

func TestWeightsAreRepetitions(t *testing.T) {
	s := noisy(100, 4, false)
	repeated := learn.Sample{Input: learn.Input{Dense: matrix.Dense{Width: 4}}}
	for i := range s.Dense.Rows {
		s.Weight = append(s.Weight, float64(1+i%3))
		for range 1 + i%3 {
			repeated.Dense.Rows++
			repeated.Dense.Data = append(repeated.Dense.Data, s.Dense.Row(i)...)
			repeated.Value = append(repeated.Value, s.Value[i])
		}
	}
	for _, o := range []Options{{}, {Ridge: 2}, net(0.3, 0.5)} {
		got, _, _, err := solve(t.Context(), s, o, nil)
		require.NoError(t, err)
		want, _, _, err := solve(t.Context(), repeated, o, nil)
		require.NoError(t, err)
		require.InDeltaSlice(t, want, got, 1e-9)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	samples := []learn.Sample{noisy(6000, 7, true), noisy(40, 60, false), digits(t)}
	for _, s := range samples {
		for _, o := range []Options{{}, {Ridge: 1}, net(0.1, 0.5)} {
			var first *Model
			var firstInfo learn.Info
			for _, n := range []int{1, 2, 8} {
				runtime.GOMAXPROCS(n)
				m, info, err := Fit(t.Context(), s, o, nil)
				require.NoError(t, err)
				if n == 1 {
					first, firstInfo = m, info
				}
				require.Equal(t, first, m, "with %d threads", n)
				require.Equal(t, firstInfo, info, "with %d threads", n)
			}
		}
	}
}

func TestHardInput(t *testing.T) {
	sample := func(width int, x []float64, y ...float64) learn.Sample {
		return learn.Sample{Input: learn.Input{Dense: matrix.Dense{Rows: len(y), Width: width, Data: x}}, Target: learn.Target{Value: y}}
	}
	cases := map[string]learn.Sample{
		"one row":         sample(2, []float64{3, 4}, 7),
		"one column":      sample(1, []float64{1, 2, 3}, 1, 2, 4),
		"constant":        sample(2, []float64{1, 0.1, 1, 0.1, 1, 0.1}, 1, 2, 3),
		"constant target": sample(1, []float64{1, 2, 3}, 5, 5, 5),
		"same columns":    sample(2, []float64{1, 1, 2, 2, 3, 3}, 1, 2, 4),
		"same rows":       sample(1, []float64{2, 2, 2}, 1, 2, 3),
		"huge":            sample(2, []float64{3e38, -3e38, 1e38, 2, 5, 1e38, 0, 0}, 1, 2, 3, 1e30),
		"wider":           sample(3, []float64{1, 2, 3, 2, 4, 6}, 1, 2),
	}
	for name, s := range cases {
		for _, o := range []Options{{}, {Ridge: 1}, net(0.1, 1), net(0.1, 0.5)} {
			o.MaxIterations = min(o.MaxIterations, 1000)
			m, info, err := Fit(t.Context(), s, o, nil)
			require.NoError(t, err)
			require.True(t, m.Finite(), "%s %+v", name, o)
			require.False(t, math.IsNaN(info.Loss), "%s %+v", name, o)
		}
	}
	m, _, err := Fit(t.Context(), cases["same columns"], Options{}, nil)
	require.NoError(t, err)
	require.InDelta(t, 0.75, m.Coefficients[0], 1e-6)
	require.Equal(t, m.Coefficients[0], m.Coefficients[1], "of the solutions the shortest")
}

func TestLimits(t *testing.T) {
	s := diabetes(t)
	o := net(0.01, 1)
	o.MaxIterations = 2
	var calls int
	_, info, err := Fit(t.Context(), s, o, func(done, total int, loss float64) {
		calls++
		require.Equal(t, 2, total)
		require.False(t, math.IsNaN(loss))
	})
	require.NoError(t, err)
	require.Equal(t, learn.Info{Iterations: 2, Stopped: optimize.ReasonIterations, Loss: info.Loss}, info)
	require.Equal(t, 2, calls)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, o := range []Options{{}, {Ridge: 1}, o} {
		_, _, err = Fit(ctx, s, o, nil)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestKnownBits(t *testing.T) {
	var all []float64
	for _, c := range references {
		beta, info, intercept, err := solve(t.Context(), c.sample(t), c.options, nil)
		require.NoError(t, err)
		all = append(append(all, beta...), intercept, info.Loss)
	}
	knownbits.Check(t, "a8441988f0f866211650bd1cc551108405642042f3166294533dec8d7b1e4d8e", all)
}

func TestExport(t *testing.T) {
	s := diabetes(t)
	m, _, err := Fit(t.Context(), s, Options{Ridge: 1}, nil)
	require.NoError(t, err)
	want, err := m.Predict(t.Context(), s.Input)
	require.NoError(t, err)
	got, _ := onnxtest.Score(t, m, s.Dense, 1)
	for i, row := range got {
		require.InEpsilon(t, want.Data[i], row[0], 1e-5)
	}
}

func BenchmarkRidge(b *testing.B) {
	s := noisy(200_000, 28, false)
	for b.Loop() {
		if _, _, err := Fit(b.Context(), s, Options{Ridge: 1}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
