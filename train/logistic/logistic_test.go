package logistic

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/knownbits"
	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/erm"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// blobs draws overlapping classes of unequal frequencies.
func blobs(rows, width, classes int) learn.Sample {
	rng := rand.New(rand.NewPCG(3, 4))
	s := learn.Sample{Target: learn.Target{Class: make([]int, rows), Classes: classes}}
	s.Dense = matrix.NewDense(rows, width)
	for i := range rows {
		s.Class[i] = rng.IntN(classes) * rng.IntN(2)
		for j := range width {
			v := rng.Float64()*4 - 2
			if j%classes == s.Class[i] {
				v += 0.75
			}
			s.Dense.Row(i)[j] = float64(float32(v))
		}
	}
	return s
}

// weighted gives the rows weights, three of four equal.
func weighted(s learn.Sample) learn.Sample {
	s.Weight = make([]float64, s.Dense.Rows)
	for i := range s.Weight {
		s.Weight[i] = []float64{1, 1, 2.5, 1}[i%4]
	}
	return s
}

func options(l2, l1 float64) Options {
	return Options{L2: l2, L1: l1, MaxIterations: 2000, Tolerance: 1e-9}
}

// cases cover both forms, few outputs and many, one shard and many, weights and
// both penalties.
var cases = []struct {
	name    string
	sample  learn.Sample
	options Options
}{
	{"two classes", blobs(300, 3, 2), options(1, 0)},
	{"two classes weighted", weighted(blobs(300, 3, 2)), options(0.1, 0)},
	{"two classes L1", blobs(3000, 9, 2), options(0, 3)},
	{"four classes", blobs(900, 5, 4), options(1, 0)},
	{"four classes weighted, many shards", weighted(blobs(5000, 9, 4)), options(10, 0)},
	{"four classes elastic net", weighted(blobs(5000, 9, 4)), options(5, 5)},
	{"ten classes", weighted(blobs(2000, 7, 10)), options(2, 0)},
	{"wide", blobs(40, 60, 2), options(1, 0)},
}

// risk is the objective written plainly, from the formula in the package
// comment.
func risk(s learn.Sample, o Options, p []float64) float64 {
	loss, total, penalty := 0.0, 0.0, 0.0
	width, classes := s.Dense.Width, s.Classes
	for i := range s.Dense.Rows {
		w := 1.0
		if s.Weight != nil {
			w = s.Weight[i]
		}
		z := make([]float64, classes)
		for k := range z {
			at := k * (width + 1)
			if classes == 2 {
				if at = 0; k == 0 {
					continue
				}
			}
			z[k] = p[at+width]
			for j, v := range s.Dense.Row(i) {
				z[k] += p[at+j] * v
			}
		}
		sum := 0.0
		for _, v := range z {
			sum += math.Exp(v)
		}
		loss += w * (math.Log(sum) - z[s.Class[i]])
		total += w
	}
	for i, v := range p {
		if i%(width+1) != width {
			penalty += o.L2/2*v*v + o.L1*math.Abs(v)
		}
	}
	return (loss + penalty) / total
}

// TestOptimum checks the conditions for a minimum of the plain objective by
// finite differences, and the value that is reported.
func TestOptimum(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := problemOf(c.sample, c.options)
			res, info := fit(t, c.sample, c.options)
			require.True(t, info.Converged, "%+v", info)
			smooth := c.options
			smooth.L1 = 0
			require.InDelta(t, risk(c.sample, c.options, res), info.Loss, 1e-12)
			l1 := c.options.L1 / erm.Total(c.sample.Dense.Rows, c.sample.Weight)
			for i, v := range res {
				const h = 1e-5
				at := append([]float64(nil), res...)
				at[i] = v + h
				up := risk(c.sample, smooth, at)
				at[i] = v - h
				slope := (up - risk(c.sample, smooth, at)) / (2 * h)
				switch {
				case i%(c.sample.Dense.Width+1) == c.sample.Dense.Width || l1 == 0:
					require.InDelta(t, 0, slope, 1e-8)
				case v == 0:
					require.LessOrEqual(t, math.Abs(slope), l1+1e-8)
				default:
					require.InDelta(t, -math.Copysign(l1, v), slope, 1e-8)
				}
			}
			require.Len(t, res, p.Size())
		})
	}
}

// fit returns the parameters before they are rounded.
func fit(t *testing.T, s learn.Sample, o Options) ([]float64, learn.Info) {
	t.Helper()
	p := problemOf(s, o)
	res, err := p.Minimise(t.Context(), make([]float64, p.Size()), o.optimize(nil))
	require.NoError(t, err)
	return res.X, erm.Info(res)
}

// TestInterceptsAlone has a closed form: without features the probabilities
// are the weighted class frequencies.
func TestInterceptsAlone(t *testing.T) {
	s := learn.Sample{Target: learn.Target{Class: []int{0, 0, 0, 1, 1, 2}, Classes: 3}}
	s.Dense = matrix.NewDense(6, 1)
	for _, weight := range [][]float64{nil, {1, 1, 1, 1.5, 1.5, 3}} {
		s.Weight = weight
		m, info, err := Fit(t.Context(), s, options(1, 0), nil)
		require.NoError(t, err)
		require.True(t, info.Converged)
		p, err := m.Predict(t.Context(), s.Input)
		require.NoError(t, err)
		want := []float64{1.0 / 3, 1.0 / 3, 1.0 / 3}
		if weight == nil {
			want = []float64{1.0 / 2, 1.0 / 3, 1.0 / 6}
		}
		require.InDeltaSlice(t, want, p.Row(0), 1e-6)
		require.Zero(t, m.Coefficients[0])
	}
}

