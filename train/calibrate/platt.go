package calibrate

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Limits of Newton's method in [fitPlatt].
const (
	plattIterations = 100
	plattStep       = 1e-10 // smallest step of the line search
	plattGradient   = 1e-9
	plattRidge      = 1e-12 // keeps the Hessian positive definite
)

// sigmoid is 1/(1+exp(A·s+B)).
type sigmoid struct{ a, b float64 }

func (f sigmoid) at(s float64) float64 { return fpmath.Sigmoid(-(float64(f.a*s) + f.b)) }

// fitPlatt maximises the likelihood with Platt's smoothed targets, after Lin, Lin
// and Weng, "A note on Platt's probabilistic outputs for support vector
// machines" (2007), which gives the steps that are safe from overflow.
func fitPlatt(scores []float64, positive []bool, weight matrix.Weights) sigmoid {
	var up, down float64
	for i, y := range positive {
		if y {
			up += weight.Of(i)
		} else {
			down += weight.Of(i)
		}
	}
	targets := make([]float64, len(scores))
	for i, y := range positive {
		targets[i] = 1 / (down + 2)
		if y {
			targets[i] = (up + 1) / (up + 2)
		}
	}
	p := plattProblem{scores, targets, weight}
	f := sigmoid{0, fpmath.Log((down + 1) / (up + 1))}
	loss := p.loss(f)
	for range plattIterations {
		g, h := p.derivatives(f)
		if math.Abs(g[0]) < plattGradient && math.Abs(g[1]) < plattGradient {
			break
		}
		det := float64(h[0]*h[2]) - float64(h[1]*h[1])
		da := -(float64(h[2]*g[0]) - float64(h[1]*g[1])) / det
		db := -(float64(h[0]*g[1]) - float64(h[1]*g[0])) / det
		slope := float64(g[0]*da) + float64(g[1]*db)
		next, better := f, false
		for step := 1.0; step >= plattStep; step /= 2 {
			next = sigmoid{f.a + float64(step*da), f.b + float64(step*db)}
			if l := p.loss(next); l < loss+float64(1e-4*float64(step*slope)) {
				loss, better = l, true
				break
			}
		}
		if !better {
			break
		}
		f = next
	}
	return f
}

type plattProblem struct {
	scores, targets []float64
	weight          matrix.Weights
}

// loss is Σ w(t·f + log(1+e^-f)) with f = A·s+B, in the form that does not
// overflow.
func (p plattProblem) loss(f sigmoid) float64 {
	sum := 0.0
	for i, s := range p.scores {
		z := float64(f.a*s) + f.b
		l := float64(p.targets[i]*z) + fpmath.Log1p(fpmath.Exp(-math.Abs(z)))
		if z < 0 {
			l -= z
		}
		sum += float64(p.weight.Of(i) * l)
	}
	return sum
}

// derivatives are the gradient (A, B) and the Hessian (AA, AB, BB).
func (p plattProblem) derivatives(f sigmoid) (g [2]float64, h [3]float64) {
	h[0], h[2] = plattRidge, plattRidge
	for i, s := range p.scores {
		q := f.at(s)
		d := float64(p.weight.Of(i) * (p.targets[i] - q))
		c := float64(p.weight.Of(i) * float64(q*(1-q)))
		g[0] += float64(s * d)
		g[1] += d
		h[0] += float64(float64(s*s) * c)
		h[1] += float64(s * c)
		h[2] += c
	}
	return g, h
}
