package decompose

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Which method is used: eigenvectors of the products of columns with so many
// times more rows than columns, where they cost least, and of those of the
// fewer of columns and rows, where rotations would take too long. Squaring the
// rows loses singular values below 1e-8 of the largest; rotations keep them.
const (
	tall       = 10
	mostTurned = 300
)

// spectrum is the squares of the singular values in descending order, as many
// as there are rows or columns, and the unit vectors that belong to them.
type spectrum struct {
	squares  []float64
	loadings matrix.Dense // a row each; zero where a vector is not known
}

func decompose(ctx context.Context, d linalg.Design, centre []float64) (spectrum, error) {
	rows, width := d.X.Rows, d.X.Width
	var out spectrum
	var ok bool
	var err error
	switch {
	case rows >= tall*width || rows >= width && width > mostTurned:
		out, ok, err = ofColumns(ctx, d, centre)
	case rows >= width:
		var triangle matrix.Dense
		if triangle, err = d.Triangle(ctx, centre); err == nil {
			out, ok = turned(ctx, triangle, false)
		}
	case rows <= mostTurned:
		out, ok = turned(ctx, transposed(weighted(d, centre)), true)
	default:
		out, ok, err = ofRows(ctx, weighted(d, centre))
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && !ok {
		err = job.Problems{{Code: job.CodeDiverged, Field: "train.algorithm",
			Message: "the decomposition of the training rows did not converge", Hint: "scale the columns"}}
	}
	direct(out.loadings)
	return out, err
}

// ofColumns takes the eigenvectors of Σ w (x−c)(x−c)ᵀ.
func ofColumns(ctx context.Context, d linalg.Design, centre []float64) (spectrum, bool, error) {
	gram, err := d.Gram(ctx, centre)
	if err != nil {
		return spectrum{}, false, err
	}
	values, vectors, ok := linalg.EigenSym(gram)
	n := len(values)
	out := spectrum{squares: make([]float64, n), loadings: matrix.NewDense(n, n)}
	for k := range n {
		from := n - 1 - k // they ascend
		out.squares[k] = math.Max(0, values[from])
		for c := range n {
			out.loadings.Row(k)[c] = vectors.Row(c)[from]
		}
	}
	return out, ok, nil
}

// ofRows takes the eigenvectors u of the products of rows B Bᵀ: those of the
// columns are Bᵀu, but for their length.
func ofRows(ctx context.Context, b matrix.Dense) (spectrum, bool, error) {
	products, err := linalg.MulTransposed(ctx, b, b)
	if err != nil {
		return spectrum{}, false, err
	}
	values, vectors, ok := linalg.EigenSym(products)
	n := len(values)
	out := spectrum{squares: make([]float64, n)}
	across := matrix.NewDense(n, n)
	for k := range n {
		from := n - 1 - k
		out.squares[k] = math.Max(0, values[from])
		for i := range n {
			across.Row(k)[i] = vectors.Row(i)[from]
		}
	}
	if out.loadings, err = linalg.Mul(ctx, across, b); err != nil {
		return spectrum{}, false, err
	}
	for k := range n {
		unit(out.loadings.Row(k), out.squares[k] > float64(1e-13*out.squares[0]))
	}
	return out, ok, nil
}

// unit divides by the length, or clears what has none but rounding.
func unit(v []float64, known bool) {
	length := linalg.Norm(v)
	if !known || length == 0 {
		clear(v)
		return
	}
	for c := range v {
		v[c] /= length
	}
}

// turned takes the singular vectors that rotations find: those on the right of
// a, or those on the left.
func turned(ctx context.Context, a matrix.Dense, left bool) (spectrum, bool) {
	svd, ok := linalg.ThinSVD(ctx, a)
	if !ok {
		return spectrum{}, false
	}
	out := spectrum{squares: make([]float64, len(svd.S)), loadings: transposed(svd.V)}
	if left {
		out.loadings = transposed(svd.U)
	}
	for k, s := range svd.S {
		out.squares[k] = float64(s * s)
		if left && s <= float64(1e-14*svd.S[0]) {
			clear(out.loadings.Row(k))
		}
	}
	return out, true
}

// weighted is the rows less the centre, times the roots of their weights.
func weighted(d linalg.Design, centre []float64) matrix.Dense {
	out := matrix.NewDense(d.X.Rows, d.X.Width)
	for i := range out.Rows {
		root := 1.0
		if d.Weight != nil {
			root = math.Sqrt(d.Weight[i])
		}
		for c, v := range d.X.Row(i) {
			out.Row(i)[c] = float64(root * (v - centre[c]))
		}
	}
	return out
}

func transposed(m matrix.Dense) matrix.Dense {
	out := matrix.NewDense(m.Width, m.Rows)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			out.Row(j)[i] = v
		}
	}
	return out
}
