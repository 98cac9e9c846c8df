package erm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// coupled is a loss of several outputs that depends on all of them:
// Σ_k (η_k - y)²/2 + (Σ_k η_k)²/2.
type coupled struct {
	y       []float64
	outputs int
}

func (c coupled) Outputs() int { return c.outputs }

func (c coupled) Slope(from int, eta, loss []float64) {
	for i := range loss {
		z, sum := eta[i*c.outputs:(i+1)*c.outputs], 0.0
		for _, v := range z {
			sum += v
		}
		loss[i] = sum * sum / 2
		for k, v := range z {
			d := v - c.y[from+i]
			loss[i] += d * d / 2
			z[k] = d + sum
		}
	}
}

func (c coupled) Curvature(_ int, _, h []float64) {
	for j := range c.outputs {
		for k := range c.outputs {
			h[j*c.outputs+k] = 1
		}
		h[j*c.outputs+j] = 2
	}
}

func problem(rows, width, outputs int, weighted bool) Problem {
	rng := rand.New(rand.NewPCG(1, uint64(rows)))
	p := Problem{X: matrix.NewDense(rows, width), L2: 0.3}
	y := make([]float64, rows)
	for i := range p.X.Data {
		p.X.Data[i] = rng.NormFloat64()
	}
	for i := range y {
		y[i] = rng.NormFloat64() + 1
		if weighted {
			p.Weight = append(p.Weight, 0.5+rng.Float64())
		}
	}
	p.Loss = coupled{y, outputs}
	return p
}

// plain is the objective from the formula of the package comment.
func plain(p Problem, params []float64) float64 {
	sum, total, penalty := 0.0, 0.0, 0.0
	eta, loss := make([]float64, p.Loss.Outputs()), make([]float64, 1)
	for i := range p.X.Rows {
		for k := range eta {
			v := p.vector(params, k)
			eta[k] = v[p.X.Width]
			for j, x := range p.X.Row(i) {
				eta[k] += v[j] * x
			}
		}
		p.Loss.Slope(i, eta, loss)
		w := 1.0
		if p.Weight != nil {
			w = p.Weight[i]
		}
		sum += w * loss[0]
		total += w
	}
	for i, v := range params {
		if !p.intercept(i) {
			penalty += v * v
		}
	}
	return sum/total + p.L2/2*penalty
}

func problems() []Problem {
	return []Problem{problem(1, 1, 1, false), problem(300, 5, 1, true), problem(2000, 7, 3, false), problem(700, 6, 9, true),
		problem(20, 600, 1, true), problem(30, 300, 2, false)}
}

func TestGradient(t *testing.T) {
	for _, p := range problems() {
		if p.Size() > 100 {
			continue // finite differences of so many take long
		}
		obj := newObjective(p)
		rng := rand.New(rand.NewPCG(5, 6))
		params, grad := make([]float64, p.Size()), make([]float64, p.Size())
		for i := range params {
			params[i] = rng.Float64()*2 - 1
		}
		value, err := obj.eval(t.Context(), params, grad)
		require.NoError(t, err)
		require.InDelta(t, plain(p, params), value, 1e-12*math.Max(1, value))
		want := fd.Gradient(nil, func(x []float64) float64 { return plain(p, x) }, params, &fd.Settings{Formula: fd.Central})
		require.InDeltaSlice(t, want, grad, 1e-6)
	}
}

// TestCurvatureOfAQuadratic knows all rows of small data, so for a quadratic
// loss one step is enough, but for the little that is added to the diagonal.
// That holds for whole matrices; blocks and diagonals take more.
func TestCurvatureOfAQuadratic(t *testing.T) {
	for i, p := range problems() {
		r, err := p.Minimise(t.Context(), make([]float64, p.Size()), optimize.Options{MaxIterations: 300, Tolerance: 1e-8})
		require.NoError(t, err)
		require.Equal(t, optimize.ReasonTolerance, r.Reason, "problem %d", i)
		if p.Size() <= maxBlock {
			require.LessOrEqual(t, r.Iterations, 4, "problem %d", i)
		}
	}
}

func TestTotal(t *testing.T) {
	require.InDelta(t, 3, Total(3, nil), 0)
	require.InDelta(t, 3.5, Total(2, []float64{1, 2.5}), 0)
}
