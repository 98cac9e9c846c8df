package linalg

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Portable says whether gonum sums in index order, as its Go code does and its
// assembly does not: whether this program was compiled with -tags noasm.
func Portable() bool {
	x, ones := make([]float64, 64), make([]float64, 64)
	sum := 0.0
	for i := range x {
		x[i], ones[i] = 1/float64(3+i), 1
		sum += x[i]
	}
	n := len(x)
	return blas64.Dot(blas64.Vector{N: n, Inc: 1, Data: x}, blas64.Vector{N: n, Inc: 1, Data: ones}) == sum
}

// KnownAnswer computes small factorisations and products of fixed numbers. It
// takes about a millisecond, and its bits are the same wherever linear algebra
// computes as it does elsewhere.
func KnownAnswer() []float64 {
	const rows, width = 300, 37 // two shards; two of the blocks of 32 that gonum works in
	ctx := context.Background()
	rng := rand.NewPCG(11, 12)
	x := matrix.NewDense(rows, width)
	for i := range x.Data {
		x.Data[i] = fpmath.Uniform(rng) - 0.5
	}
	d := Design{X: x, Y: x.Data[:rows], Weight: x.Data[rows : 2*rows]}
	d.Weight = append([]float64(nil), d.Weight...)
	for i, w := range d.Weight {
		d.Weight[i] = 1 + w
	}
	means, _, _ := d.Means(ctx)
	gram, _ := d.Gram(ctx, means)
	out := append([]float64(nil), gram.Data...)
	if c, ok := Factor(gram); ok {
		b := append([]float64(nil), means...)
		c.Solve(b)
		out = append(out, b...)
	}
	triangle, _ := d.Triangle(ctx, means)
	solution, _ := MinNorm(triangle, means, 1e-12)
	_, vectors, _ := EigenSym(gram)
	svd, _ := ThinSVD(ctx, x.Slice(0, width+3))
	product, _ := MulTransposed(ctx, x.Slice(0, 9), x.Slice(9, 20))
	for _, part := range [][]float64{triangle.Data, solution, vectors.Data, svd.U.Data, svd.V.Data, svd.S, product.Data} {
		out = append(out, part...)
	}
	return out
}
