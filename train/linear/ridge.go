package linear

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

const (
	// The smallest pivot of the correlations, 1 less a squared multiple
	// correlation, from which the normal equations are solved as they are, and
	// from which residuals of the rows make good what they lose.
	goodPivot = 1e-3
	fairPivot = 1e-8

	// cutoff is how much of a column of length 1 has to be left over by others for
	// it to count: well above what float32 rounds off the features.
	cutoff = 1e-6

	// At most as many times, or until a change is negligible beside β.
	refinements = 3
	negligible  = 1e-9

	// fairPenalty is the least λ, in parts of the sum of squares of all features,
	// for which the normal equations of the dual are well enough conditioned.
	fairPenalty = 1e-9
)

// ridge minimises Σ w r² + λ ‖β‖² and returns the first term too.
func (d *data) ridge(ctx context.Context, lambda float64) (beta []float64, square float64, err error) {
	if d.X.Width > d.X.Rows {
		beta, err = d.wide(ctx, lambda)
	} else {
		var g matrix.Dense
		if g, err = d.Gram(ctx, d.means); err != nil {
			return nil, 0, err
		}
		n, scale := d.normal(g, lambda)
		if c, ok := linalg.Factor(n); ok && c.SmallestPivot() > fairPivot {
			beta, err = d.normalEquations(ctx, g, lambda, scaled{c, scale})
			return beta, squares(g, beta), err
		}
		beta, err = d.orthogonal(ctx, lambda)
	}
	if err != nil {
		return nil, 0, err
	}
	square, err = d.residuals(ctx, beta, d.intercept(beta), nil)
	return beta, square, err
}

// squares is Σ w r² from the products of the columns with each other.
func squares(g matrix.Dense, beta []float64) float64 {
	sum := g.Row(len(beta))[len(beta)]
	for i, v := range beta {
		row := g.Row(i)
		sum += float64(v * (linalg.Dot(row[:len(beta)], beta) - float64(2*row[len(beta)])))
	}
	return math.Max(0, sum)
}

// normal is the matrix of the normal equations with ones on its diagonal: that
// of unit n is scale·(G + λ)·scale. Constant columns, whose scale is zero, are
// left out by a one on the diagonal.
func (d *data) normal(g matrix.Dense, lambda float64) (n matrix.Dense, scale []float64) {
	width := d.X.Width
	n, scale = matrix.NewDense(width, width), make([]float64, width)
	for j := range scale {
		if square := g.Row(j)[j]; !d.constant(j, square) {
			scale[j] = 1 / math.Sqrt(square+lambda)
		}
	}
	for i := range width {
		for j := range width {
			n.Row(i)[j] = float64(float64(g.Row(i)[j]*scale[i]) * scale[j])
		}
		n.Row(i)[i] = 1
	}
	return n, scale
}

// scaled is a factorised matrix between two diagonal ones.
type scaled struct {
	linalg.Cholesky
	scale []float64
}

func (s scaled) solve(b []float64) {
	for j, v := range s.scale {
		b[j] = float64(b[j] * v)
	}
	s.Solve(b)
	for j, v := range s.scale {
		b[j] = float64(b[j] * v)
	}
}

// normalEquations solves (G + λ) β = Xᵀy, and then for what is left of it.
func (d *data) normalEquations(ctx context.Context, g matrix.Dense, lambda float64, s scaled) ([]float64, error) {
	width := d.X.Width
	beta := append([]float64(nil), g.Row(width)[:width]...)
	s.solve(beta)
	if s.SmallestPivot() > goodPivot {
		return beta, nil
	}
	for range refinements {
		step := make([]float64, width)
		for j, v := range beta {
			step[j] = float64(-lambda * v)
		}
		if _, err := d.residuals(ctx, beta, d.intercept(beta), step); err != nil {
			return nil, err
		}
		s.solve(step)
		linalg.Add(beta, step)
		if linalg.Norm(step) <= float64(negligible*linalg.Norm(beta)) {
			break
		}
	}
	return beta, nil
}

// orthogonal solves by a QR factorisation of the rows, which loses less than
// the normal equations, and takes the solution of least norm where there are
// several.
func (d *data) orthogonal(ctx context.Context, lambda float64) ([]float64, error) {
	r, err := d.Triangle(ctx, d.means)
	if err != nil {
		return nil, err
	}
	width := d.X.Width
	a, b := matrix.NewDense(width+1, width), make([]float64, width+1)
	for i := range r.Rows {
		copy(a.Row(i), r.Row(i))
		b[i] = r.Row(i)[width]
	}
	for j := range width {
		square := 0.0
		for i := range j + 1 {
			square += float64(a.Row(i)[j] * a.Row(i)[j])
		}
		if d.constant(j, square) {
			for i := range j + 1 {
				a.Row(i)[j] = 0
			}
		}
	}
	return penalised(ctx, a, b, lambda)
}

// penalised returns the x of least norm that minimises ‖A·x - b‖² + λ ‖x‖².
func penalised(ctx context.Context, a matrix.Dense, b []float64, lambda float64) ([]float64, error) {
	n := a.Width
	rows := linalg.Design{X: matrix.NewDense(a.Rows+n, n), Y: make([]float64, a.Rows+n)}
	copy(rows.X.Data, a.Data)
	copy(rows.Y, b)
	for j := range n {
		rows.X.Row(a.Rows + j)[j] = math.Sqrt(lambda)
	}
	r, err := rows.Triangle(ctx, make([]float64, n+1))
	if err != nil {
		return nil, err
	}
	square, right := matrix.NewDense(n, n), make([]float64, n)
	for i := range n {
		copy(square.Row(i), r.Row(i))
		right[i] = r.Row(i)[n]
	}
	x, _ := linalg.MinNorm(square, right, cutoff)
	return x, nil
}
