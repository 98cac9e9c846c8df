package linalg

import (
	"context"
	"math"

	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// QR returns the factors of A with as many rows as columns or more: Q with
// orthonormal columns, and the square upper triangle R.
func QR(a matrix.Dense) (q, r matrix.Dense) {
	q = matrix.Dense{Rows: a.Rows, Width: a.Width, Data: append([]float64(nil), a.Data...)}
	tau := make([]float64, a.Width)
	geqrf(q, tau)
	r = triangle(q, a.Width)
	withWork(func(work []float64, size int) { lapack64.Orgqr(general(q), tau, work, size) })
	return q, r
}

// geqrf leaves R in the upper triangle of a and the reflectors below it.
func geqrf(a matrix.Dense, tau []float64) {
	withWork(func(work []float64, size int) { lapack64.Geqrf(general(a), tau, work, size) })
}

// triangle is a copy of the first rows above and on the diagonal.
func triangle(a matrix.Dense, rows int) matrix.Dense {
	r := matrix.NewDense(rows, a.Width)
	for i := range min(rows, a.Rows) {
		copy(r.Row(i)[i:], a.Row(i)[i:])
	}
	return r
}

// Triangle returns R of the QR factorisation of the rows less the centre, each
// times the root of its weight. A shard stacks its rows below its R block by
// block, and the shards are combined in a fixed tree.
func (d Design) Triangle(ctx context.Context, centre []float64) (matrix.Dense, error) {
	width := d.Width()
	block := max(blockRows, 4*width)
	shards := parallel.Shards(d.X.Rows, 2*block, maxShards)
	parts := make([]matrix.Dense, len(shards))
	err := parallel.Do(ctx, len(shards), func(s int) {
		r := matrix.NewDense(width, width)
		for _, b := range parallel.Blocks(shards[s].Len(), block) {
			if ctx.Err() != nil {
				return
			}
			r = stack(r, d.scaled(parallel.Range{From: shards[s].From + b.From, To: shards[s].From + b.To}, centre))
		}
		parts[s] = r
	})
	if err != nil {
		return matrix.Dense{}, err
	}
	for stride := 1; stride < len(parts); stride *= 2 {
		for i := 0; i+stride < len(parts); i += 2 * stride {
			parts[i] = stack(parts[i], parts[i+stride])
		}
	}
	return parts[0], nil
}

// scaled is a range of rows less the centre, times the roots of their weights.
func (d Design) scaled(r parallel.Range, centre []float64) matrix.Dense {
	out := matrix.NewDense(r.Len(), d.Width())
	for i := range out.Rows {
		row := out.Row(i)
		d.centred(r.From+i, centre, row)
		if d.Weight != nil {
			root := math.Sqrt(d.Weight[r.From+i])
			for j, v := range row {
				row[j] = float64(root * v)
			}
		}
	}
	return out
}

// Rows returns the rows with Y as a last column, less the centre, each times the
// root of its weight.
func (d Design) Rows(centre []float64) matrix.Dense {
	return d.scaled(parallel.Range{From: 0, To: d.X.Rows}, centre)
}

// stack is the R of a triangle above more rows.
func stack(r, rows matrix.Dense) matrix.Dense {
	n := r.Width
	all := matrix.Dense{Rows: n + rows.Rows, Width: n, Data: make([]float64, 0, (n+rows.Rows)*n)}
	all.Data = append(append(all.Data, r.Data...), rows.Data...)
	geqrf(all, make([]float64, n))
	return triangle(all, n)
}