func TestWeightsAreRepetitions(t *testing.T) {
	s := blobs(200, 3, 3)
	repeated := learn.Sample{Target: learn.Target{Classes: 3}}
	repeated.Dense.Width = 3
	for i := range s.Dense.Rows {
		s.Weight = append(s.Weight, float64(1+i%3))
		for range 1 + i%3 {
			repeated.Dense.Rows++
			repeated.Dense.Data = append(repeated.Dense.Data, s.Dense.Row(i)...)
			repeated.Class = append(repeated.Class, s.Class[i])
		}
	}
	got, _ := fit(t, s, options(1, 0))
	want, _ := fit(t, repeated, options(1, 0))
	require.InDeltaSlice(t, want, got, 1e-7)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range cases {
		var first *Model
		var firstInfo learn.Info
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			m, info, err := Fit(t.Context(), c.sample, c.options, nil)
			require.NoError(t, err)
			if n == 1 {
				first, firstInfo = m, info
			}
			require.Equal(t, first, m, "with %d threads", n)
			require.Equal(t, firstInfo, info, "with %d threads", n)
		}
	}
}

// TestHardInput has data without a finite optimum, or with many.
func TestHardInput(t *testing.T) {
	sample := func(width int, x []float64, classes int, class ...int) learn.Sample {
		return learn.Sample{
			Input:  learn.Input{Dense: matrix.Dense{Rows: len(class), Width: width, Data: x}},
			Target: learn.Target{Class: class, Classes: classes},
		}
	}
	cases := map[string]learn.Sample{
		"separable":         sample(1, []float64{-2, -1, 1, 2}, 2, 0, 0, 1, 1),
		"one row":           sample(2, []float64{3, 4}, 2, 1),
		"one row, 3":        sample(2, []float64{3, 4}, 3, 2),
		"constant":          sample(2, []float64{1, 5, 1, 5, 1, 5}, 2, 0, 1, 0),
		"same columns":      sample(2, []float64{1, 1, 2, 2, 3, 3}, 3, 0, 1, 2),
		"huge":              sample(1, []float64{3e38, -3e38, 1e38, 2}, 2, 0, 1, 0, 1),
		"same rows, differ": sample(1, []float64{1, 1, 1, 1}, 2, 0, 1, 1, 1),
	}
	for name, s := range cases {
		for _, o := range []Options{{MaxIterations: 50, Tolerance: 1e-9}, {L2: 1, MaxIterations: 50, Tolerance: 1e-9},
			{L1: 0.1, MaxIterations: 50, Tolerance: 1e-9}} {
			m, info, err := Fit(t.Context(), s, o, nil)
			require.NoError(t, err)
			require.True(t, m.Finite(), "%s %+v", name, o)
			require.False(t, math.IsNaN(info.Loss), name)
			p, err := m.Predict(t.Context(), s.Input)
			require.NoError(t, err)
			for _, v := range p.Data {
				require.False(t, math.IsNaN(v), name)
			}
		}
	}
}

func TestKnownBits(t *testing.T) {
	var all []float64
	for _, c := range cases {
		params, info := fit(t, c.sample, c.options)
		all = append(append(all, params...), info.Loss, info.Gradient)
	}
	knownbits.Check(t, "3cac8a718be1ce36cf51b910475b0d23dba110b4a0fc2542318e833ab1a0bded", all)
}

func TestExport(t *testing.T) {
	for _, s := range []learn.Sample{blobs(500, 5, 2), blobs(500, 5, 4)} {
		m, _, err := Fit(t.Context(), s, options(1, 0), nil)
		require.NoError(t, err)
		want, err := m.Predict(t.Context(), s.Input)
		require.NoError(t, err)
		got, labels := onnxtest.Score(t, m, s.Dense, s.Classes)
		for i, row := range got {
			require.InDeltaSlice(t, want.Row(i), row, 1e-6)
			top := 0
			for k, v := range want.Row(i) {
				if v > want.Row(i)[top] {
					top = k
				}
			}
			require.Equal(t, top, labels[i])
		}
	}
}

func TestFinite(t *testing.T) {
	require.True(t, (&Model{affine.Map{Coefficients: []float32{1}, Intercepts: []float32{2}}}).Finite())
	require.False(t, (&Model{affine.Map{Coefficients: []float32{1}, Intercepts: []float32{float32(math.Inf(1))}}}).Finite())
	require.False(t, (&Model{affine.Map{Coefficients: []float32{float32(math.NaN())}}}).Finite())
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, _, err := Fit(ctx, blobs(3000, 4, 3), options(1, 0), func(done, _ int, _ float64) {
		if done == 2 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkFit(b *testing.B) {
	s := blobs(180_000, 28, 2)
	o := Options{L2: 1, MaxIterations: 200, Tolerance: 1e-6}
	for b.Loop() {
		if _, _, err := Fit(context.Background(), s, o, nil); err != nil {
			b.Fatal(err)
		}
	}
}
