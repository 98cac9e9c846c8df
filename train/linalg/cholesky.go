package linalg

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// Cholesky is the factor U of a symmetric positive definite matrix UᵀU.
type Cholesky struct{ u blas64.Triangular }

// Factor factorises a symmetric matrix, of which it reads the upper triangle.
// It is false where a pivot is not positive.
func Factor(a matrix.Dense) (Cholesky, bool) {
	data := append([]float64(nil), a.Data...)
	if a.Rows == 0 || !matrix.Finite(data) {
		return Cholesky{}, false
	}
	u, ok := lapack64.Potrf(blas64.Symmetric{N: a.Rows, Stride: a.Width, Data: data, Uplo: blas.Upper})
	return Cholesky{u}, ok
}

// Solve replaces b by the solution of UᵀU x = b.
func (c Cholesky) Solve(b []float64) {
	lapack64.Potrs(c.u, blas64.General{Rows: c.u.N, Cols: 1, Stride: 1, Data: b})
}

// SolveMatrix replaces each column of b by the solution for it.
func (c Cholesky) SolveMatrix(b matrix.Dense) { lapack64.Potrs(c.u, general(b)) }

// Upper returns U, zero below the diagonal.
func (c Cholesky) Upper() matrix.Dense {
	out := matrix.NewDense(c.u.N, c.u.N)
	for i := range c.u.N {
		copy(out.Row(i)[i:], c.u.Data[i*c.u.Stride+i:i*c.u.Stride+c.u.N])
	}
	return out
}

// SmallestPivot is the smallest squared diagonal element of U, which for a
// matrix with ones on its diagonal says how near it is to being singular.
func (c Cholesky) SmallestPivot() float64 {
	least := 0.0
	for i := range c.u.N {
		d := c.u.Data[i*c.u.Stride+i]
		if p := float64(d * d); i == 0 || p < least {
			least = p
		}
	}
	return least
}

func general(m matrix.Dense) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: m.Width, Stride: max(1, m.Width), Data: m.Data}
}
