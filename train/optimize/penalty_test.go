package optimize

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// quadratic is (x-a)ᵀH(x-a)/2 with H = diag(h) + c·11ᵀ.
type quadratic struct {
	a, h []float64
	c    float64
}

func (q quadratic) eval(_ context.Context, x, grad []float64) (float64, error) {
	sum, value := 0.0, 0.0
	for i, v := range x {
		sum += v - q.a[i]
	}
	for i, v := range x {
		grad[i] = q.h[i]*(v-q.a[i]) + q.c*sum
		value += grad[i] * (v - q.a[i]) / 2
	}
	return value, nil
}

func (q quadratic) matrix() matrix.Dense {
	m := matrix.NewDense(len(q.a), len(q.a))
	for i := range q.a {
		for j := range q.a {
			m.Row(i)[j] = q.c
		}
		m.Row(i)[i] += q.h[i]
	}
	return m
}

func problemWithPenalty() (quadratic, []float64) {
	q := quadratic{a: []float64{3, -0.2, 0.01, -5, 2, 0.5}, h: []float64{1, 2, 3, 100, 0.1, 5}, c: 0.7}
	return q, []float64{0.5, 0.5, 0.5, 20, 0.3, 0}
}

// TestL1MeetsTheConditions compares with the conditions for a minimum: the
// gradient is minus the penalty's, or within it where a component is zero.
func TestL1MeetsTheConditions(t *testing.T) {
	q, l1 := problemWithPenalty()
	curvatures := map[string]func(context.Context, []float64) (*Curvature, error){
		"orthant-wise": nil,
		"orthant-wise with the diagonal": func(context.Context, []float64) (*Curvature, error) {
			return &Curvature{Solve: func(v []float64) {
				for i := range v {
					v[i] /= q.h[i]
				}
			}}, nil
		},
		"proximal":            func(context.Context, []float64) (*Curvature, error) { return &Curvature{Matrix: q.matrix()}, nil },
		"proximal, half of H": func(context.Context, []float64) (*Curvature, error) { return &Curvature{Matrix: half(q.matrix())}, nil },
	}
	for name, curvature := range curvatures {
		t.Run(name, func(t *testing.T) {
			r, err := Minimise(t.Context(), q.eval, make([]float64, len(q.a)),
				Options{MaxIterations: 500, Tolerance: 1e-9, L1: l1, Curvature: curvature})
			require.NoError(t, err)
			require.Equal(t, ReasonTolerance, r.Reason)
			grad := make([]float64, len(q.a))
			value, _ := q.eval(t.Context(), r.X, grad)
			zeros := 0
			for i, x := range r.X {
				value += l1[i] * math.Abs(x)
				if x == 0 {
					zeros++
					require.LessOrEqual(t, math.Abs(grad[i]), l1[i]+1e-8)
				} else {
					require.InDelta(t, -math.Copysign(l1[i], x), grad[i], 1e-8)
				}
			}
			require.Positive(t, zeros)
			require.InDelta(t, value, r.Value, 1e-12)
		})
	}
}

func half(m matrix.Dense) matrix.Dense {
	for i := range m.Data {
		m.Data[i] /= 2
	}
	return m
}

func TestExactCurvatureTakesOneStep(t *testing.T) {
	q, _ := problemWithPenalty()
	sum := 0.0
	for _, h := range q.h {
		sum += 1 / h
	}
	// The inverse of diag(h) + c·11ᵀ, after Sherman and Morrison.
	solve := func(v []float64) {
		weighted := 0.0
		for i := range v {
			v[i] /= q.h[i]
			weighted += v[i]
		}
		for i := range v {
			v[i] -= q.c * weighted / (1 + q.c*sum) / q.h[i]
		}
	}
	r, err := Minimise(t.Context(), q.eval, make([]float64, len(q.a)), Options{MaxIterations: 50, Tolerance: 1e-9,
		Curvature: func(context.Context, []float64) (*Curvature, error) { return &Curvature{Solve: solve}, nil }})
	require.NoError(t, err)
	require.Equal(t, 1, r.Iterations)
	require.InDeltaSlice(t, q.a, r.X, 1e-10)
}

// TestUselessCurvature points uphill, so steepest descent has to take over.
func TestUselessCurvature(t *testing.T) {
	q, l1 := problemWithPenalty()
	uphill := func(context.Context, []float64) (*Curvature, error) {
		return &Curvature{Solve: func(v []float64) {
			for i := range v {
				v[i] = -v[i]
			}
		}}, nil
	}
	for _, penalty := range [][]float64{nil, l1} {
		r, err := Minimise(t.Context(), q.eval, make([]float64, len(q.a)),
			Options{MaxIterations: 500, Tolerance: 1e-7, L1: penalty, Curvature: uphill})
		require.NoError(t, err)
		require.Equal(t, ReasonTolerance, r.Reason)
	}
}
