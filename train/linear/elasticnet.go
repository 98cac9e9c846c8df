package linear

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// maxGram is the largest number of columns whose products with each other are
// kept, which makes a step of coordinate descent cheap where rows are many.
const maxGram = 2048

// unseen is a change of the predictions, in parts of the values, that is lost in
// rounding.
const unseen = 1e-14

// descent is coordinate descent on 1/2 βᵀGβ - cᵀβ + λ₁ ‖β‖₁ + λ₂/2 ‖β‖²,
// with G = XᵀX / W and c = Xᵀy / W for centred, weighted rows.
type descent struct {
	beta     []float64
	diagonal []float64 // of G
	c        []float64
	yy       float64 // yᵀy / W
	l1, l2   float64
	still    bool // no coordinate moves any more in float64
	products
}

// products knows Gβ, either from G or by way of the rows.
type products interface {
	at(j int) float64         // element j of Gβ
	move(j int, step float64) // β_j has changed
}

// elasticNet runs coordinate descent to a small duality gap, as in Friedman,
// Hastie and Tibshirani, Regularization paths for generalized linear models via
// coordinate descent (2010).
func (d *data) elasticNet(ctx context.Context, o Options, p learn.Progress) ([]float64, learn.Info, error) {
	g, err := d.descent(ctx)
	if err != nil {
		return nil, learn.Info{}, err
	}
	g.l1, g.l2 = float64(o.Alpha*o.L1Ratio), float64(o.Alpha*(1-o.L1Ratio))
	sweeps, converged := 0, false
	var gap, loss float64
	for {
		gap, loss = g.gap()
		if p != nil {
			p(sweeps, o.MaxIterations, loss)
		}
		converged = gap <= float64(float64(o.Tolerance*0.5)*g.yy)
		if converged || g.still || sweeps >= o.MaxIterations {
			break
		}
		sweeps += g.run(o.MaxIterations - sweeps)
		if err := ctx.Err(); err != nil {
			return nil, learn.Info{}, err
		}
	}
	return g.beta, g.info(sweeps, loss, converged), nil
}

// descent chooses how to keep products.
func (d *data) descent(ctx context.Context) (*descent, error) {
	width := d.X.Width
	g := &descent{beta: make([]float64, width), diagonal: make([]float64, width), c: make([]float64, width)}
	if width <= maxGram && width <= d.X.Rows {
		gram, err := d.Gram(ctx, d.means)
		if err != nil {
			return nil, err
		}
		for i, v := range gram.Data {
			gram.Data[i] = v / d.total
		}
		copy(g.c, gram.Row(width))
		for j := range width {
			g.diagonal[j] = gram.Row(j)[j]
		}
		g.yy = gram.Row(width)[width]
		g.products = &fromGram{gram, make([]float64, width+1)}
	} else {
		columns := linalg.Transpose(d.Rows(d.means))
		y := columns.Row(width)
		for j := range width {
			x := columns.Row(j)
			g.diagonal[j], g.c[j] = linalg.Dot(x, x)/d.total, linalg.Dot(x, y)/d.total
		}
		g.yy = linalg.Dot(y, y) / d.total
		g.products = &fromRows{columns.Slice(0, width), d.total, make([]float64, d.X.Rows)}
	}
	for j, square := range g.diagonal {
		if d.constant(j, float64(square*d.total)) {
			g.diagonal[j] = 0
		}
	}
	return g, nil
}

// run makes a sweep over all coordinates, and then sweeps over those that are
// not zero until they hardly move. It returns how many it made.
func (g *descent) run(most int) int {
	const share = 0.1 // of the first sweep's largest step
	first := g.sweep(false)
	g.still = first <= float64(unseen*math.Sqrt(g.yy))
	sweeps := 1
	for step := first; sweeps < most && step > float64(share*first); sweeps++ {
		step = g.sweep(true)
	}
	return sweeps
}

// sweep minimises over each coordinate in turn and returns the largest change
// of the predictions, by their root mean square.
func (g *descent) sweep(active bool) float64 {
	largest := 0.0
	for j, old := range g.beta {
		square := g.diagonal[j]
		if square == 0 || active && old == 0 {
			continue
		}
		v := g.c[j] - g.at(j) + float64(square*old)
		g.beta[j] = optimize.Shrink(v, g.l1) / (square + g.l2)
		if step := g.beta[j] - old; step != 0 {
			g.move(j, step)
			largest = math.Max(largest, float64(math.Abs(step)*math.Sqrt(square)))
		}
	}
	return largest
}

// gap is the difference between the objective and a lower bound of it, the dual
// objective at the residuals scaled to be feasible; for the formulas see
// scikit-learn's _cd_fast.pyx.
func (g *descent) gap() (gap, objective float64) {
	cb, bgb, l1, square, top := 0.0, 0.0, 0.0, 0.0, 0.0
	for j, b := range g.beta {
		product := g.at(j)
		cb += float64(g.c[j] * b)
		bgb += float64(product * b)
		l1 += math.Abs(b)
		square += float64(b * b)
		if g.diagonal[j] > 0 {
			top = math.Max(top, math.Abs(g.c[j]-product-float64(g.l2*b)))
		}
	}
	rr := math.Max(0, g.yy-float64(2*cb)+bgb) // of the residuals
	ry := g.yy - cb
	objective = float64(0.5*rr) + float64(g.l1*l1) + float64(float64(0.5*g.l2)*square)
	s := 1.0
	if top > g.l1 {
		s = g.l1 / top
	}
	// The dual at s times the residuals.
	dual := float64(s*ry) - float64(float64(float64(0.5*s)*s)*(rr+float64(g.l2*square)))
	return objective - dual, objective
}

// info says how it ended.
func (g *descent) info(sweeps int, loss float64, converged bool) learn.Info {
	info := learn.Info{Iterations: sweeps, Loss: loss, Converged: converged, Stopped: optimize.ReasonIterations}
	switch {
	case converged:
		info.Stopped = optimize.ReasonTolerance
	case g.still:
		info.Stopped = optimize.ReasonPrecision
	}
	return info
}

// fromGram keeps Gβ.
type fromGram struct {
	gram    matrix.Dense
	product []float64
}

func (f *fromGram) at(j int) float64         { return f.product[j] }
func (f *fromGram) move(j int, step float64) { linalg.AddScaled(f.product, step, f.gram.Row(j)) }

// fromRows keeps Xβ.
type fromRows struct {
	columns matrix.Dense // of the features
	total   float64
	product []float64
}

func (f *fromRows) at(j int) float64         { return linalg.Dot(f.columns.Row(j), f.product) / f.total }
func (f *fromRows) move(j int, step float64) { linalg.AddScaled(f.product, step, f.columns.Row(j)) }
