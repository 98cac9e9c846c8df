package linear

import (
	"context"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// wide solves for one number a row where there are fewer rows than columns. For
// rows X that are centred and scaled by the roots of their weights, β = Xᵀz with
// (X Xᵀ + λ) z = y; where λ is too small for that, with Xᵀ = Q·R, β = Q·z for
// the z that minimises ‖Rᵀz - y‖² + λ ‖z‖².
func (d *data) wide(ctx context.Context, lambda float64) ([]float64, error) {
	rows := d.Rows(d.means)
	x, y := matrix.NewDense(rows.Rows, d.X.Width), make([]float64, rows.Rows)
	for i := range y {
		copy(x.Row(i), rows.Row(i))
		y[i] = rows.Row(i)[d.X.Width]
	}
	beta := make([]float64, d.X.Width)
	if lambda > float64(fairPenalty*linalg.Dot(x.Data, x.Data)) {
		k, err := linalg.MulTransposed(ctx, x, x)
		if err != nil {
			return nil, err
		}
		for i := range k.Rows {
			k.Row(i)[i] += lambda
		}
		if c, ok := linalg.Factor(k); ok {
			c.Solve(y)
			linalg.AddTransposed(x, y, beta)
			return beta, nil
		}
	}
	q, r := linalg.QR(linalg.Transpose(x))
	dropRounding(r)
	z, err := penalised(ctx, linalg.Transpose(r), y, lambda)
	if err != nil {
		return nil, err
	}
	linalg.Times(q, z, 0, beta)
	return beta, nil
}

// dropRounding makes rows of R zero that are short beside the longest: of a row
// of X that others give, nothing but rounding is left.
func dropRounding(r matrix.Dense) {
	longest := 0.0
	for i := range r.Rows {
		longest = max(longest, linalg.Norm(r.Row(i)))
	}
	for i := range r.Rows {
		if linalg.Norm(r.Row(i)) <= float64(cutoff*longest) {
			clear(r.Row(i))
		}
	}
}
