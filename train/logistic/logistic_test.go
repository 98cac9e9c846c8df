package logistic

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	gonum "gonum.org/v1/gonum/optimize"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// blobs draws overlapping classes.
func blobs(rows, width, classes int) (features.Matrix, []int) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := features.Matrix{Rows: rows, Width: width, Data: make([]float64, rows*width)}
	y := make([]int, rows)
	for i := range y {
		y[i] = rng.IntN(classes) * rng.IntN(2) // unequal frequencies
		for j := range width {
			x.Data[i*width+j] = float64(float32(rng.Float64()*4 - 2))
			if j%classes == y[i] {
				x.Data[i*width+j] += 0.75
			}
		}
	}
	return x, y
}

func options(l2 float64, balanced bool) Options {
	return Options{L2: l2, Balanced: balanced, Options: optimize.Options{MaxIterations: 500, Tolerance: 1e-9}}
}

// cases cover both forms, one shard and many, and both weights.
var cases = []struct {
	name                 string
	rows, width, classes int
	options              Options
}{
	{"two classes", 300, 3, 2, options(1, false)},
	{"two classes balanced", 300, 3, 2, options(0.1, true)},
	{"four classes", 900, 5, 4, options(1, false)},
	{"four classes balanced, many shards", 5000, 9, 4, options(10, true)},
}

// objectiveOf is the same function written plainly, from the formula in the
// package comment.
func objectiveOf(x features.Matrix, y []int, classes int, o Options) func([]float64) float64 {
	count := make([]float64, classes)
	for _, c := range y {
		count[c]++
	}
	return func(p []float64) float64 {
		loss, total, penalty := 0.0, 0.0, 0.0
		for i := range x.Rows {
			w := 1.0
			if o.Balanced {
				w = float64(x.Rows) / (float64(classes) * count[y[i]])
			}
			z := make([]float64, classes)
			for k := range z {
				at := k * (x.Width + 1)
				if classes == 2 {
					if at = 0; k == 0 {
						continue
					}
				}
				z[k] = p[at+x.Width]
				for j, v := range x.Row(i) {
					z[k] += p[at+j] * v
				}
			}
			sum := 0.0
			for _, v := range z {
				sum += math.Exp(v)
			}
			loss += w * (math.Log(sum) - z[y[i]])
			total += w
		}
		for i, v := range p {
			if i%(x.Width+1) != x.Width {
				penalty += v * v
			}
		}
		return (loss + o.L2/2*penalty) / total
	}
}

func TestValueAndGradient(t *testing.T) {
	const valueTolerance, gradientTolerance = 1e-12, 1e-7
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x, y := blobs(c.rows, c.width, c.classes)
			obj := newObjective(Data{x, y, c.classes}, c.options)
			plain := objectiveOf(x, y, c.classes, c.options)
			rng := rand.New(rand.NewPCG(5, 6))
			params, grad := make([]float64, obj.size()), make([]float64, obj.size())
			for i := range params {
				params[i] = rng.Float64()*2 - 1
			}
			value, err := obj.eval(context.Background(), params, grad)
			require.NoError(t, err)
			require.InDelta(t, plain(params), value, valueTolerance)
			want := fd.Gradient(nil, plain, params, &fd.Settings{Formula: fd.Central})
			require.InDeltaSlice(t, want, grad, gradientTolerance)
		})
	}
}

func TestOptimumAgainstGonum(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x, y := blobs(c.rows, c.width, c.classes)
			obj := newObjective(Data{x, y, c.classes}, c.options)
			p := gonum.Problem{
				Func: func(p []float64) float64 {
					v, _ := obj.eval(context.Background(), p, make([]float64, len(p)))
					return v
				},
				Grad: func(grad, p []float64) { _, _ = obj.eval(context.Background(), p, grad) },
			}
			want, err := gonum.Minimize(p, make([]float64, obj.size()), &gonum.Settings{GradientThreshold: 1e-9}, &gonum.LBFGS{})
			require.NoError(t, err)
			got, err := optimize.Minimise(context.Background(), obj.eval, make([]float64, obj.size()), c.options.Options)
			require.NoError(t, err)
			require.Equal(t, optimize.ReasonTolerance, got.Reason)
			require.InDeltaSlice(t, want.X, got.X, 1e-6)
		})
	}
}

// TestInterceptsAlone has a closed form: without features the probabilities
// are the weighted class frequencies.
func TestInterceptsAlone(t *testing.T) {
	y := []int{0, 0, 0, 1, 1, 2}
	x := features.Matrix{Rows: len(y), Width: 1, Data: make([]float64, len(y))}
	fit, err := Train(context.Background(), Data{x, y, 3}, options(1, false))
	require.NoError(t, err)
	require.True(t, fit.Converged)
	z := fit.Model.Logits([]float64{0})
	require.InDelta(t, math.Log(3.0/2), z[0]-z[1], 1e-6)
	require.InDelta(t, math.Log(2), z[1]-z[2], 1e-6)
	require.Zero(t, fit.Model.Coefficients[0])
	balanced, err := Train(context.Background(), Data{x, y, 3}, options(1, true))
	require.NoError(t, err)
	z = balanced.Model.Logits([]float64{0})
	require.InDelta(t, 0, z[0]-z[2], 1e-6)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	x, y := blobs(6000, 7, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first Fit
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		fit, err := Train(context.Background(), Data{x, y, 3}, options(1, false))
		require.NoError(t, err)
		if n == 1 {
			first = fit
		}
		require.Equal(t, math.Float64bits(first.Loss), math.Float64bits(fit.Loss), "with %d threads", n)
		require.Equal(t, first, fit, "with %d threads", n)
	}
}

func TestSeparableWithoutPenalty(t *testing.T) {
	x := features.Matrix{Rows: 4, Width: 1, Data: []float64{-2, -1, 1, 2}}
	o := Options{Options: optimize.Options{MaxIterations: 5, Tolerance: 1e-9}}
	fit, err := Train(context.Background(), Data{x, []int{0, 0, 1, 1}, 2}, o)
	require.NoError(t, err)
	require.False(t, fit.Converged, "there is no finite optimum")
	require.True(t, fit.Model.Finite())
}

func TestFinite(t *testing.T) {
	require.True(t, Model{Coefficients: []float32{1}, Intercepts: []float32{2}}.Finite())
	require.False(t, Model{Coefficients: []float32{1}, Intercepts: []float32{float32(math.Inf(1))}}.Finite())
	require.False(t, Model{Coefficients: []float32{float32(math.NaN())}}.Finite())
}

func TestCancel(t *testing.T) {
	x, y := blobs(3000, 4, 3)
	ctx, cancel := context.WithCancel(context.Background())
	o := options(1, false)
	o.Progress = func(i int, _, _ float64) {
		if i == 2 {
			cancel()
		}
	}
	_, err := Train(ctx, Data{x, y, 3}, o)
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkTrain(b *testing.B) {
	x, y := blobs(180_000, 28, 2)
	o := options(1, false)
	o.Tolerance = 1e-6
	for b.Loop() {
		if _, err := Train(context.Background(), Data{x, y, 2}, o); err != nil {
			b.Fatal(err)
		}
	}
}
