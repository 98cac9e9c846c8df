package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// EigenSym returns the eigenvalues of a symmetric matrix in ascending order,
// and the eigenvectors as columns in the same order, of unit length and either
// sign. It is false where an element is not finite or the iteration fails.
func EigenSym(a matrix.Dense) (values []float64, vectors matrix.Dense, ok bool) {
	n := a.Rows
	vectors = matrix.Dense{Rows: n, Width: n, Data: append([]float64(nil), a.Data...)}
	values = make([]float64, n)
	if n == 0 || !matrix.Finite(a.Data) {
		return values, vectors, n == 0
	}
	s := blas64.Symmetric{N: n, Stride: n, Data: vectors.Data, Uplo: blas.Upper}
	withWork(func(work []float64, size int) { ok = lapack64.Syev(lapack.EVCompute, s, values, work, size) })
	return values, vectors, ok
}
