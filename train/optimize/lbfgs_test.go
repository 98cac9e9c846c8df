package optimize

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// problem is a smooth function with a start, in gonum's form.
type problem interface {
	Func(x []float64) float64
	Grad(grad, x []float64)
}

func asFunc(p problem) Func {
	return func(_ context.Context, x, grad []float64) (float64, error) {
		p.Grad(grad, x)
		return p.Func(x), nil
	}
}

// ill is an ill-conditioned convex function with a known minimum at 1.
type ill struct{ n int }

func (p ill) scale(i int) float64 { return math.Pow(10, 4*float64(i)/float64(p.n-1)) }

func (p ill) Func(x []float64) float64 {
	sum := 0.0
	for i, v := range x {
		d := v - 1
		sum += p.scale(i) * (d*d/2 + d*d*d*d/4)
	}
	return sum
}

func (p ill) Grad(grad, x []float64) {
	for i, v := range x {
		d := v - 1
		grad[i] = p.scale(i) * (d + d*d*d)
	}
}

func TestAgainstGonum(t *testing.T) {
	cases := []struct {
		name  string
		p     problem
		start []float64
	}{
		{"extended Rosenbrock", functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2, 1, 3, -2}},
		{"Beale", functions.Beale{}, []float64{1, 1}},
		{"Brown badly scaled", functions.BrownBadlyScaled{}, []float64{1, 1}},
		{"Wood", functions.Wood{}, []float64{-3, -1, -3, -1}},
		{"ill-conditioned", ill{20}, make([]float64, 20)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Minimise(context.Background(), asFunc(c.p), c.start, Options{MaxIterations: 2000, Tolerance: 1e-8})
			require.NoError(t, err)
			want, err := optimize.Minimize(optimize.Problem{Func: c.p.Func, Grad: c.p.Grad}, c.start,
				&optimize.Settings{GradientThreshold: 1e-8, MajorIterations: 5000}, &optimize.LBFGS{})
			require.NoError(t, err)
			require.Less(t, got.Gradient, 1e-5)
			for i, x := range want.X {
				require.InDelta(t, x, got.X[i], 1e-6*math.Max(1, math.Abs(x)), "component %d, after %d iterations, %s", i, got.Iterations, got.Reason)
			}
			finite := fd.Gradient(nil, c.p.Func, got.X, &fd.Settings{Formula: fd.Central})
			for i := range finite {
				require.InDelta(t, 0, finite[i], 1e-3, "gradient by finite differences at the minimum")
			}
		})
	}
}

func TestReasons(t *testing.T) {
	ctx := context.Background()
	run := func(f Func, o Options) Result {
		r, err := Minimise(ctx, f, []float64{-1.2, 1}, o)
		require.NoError(t, err)
		return r
	}
	rosenbrock := asFunc(functions.ExtendedRosenbrock{})
	limited := run(rosenbrock, Options{MaxIterations: 3, Tolerance: 1e-9})
	require.Equal(t, ReasonIterations, limited.Reason)
	require.Equal(t, 3, limited.Iterations)
	nan := func(_ context.Context, _, grad []float64) (float64, error) { grad[1] = math.NaN(); return 1, nil }
	got := run(nan, Options{MaxIterations: 5, Tolerance: 1})
	require.Equal(t, ReasonPrecision, got.Reason, "a gradient of NaN must never look converged")
	unbounded := func(_ context.Context, x, grad []float64) (float64, error) {
		grad[0], grad[1] = -1, 0
		return -x[0], nil
	}
	require.Equal(t, ReasonPrecision, run(unbounded, Options{MaxIterations: 5, Tolerance: 1e-3}).Reason)
}

func TestErrorsEndTheRun(t *testing.T) {
	failure := errors.New("no more")
	calls := 0
	f := func(ctx context.Context, x, grad []float64) (float64, error) {
		if calls++; calls > 4 {
			return 0, failure
		}
		return asFunc(functions.ExtendedRosenbrock{})(ctx, x, grad)
	}
	_, err := Minimise(context.Background(), f, []float64{-1.2, 1}, Options{MaxIterations: 50})
	require.ErrorIs(t, err, failure)
}

func TestProgressReportsEachIterate(t *testing.T) {
	var values []float64
	r, err := Minimise(context.Background(), asFunc(ill{5}), make([]float64, 5), Options{MaxIterations: 100, Tolerance: 1e-6,
		Progress: func(i int, value, _ float64) {
			require.Len(t, values, i)
			values = append(values, value)
		}})
	require.NoError(t, err)
	require.Len(t, values, r.Iterations+1)
	for i := 1; i < len(values); i++ {
		require.Less(t, values[i], values[i-1], "f must decrease in every iteration")
	}
}
