package optimize

import (
	"context"
	"math"
)

// memory is how many correction pairs are kept (m of algorithm 7.5).
const memory = 10

// Func computes f(x) and stores its gradient in grad, which has the length of
// x.
type Func func(ctx context.Context, x, grad []float64) (float64, error)

// Options bound a minimisation. Tolerance is on the largest absolute component
// of the gradient.
type Options struct {
	MaxIterations int
	Tolerance     float64
	Progress      func(iteration int, value, gradient float64) // may be nil
}

// Reasons for ending.
const (
	ReasonTolerance  = "tolerance"      // the gradient is within the tolerance
	ReasonIterations = "max_iterations" // the limit was reached first
	ReasonPrecision  = "precision"      // no step decreases f any more in float64
)

// Result is the best point found.
type Result struct {
	X          []float64
	Value      float64
	Gradient   float64 // largest absolute component
	Iterations int
	Reason     string
}

// state is one run: the current point and the correction pairs.
type state struct {
	f         Func
	x, grad   []float64
	value     float64
	pairs     []pair // oldest first
	direction []float64
}

// pair is s = x⁺ - x and y = ∇f⁺ - ∇f with rho = 1 / sᵀy.
type pair struct {
	s, y []float64
	rho  float64
}

// Minimise runs L-BFGS from x0. It returns an error only where f does or the
// context ends; a value that is not finite is left to the caller to see.
func Minimise(ctx context.Context, f Func, x0 []float64, o Options) (Result, error) {
	st := &state{f: f, x: clone(x0), grad: make([]float64, len(x0)), direction: make([]float64, len(x0))}
	var err error
	if st.value, err = f(ctx, st.x, st.grad); err != nil {
		return Result{}, err
	}
	for iteration := 0; ; iteration++ {
		size := largest(st.grad)
		if o.Progress != nil {
			o.Progress(iteration, st.value, size)
		}
		reason := ""
		switch {
		case size <= o.Tolerance:
			reason = ReasonTolerance
		case !finite(st.value) || !finite(size):
			reason = ReasonPrecision
		case iteration >= o.MaxIterations:
			reason = ReasonIterations
		default:
			moved, err := st.step(ctx)
			if err != nil {
				return Result{}, err
			}
			if !moved {
				reason = ReasonPrecision
			}
		}
		if reason != "" {
			return Result{X: st.x, Value: st.value, Gradient: size, Iterations: iteration, Reason: reason}, nil
		}
	}
}

// step moves to the next iterate. Where the quasi-Newton direction fails, the
// pairs are dropped and steepest descent is tried once.
func (st *state) step(ctx context.Context) (bool, error) {
	for {
		st.twoLoop()
		first := 1.0
		if len(st.pairs) == 0 {
			first = math.Min(1, 1/norm1(st.grad))
		}
		p, err := st.search(ctx, first)
		if err != nil {
			return false, err
		}
		if p.ok {
			st.accept(p)
			return true, nil
		}
		if len(st.pairs) == 0 {
			return false, nil
		}
		st.pairs = nil
	}
}

// accept stores the correction pair, unless its curvature is too small to be
// of use, and moves.
func (st *state) accept(p point) {
	s, y := make([]float64, len(st.x)), make([]float64, len(st.x))
	for i := range s {
		s[i] = p.x[i] - st.x[i]
		y[i] = p.grad[i] - st.grad[i]
	}
	const epsilon = 2.220446049250313e-16
	if sy := dot(s, y); sy > float64(epsilon*dot(y, y)) {
		if len(st.pairs) == memory {
			st.pairs = append(st.pairs[:0], st.pairs[1:]...)
		}
		st.pairs = append(st.pairs, pair{s, y, 1 / sy})
	}
	st.x, st.grad, st.value = p.x, p.grad, p.value
}

// twoLoop sets the direction to -H∇f (algorithm 7.4), with the initial matrix
// scaled by sᵀy / yᵀy of the newest pair (equation 7.20).
func (st *state) twoLoop() {
	q := st.direction
	for i, g := range st.grad {
		q[i] = -g
	}
	n := len(st.pairs)
	if n == 0 {
		return
	}
	alpha := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		p := st.pairs[i]
		alpha[i] = float64(p.rho * dot(p.s, q))
		axpy(-alpha[i], p.y, q)
	}
	last := st.pairs[n-1]
	gamma := 1 / float64(last.rho*dot(last.y, last.y))
	for i := range q {
		q[i] = float64(gamma * q[i])
	}
	for i, p := range st.pairs {
		beta := float64(p.rho * dot(p.y, q))
		axpy(alpha[i]-beta, p.s, q)
	}
}
