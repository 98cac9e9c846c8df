package linalg

import (
	"context"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// Mul returns the product A·B, each element one sum over the columns of A in
// order.
func Mul(ctx context.Context, a, b matrix.Dense) (matrix.Dense, error) {
	out := matrix.NewDense(a.Rows, b.Width)
	var panels tile.Panels
	panels.Pack(b)
	return out, multiply(ctx, &panels, a, out)
}

// MulTransposed returns the product A·Bᵀ.
func MulTransposed(ctx context.Context, a, b matrix.Dense) (matrix.Dense, error) {
	out := matrix.NewDense(a.Rows, b.Rows)
	var panels tile.Panels
	panels.PackTransposed(b)
	return out, multiply(ctx, &panels, a, out)
}

func multiply(ctx context.Context, panels *tile.Panels, a, out matrix.Dense) error {
	blocks := parallel.Blocks(a.Rows, blockRows)
	return parallel.Do(ctx, len(blocks), func(i int) {
		r := blocks[i]
		panels.Add(out.Slice(r.From, r.To), a.Slice(r.From, r.To))
	})
}

// Times stores X·w + b for the rows in out.
func Times(x matrix.Dense, w []float64, b float64, out []float64) {
	i := 0
	for ; i+1 < x.Rows; i += 2 {
		s, t := dotPair(x.Data[i*x.Width:(i+2)*x.Width], w)
		out[i], out[i+1] = s+b, t+b
	}
	if i < x.Rows {
		out[i] = Dot(x.Row(i), w) + b
	}
}

// dotPair is [Dot] of w with each of two rows that follow each other.
func dotPair(rows, w []float64) (s, t float64) {
	var s0, s1, s2, s3, t0, t1, t2, t3 float64
	a, b := rows[:len(w)], rows[len(w):][:len(w)]
	for len(w) >= 4 && len(a) >= 4 && len(b) >= 4 {
		s0 += float64(a[0] * w[0])
		t0 += float64(b[0] * w[0])
		s1 += float64(a[1] * w[1])
		t1 += float64(b[1] * w[1])
		s2 += float64(a[2] * w[2])
		t2 += float64(b[2] * w[2])
		s3 += float64(a[3] * w[3])
		t3 += float64(b[3] * w[3])
		a, b, w = a[4:], b[4:], w[4:]
	}
	for i, v := range w {
		s0 += float64(a[i] * v)
		t0 += float64(b[i] * v)
	}
	return (s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3)
}

// AddTransposed adds Xᵀr to g, four rows at a time: g + ((r₀x₀ + r₁x₁) +
// (r₂x₂ + r₃x₃)).
func AddTransposed(x matrix.Dense, r, g []float64) {
	n := x.Width
	g = g[:n]
	i := 0
	for ; i+3 < x.Rows; i += 4 {
		r0, r1, r2, r3 := r[i], r[i+1], r[i+2], r[i+3]
		rows := x.Data[i*n : (i+4)*n]
		x0, x1, x2, x3 := rows[:n], rows[n:][:n], rows[2*n:][:n], rows[3*n:][:n]
		for j := range g {
			g[j] += (float64(r0*x0[j]) + float64(r1*x1[j])) + (float64(r2*x2[j]) + float64(r3*x3[j]))
		}
	}
	for ; i < x.Rows; i++ {
		AddScaled(g, r[i], x.Row(i))
	}
}
