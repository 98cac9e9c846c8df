package optimize

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// memory is how many correction pairs are kept (m of algorithm 7.5).
const memory = 10

// Func computes f(x) and stores its gradient in grad, which has the length of
// x.
type Func func(ctx context.Context, x, grad []float64) (float64, error)

// Curvature approximates a matrix of second derivatives.
type Curvature struct {
	Solve  func(q []float64) // replaces q by the product of the inverse with q
	Matrix matrix.Dense      // the matrix, or empty where it is not known as a whole
}

// Options bound a minimisation. Tolerance is on the largest absolute component
// of the gradient, or with an L1 penalty of the subgradient nearest to zero.
type Options struct {
	MaxIterations int
	Tolerance     float64
	Progress      func(iteration int, value, gradient float64) // may be nil

	// L1 is the weight of each component's absolute value in what is minimised;
	// nil for none.
	L1 []float64

	// Curvature returns an approximation of the second derivatives at x, or nil
	// where there is none. It is asked for before iterations 0, 2, 4, 8 and so on,
	// and with L1 before each as long as it gives a matrix.
	Curvature func(ctx context.Context, x []float64) (*Curvature, error)
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
	l1        []float64
	x, grad   []float64
	value     float64   // with the L1 penalty
	steepest  []float64 // the gradient, or the subgradient nearest to zero
	pairs     []pair    // oldest first
	direction []float64
	curvature *Curvature // may be nil
}

// pair is s = x⁺ - x and y = ∇f⁺ - ∇f with rho = 1 / sᵀy.
type pair struct {
	s, y []float64
	rho  float64
}

// Minimise runs L-BFGS from x0. It returns an error only where f does or the
// context ends; a value that is not finite is left to the caller to see.
func Minimise(ctx context.Context, f Func, x0 []float64, o Options) (Result, error) {
	st := &state{f: f, l1: o.L1, x: clone(x0), grad: make([]float64, len(x0)), direction: make([]float64, len(x0))}
	var err error
	if st.value, err = f(ctx, st.x, st.grad); err != nil {
		return Result{}, err
	}
	st.value += st.penalty(st.x)
	for iteration := 0; ; iteration++ {
		st.steepest = st.subgradient(st.x, st.grad)
		size := largest(st.steepest)
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
			moved, err := st.iterate(ctx, iteration, o)
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

// iterate renews the curvature where it is time to, and makes a step.
func (st *state) iterate(ctx context.Context, iteration int, o Options) (bool, error) {
	due := iteration != 1 && iteration&(iteration-1) == 0
	if o.Curvature != nil && (due || st.proximal()) {
		var err error
		if st.curvature, err = o.Curvature(ctx, st.x); err != nil {
			return false, err
		}
	}
	return st.step(ctx)
}

// proximal says that the penalty and the whole curvature are there.
func (st *state) proximal() bool {
	return st.l1 != nil && st.curvature != nil && st.curvature.Matrix.Rows > 0
}

// step moves to the next iterate. Where the quasi-Newton direction fails, the
// pairs are dropped and steepest descent is tried once.
func (st *state) step(ctx context.Context) (bool, error) {
	for {
		p, err := st.trial(ctx)
		if err != nil {
			return false, err
		}
		if p.ok {
			st.accept(p)
			return true, nil
		}
		if len(st.pairs) == 0 && st.curvature == nil {
			return false, nil
		}
		st.pairs, st.curvature = nil, nil
	}
}

// trial chooses a direction and searches along it.
func (st *state) trial(ctx context.Context) (point, error) {
	if st.proximal() {
		st.minimiseModel()
		return st.backtrack(ctx, 1, st.along)
	}
	st.twoLoop()
	first := 1.0
	if len(st.pairs) == 0 && st.curvature == nil {
		first = math.Min(1, 1/norm1(st.steepest))
	}
	if st.l1 != nil {
		st.descend()
		return st.backtrack(ctx, first, st.project)
	}
	return st.search(ctx, first)
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

// twoLoop sets the direction to -H∇f (algorithm 7.4). The initial matrix is
// the inverse of the curvature, or the identity without one, scaled by
// sᵀy / yᵀHy of the newest pair (equation 7.20).
func (st *state) twoLoop() {
	q := st.direction
	for i, g := range st.steepest {
		q[i] = -g
	}
	n := len(st.pairs)
	alpha := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		p := st.pairs[i]
		alpha[i] = float64(p.rho * dot(p.s, q))
		axpy(-alpha[i], p.y, q)
	}
	if st.curvature != nil {
		st.curvature.Solve(q)
	}
	if n > 0 {
		last := st.pairs[n-1]
		hy := last.y
		if st.curvature != nil {
			hy = clone(hy)
			st.curvature.Solve(hy)
		}
		gamma := 1 / float64(last.rho*dot(last.y, hy))
		for i := range q {
			q[i] = float64(gamma * q[i])
		}
	}
	for i, p := range st.pairs {
		beta := float64(p.rho * dot(p.y, q))
		axpy(alpha[i]-beta, p.s, q)
	}
}
