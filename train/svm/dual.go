package svm

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// dual is coordinate descent on the dual of a loss that is not squared, as in
// Hsieh et al., A dual coordinate descent method for large-scale linear SVM
// (2008), and Ho and Lin, Large-scale linear support vector regression (2012).
// The dual is
//
//	min ½ ‖Σ_i a_i x_i‖² - Σ_i a_i y_i + ε Σ_i |a_i|,  |a_i| <= w_i/λ
//
// over one number a row, and β = Σ_i a_i x_i; the rows x_i have a last
// feature of 1. For the hinge ε is zero, and a_i y_i is not negative.
type dual struct {
	*fitter
	y      []float64
	sided  bool      // the hinge
	a      []float64 // one number a row
	square []float64 // ‖x_i‖²
	beta   []float64 // with the intercept
	order  []int
	rng    *rand.PCG
}

func newDual(f *fitter, y []float64) *dual {
	d := &dual{fitter: f, y: y, sided: f.s.Classes > 0, a: make([]float64, len(y)), square: make([]float64, len(y)),
		beta: make([]float64, f.s.Dense.Width+1), order: make([]int, len(y)), rng: rand.NewPCG(f.o.Seed, 0)}
	for i := range y {
		row := f.s.Dense.Row(i)
		d.square[i] = linalg.Dot(row, row) + 1
		d.order[i] = i
	}
	return d
}

func (d *dual) minimise(ctx context.Context) ([]float64, learn.Info, error) {
	info := learn.Info{Stopped: optimize.ReasonIterations}
	for {
		if err := ctx.Err(); err != nil {
			return nil, info, err
		}
		info.Gradient = d.sweep()
		info.Iterations++
		if d.progress != nil {
			d.progress(info.Iterations, 0, d.absolute(d.y, d.beta))
		}
		if info.Gradient <= d.o.Tolerance {
			info.Converged, info.Stopped = true, optimize.ReasonTolerance
			break
		}
		if info.Iterations >= d.o.MaxIterations {
			break
		}
	}
	info.Loss = d.absolute(d.y, d.beta)
	return d.beta, info, nil
}

// sweep minimises over each coordinate in an order drawn anew, and returns the
// largest violation that it met of the conditions for a minimum.
func (d *dual) sweep() float64 {
	worst := 0.0
	width := d.s.Dense.Width
	for at := range d.order {
		other := at + int(d.rng.Uint64()%uint64(len(d.order)-at))
		d.order[at], d.order[other] = d.order[other], d.order[at]
		i := d.order[at]
		row, old := d.s.Dense.Row(i), d.a[i]
		slope := linalg.Dot(row, d.beta[:width]) + d.beta[width] - d.y[i]
		next := d.clip(i, d.lowest(old, slope, d.square[i]))
		if next == old {
			continue
		}
		worst = math.Max(worst, math.Abs(d.clip(i, d.lowest(old, slope, 1))-old))
		d.a[i] = next
		linalg.AddScaled(d.beta[:width], next-old, row)
		d.beta[width] += next - old
	}
	return worst
}

// lowest is where the parabola through a of the given slope and curvature, with
// ε |a|, is lowest.
func (d *dual) lowest(a, slope, curvature float64) float64 {
	v := a - slope/curvature
	if d.sided {
		return v
	}
	w := d.o.Epsilon / curvature
	switch {
	case v > w:
		return v - w
	case v < -w:
		return v + w
	}
	return 0
}

// clip holds a coordinate of row i within its bounds.
func (d *dual) clip(i int, a float64) float64 {
	bound := 1 / d.o.L2
	if d.s.Weight != nil {
		bound = d.s.Weight[i] / d.o.L2
	}
	low, high := -bound, bound
	if d.sided && d.y[i] > 0 {
		low = 0
	} else if d.sided {
		high = 0
	}
	return math.Min(high, math.Max(low, a))
}
