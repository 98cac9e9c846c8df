package boost

import (
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// objective is a loss as a function of the scores, of which there are one or
// more for each row.
type objective interface {
	// start returns the score of each output that all rows begin with.
	start() []float64

	// gradients sets the gradient and hessian of one output for each row of the
	// range, and returns their sums. The loss is summed for the first output.
	gradients(s *state, output int, r parallel.Range) sums

	// loss returns the unweighted loss of a row.
	loss(s *state, row int) float64

	// step limits a Newton step.
	step(v float64) float64
}

// renewer is an objective whose leaves have values of their own in place of
// Newton steps: what it returns for the residuals of a leaf's rows.
type renewer interface {
	renew(r []residual) float64
}

// residual is a row's target less its score.
type residual struct{ value, weight float64 }

// newton is the step of objectives that have no need to limit it.
type newton struct{}

func (newton) step(v float64) float64 { return v }

// target is what the rows are to teach.
type target struct{ learn.Target }

// total returns the weight of all rows.
func (t target) total(rows int) float64 {
	sum := 0.0
	for i := range rows {
		sum += t.Weight.Of(i)
	}
	return sum
}

// state is what changes from tree to tree, with the target.
type state struct {
	target
	scores  [][]float64 // by output and row
	pending update      // a tree that the scores lack
	pairs   []int64     // of each row: two float32 at first, then fixed-point numbers
	norm    []float64   // of each row the log of Σ exp of its scores; with several outputs only
}

// sums are totals over a range of rows.
type sums struct{ loss, gradient, hessian float64 } // of the loss, |g| and h

func (a sums) add(b sums) sums {
	return sums{a.loss + b.loss, a.gradient + b.gradient, a.hessian + b.hessian}
}

// set stores the gradient and hessian of a row, times its weight, and adds
// them to the sums.
func (s *state) set(row int, g, h float64, t *sums) {
	if s.Weight != nil {
		w := s.Weight[row]
		g, h = float64(g*w), float64(h*w)
	}
	s.pairs[row] = int64(math.Float32bits(float32(g)))<<32 | int64(math.Float32bits(float32(h)))
	t.gradient += math.Abs(g)
	t.hessian += h
}

// newObjective returns the objective of a task.
func newObjective(t target, o Options) objective {
	switch {
	case t.Classes == 2:
		return &logistic{target: t}
	case t.Classes > 0:
		return &softmax{target: t}
	}
	switch o.Objective {
	case AbsoluteError:
		return &quantile{target: t, alpha: 0.5}
	case Quantile:
		return &quantile{target: t, alpha: o.Alpha}
	case Poisson:
		return &tweedie{target: t, power: 1}
	case Gamma:
		return &tweedie{target: t, power: 2}
	case Tweedie:
		return &tweedie{target: t, power: o.TweediePower}
	}
	return &squared{target: t}
}
