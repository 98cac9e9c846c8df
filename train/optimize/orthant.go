package optimize

import (
	"context"
	"math"
)

// The methods below make L-BFGS the orthant-wise method of Andrew and Gao,
// Scalable training of L1-regularized log-linear models (2007): f plus a
// weighted sum of absolute values is smooth as long as no component changes its
// sign, so a step stays in the orthant that it starts into.

// penalty is the weighted sum of absolute values.
func (st *state) penalty(x []float64) float64 {
	sum := 0.0
	for i, w := range st.l1 {
		sum += float64(w * math.Abs(x[i]))
	}
	return sum
}

// subgradient is the one nearest to zero.
func (st *state) subgradient(x, grad []float64) []float64 {
	if st.l1 == nil {
		return grad
	}
	out := make([]float64, len(grad))
	for i, g := range grad {
		w := st.l1[i]
		switch {
		case x[i] > 0:
			out[i] = g + w
		case x[i] < 0:
			out[i] = g - w
		case g+w < 0:
			out[i] = g + w
		case g-w > 0:
			out[i] = g - w
		case g != g:
			out[i] = g
		}
	}
	return out
}

// descend drops the components of the direction that do not.
func (st *state) descend() {
	for i, g := range st.steepest {
		if st.l1[i] > 0 && float64(st.direction[i]*g) >= 0 {
			st.direction[i] = 0
		}
	}
}

// backtrack halves the step until f with its penalty decreases enough, or, where
// float64 cannot tell the values apart any more, its subgradient does.
func (st *state) backtrack(ctx context.Context, first float64, at func(alpha float64) []float64) (point, error) {
	const sufficient, smaller = 0.1, 0.75
	size := largest(st.steepest)
	alpha := first
	for range maxBracket + maxZoom {
		p := point{alpha: alpha, x: at(alpha), grad: make([]float64, len(st.x))}
		var err error
		if p.value, err = st.f(ctx, p.x, p.grad); err != nil {
			return p, err
		}
		p.value += st.penalty(p.x)
		change := st.penalty(p.x) - st.penalty(st.x)
		for i, g := range st.grad {
			change += float64(g * (p.x[i] - st.x[i]))
		}
		unseen := float64(noise * math.Abs(st.value))
		p.ok = finite(p.value) && (change < 0 && p.value <= st.value+float64(sufficient*change) ||
			change >= -unseen && p.value <= st.value+unseen && largest(st.subgradient(p.x, p.grad)) < float64(smaller*size))
		if p.ok {
			return p, nil
		}
		alpha = float64(alpha * 0.5)
	}
	return point{}, nil
}

// along is the point at a step of alpha.
func (st *state) along(alpha float64) []float64 {
	x := clone(st.x)
	axpy(alpha, st.direction, x)
	return x
}

// project moves along the direction and holds what would leave the orthant at
// zero.
func (st *state) project(alpha float64) []float64 {
	x := st.along(alpha)
	for i, w := range st.l1 {
		side := st.x[i]
		if side == 0 {
			side = -st.steepest[i]
		}
		if w > 0 && float64(x[i]*side) <= 0 {
			x[i] = 0
		}
	}
	return x
}
