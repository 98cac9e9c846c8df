package erm

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Rows are cut into at most maxShards contiguous shards of at least minRows,
// and a shard into blocks. All are part of what decides a model's bits.
const (
	maxShards = 16
	minRows   = 256
	blockRows = 64
)

// Loss is a convex loss of each row as a function of its linear predictors.
type Loss interface {
	// Outputs is the number of linear predictors of a row.
	Outputs() int

	// Slope stores the losses of the rows from the given one on, as many as loss
	// holds, and replaces their predictors, row by row, by the derivatives of the
	// losses.
	Slope(from int, eta, loss []float64)

	// Curvature stores second derivatives of one row's loss in h, Outputs by
	// Outputs, or something near them that is positive semidefinite.
	Curvature(row int, eta, h []float64)
}

// Problem is what to minimise.
type Problem struct {
	X      matrix.Dense
	Weight matrix.Weights // of each row
	Loss   Loss
	L2, L1 float64 // λ₂ and λ₁
}

// Size is the number of parameters: for each output its coefficients, then its
// intercept.
func (p Problem) Size() int { return p.Loss.Outputs() * (p.X.Width + 1) }

// Minimise starts from the given parameters. It returns an error only where the
// context ends.
func (p Problem) Minimise(ctx context.Context, start []float64, o optimize.Options) (optimize.Result, error) {
	obj := newObjective(p)
	o.Curvature = obj.curvature
	if p.L1 > 0 {
		o.L1 = make([]float64, p.Size())
		for i := range o.L1 {
			if !p.intercept(i) {
				o.L1[i] = p.L1
			}
		}
	}
	res, err := optimize.Minimise(ctx, obj.eval, start, o)
	if err != nil {
		return res, fmt.Errorf("minimise empirical risk: %w", err)
	}
	return res, nil
}

// intercept says whether parameter i is one.
func (p Problem) intercept(i int) bool { return i%(p.X.Width+1) == p.X.Width }

// vector is the part of the parameters that belongs to output k.
func (p Problem) vector(params []float64, k int) []float64 {
	return params[k*(p.X.Width+1) : (k+1)*(p.X.Width+1)]
}

// objective is the smooth part of the risk as a function of the parameters.
type objective struct {
	Problem
	total   float64 // Σw
	shards  []parallel.Range
	samples int     // of rows taken so far for the curvature
	sampled *sample // the last one
}

func newObjective(p Problem) *objective {
	return &objective{Problem: p, total: Total(p.X.Rows, p.Weight), shards: parallel.Shards(p.X.Rows, minRows, maxShards)}
}

// Total is the sum of the weights, which are all 1 where there are none.
func Total(rows int, weight []float64) float64 {
	if weight == nil {
		return float64(rows)
	}
	total := 0.0
	for _, w := range weight {
		total += w
	}
	return total
}

// Info says how a minimisation ended.
func Info(r optimize.Result) learn.Info {
	return learn.Info{Iterations: r.Iterations, Loss: r.Value, Gradient: r.Gradient,
		Converged: r.Reason == optimize.ReasonTolerance, Stopped: r.Reason}
}

// eval is an [optimize.Func].
func (o *objective) eval(ctx context.Context, params, grad []float64) (float64, error) {
	parts := make([][]float64, len(o.shards))
	weights := o.pack(params)
	err := parallel.Do(ctx, len(parts), func(s int) { parts[s] = o.shard(o.shards[s], params, weights) })
	if err != nil {
		return 0, err
	}
	sum := linalg.Combine(parts)
	penalty := 0.0
	for i := range grad {
		grad[i] = sum[i] / o.total
		if !o.intercept(i) {
			penalty += float64(params[i] * params[i])
			grad[i] += float64(o.L2 * params[i])
		}
	}
	return sum[len(grad)]/o.total + float64(float64(0.5*o.L2)*penalty), nil
}
