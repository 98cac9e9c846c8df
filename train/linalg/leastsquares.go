package linalg

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// MinNorm returns, of the vectors that minimise ‖A·x - b‖ for a square A, the
// one of least norm, and the rank of A: how many columns, each scaled to length
// 1, are left by a QR factorisation with column pivoting with a diagonal
// element above cutoff. The rows that are left are factorised again from the
// right.
func MinNorm(a matrix.Dense, b []float64, cutoff float64) (x []float64, rank int) {
	n := a.Width
	x = make([]float64, n)
	if n == 0 || !matrix.Finite(a.Data) {
		return x, 0
	}
	f, lengths := unitColumns(a)
	pivots, tau := make([]int, n), make([]float64, n)
	for i := range pivots {
		pivots[i] = -1 // free to move
	}
	withWork(func(work []float64, size int) { lapack64.Geqp3(general(f), pivots, tau, work, size) })
	for rank < n && math.Abs(f.Row(rank)[rank]) > cutoff {
		rank++
	}
	if rank == 0 {
		return x, 0
	}
	c := matrix.Dense{Rows: n, Width: 1, Data: append([]float64(nil), b...)}
	withWork(func(work []float64, size int) {
		lapack64.Ormqr(blas.Left, blas.Trans, general(f), tau, general(c), work, size)
	})
	t := triangle(f.Slice(0, rank), rank)
	for i := range rank {
		for j, v := range t.Row(i) {
			t.Row(i)[j] = float64(v * lengths[pivots[j]])
		}
	}
	for i, v := range trapezium(t, c.Data[:rank]) {
		x[pivots[i]] = v
	}
	return x, rank
}

// unitColumns is a matrix with its columns divided by their lengths; a length of
// zero is 1.
func unitColumns(a matrix.Dense) (unit matrix.Dense, lengths []float64) {
	unit = matrix.Dense{Rows: a.Rows, Width: a.Width, Data: append([]float64(nil), a.Data...)}
	lengths = make([]float64, a.Width)
	for i := range a.Rows {
		for j, v := range a.Row(i) {
			lengths[j] += float64(v * v)
		}
	}
	for j, v := range lengths {
		if lengths[j] = math.Sqrt(v); v == 0 {
			lengths[j] = 1
		}
	}
	for i := range unit.Rows {
		row := unit.Row(i)
		for j := range row {
			row[j] /= lengths[j]
		}
	}
	return unit, lengths
}

// trapezium solves T·z = c, of which the first columns are an upper triangle,
// for the z of least norm. It overwrites T.
func trapezium(t matrix.Dense, c []float64) []float64 {
	n, rank := t.Width, t.Rows
	z := matrix.Dense{Rows: n, Width: 1, Data: make([]float64, n)}
	copy(z.Data, c)
	head := general(z.Slice(0, rank))
	if rank == n {
		lapack64.Trtrs(blas.NoTrans, blas64.Triangular{N: n, Stride: n, Data: t.Data, Uplo: blas.Upper, Diag: blas.NonUnit}, head)
		return z.Data
	}
	tau := make([]float64, rank)
	withWork(func(work []float64, size int) { lapack64.Gelqf(general(t), tau, work, size) })
	lapack64.Trtrs(blas.NoTrans, blas64.Triangular{N: rank, Stride: n, Data: t.Data, Uplo: blas.Lower, Diag: blas.NonUnit}, head)
	withWork(func(work []float64, size int) {
		lapack64.Ormlq(blas.Left, blas.Trans, general(t), tau, general(z), work, size)
	})
	return z.Data
}

// withWork asks a routine how much memory it wants and then runs it.
func withWork(run func(work []float64, size int)) {
	work := []float64{0}
	run(work, -1)
	work = make([]float64, int(work[0]))
	run(work, len(work))
}
