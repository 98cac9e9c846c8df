package optimize

import (
	"context"
	"math"
)

// Constants of the strong Wolfe conditions, as recommended for quasi-Newton
// methods, and limits of the search.
const (
	c1          = 1e-4
	c2          = 0.9
	maxBracket  = 20
	maxZoom     = 30
	growth      = 2.0
	interpolate = 0.1   // an interpolated step keeps this share away from both ends
	noise       = 4e-15 // relative difference that values may have by rounding alone
)

// point is a trial step: f and its slope along the direction at step alpha.
type point struct {
	alpha, value, slope float64
	x, grad             []float64
	ok                  bool // the strong Wolfe conditions hold
}

// line is φ(α) = f(x + α d) with φ(0) and φ'(0).
type line struct {
	*state
	value0, slope0 float64
}

// search is algorithm 3.5: it grows the step until an interval holds a point
// that meets the conditions, and then zooms in. The point's ok is false where
// none was found.
func (st *state) search(ctx context.Context, first float64) (point, error) {
	l := line{st, st.value, dot(st.steepest, st.direction)}
	if !(l.slope0 < 0) {
		return point{}, nil
	}
	previous := point{value: l.value0, slope: l.slope0, x: st.x, grad: st.grad}
	alpha := first
	for i := range maxBracket {
		p, err := l.at(ctx, alpha)
		if err != nil {
			return p, err
		}
		switch {
		case p.ok:
			return p, nil
		case !finite(p.value) || l.tooHigh(p) || i > 0 && p.value >= previous.value:
			return l.zoom(ctx, previous, p)
		case p.slope >= 0:
			return l.zoom(ctx, p, previous)
		}
		previous = p
		alpha = float64(alpha * growth)
	}
	return point{}, nil
}

// zoom is algorithm 3.6 on the interval between lo, the best point so far, and
// hi. Where float64 cannot tell the values apart any more, a lower gradient
// at lo is accepted in place of the curvature condition.
func (l line) zoom(ctx context.Context, lo, hi point) (point, error) {
	for range maxZoom {
		p, err := l.at(ctx, between(lo, hi))
		if err != nil {
			return p, err
		}
		switch {
		case p.ok:
			return p, nil
		case !finite(p.value) || l.tooHigh(p) || p.value >= lo.value:
			hi = p
		default:
			if float64(p.slope*(hi.alpha-lo.alpha)) >= 0 {
				hi = lo
			}
			lo = p
		}
	}
	lo.ok = lo.alpha > 0 && lo.value < l.value0
	return lo, nil
}

func (l line) at(ctx context.Context, alpha float64) (point, error) {
	p := point{alpha: alpha, x: clone(l.x), grad: make([]float64, len(l.x))}
	axpy(alpha, l.direction, p.x)
	var err error
	if p.value, err = l.f(ctx, p.x, p.grad); err != nil {
		return p, err
	}
	p.slope = dot(p.grad, l.direction)
	p.ok = !l.tooHigh(p) && math.Abs(p.slope) <= float64(-c2*l.slope0) || l.unseen(p)
	return p, nil
}

// unseen says that float64 cannot tell the value from that at the start, and
// that the slopes meet the approximate Wolfe conditions of Hager and Zhang, A
// new conjugate gradient method with guaranteed descent (2005).
func (l line) unseen(p point) bool {
	return math.Abs(p.value-l.value0) <= float64(noise*math.Abs(l.value0)) &&
		p.slope >= float64(c2*l.slope0) && p.slope <= float64((2*c1-1)*l.slope0)
}

// tooHigh says that the sufficient decrease condition fails (equation 3.7a).
func (l line) tooHigh(p point) bool {
	return !(p.value <= l.value0+float64(float64(c1*p.alpha)*l.slope0))
}

// between minimises the cubic through both ends (equation 3.59), or bisects
// where that is not well inside the interval.
func between(lo, hi point) float64 {
	width := hi.alpha - lo.alpha
	middle := lo.alpha + float64(0.5*width)
	d1 := lo.slope + hi.slope - float64(3*((hi.value-lo.value)/width))
	square := float64(d1*d1) - float64(lo.slope*hi.slope)
	if !(square >= 0) {
		return middle
	}
	d2 := math.Copysign(math.Sqrt(square), width)
	t := (hi.slope + d2 - d1) / (hi.slope - lo.slope + float64(2*d2))
	if !(t <= 1-interpolate && t >= interpolate) {
		t = math.Max(interpolate, math.Min(1-interpolate, t))
		if !finite(t) {
			return middle
		}
	}
	return hi.alpha - float64(t*width)
}
