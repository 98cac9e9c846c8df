package linalg

import (
	"context"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/matrix"
)

const (
	epsilon   = 2.220446049250313e-16 // distance from 1 to the next float64
	maxSweeps = 60
)

// SVD is the thin singular value decomposition U·diag(S)·Vᵀ of a matrix, with
// the singular values in descending order. The columns of V are orthonormal;
// those of U are too, but zero where the singular value is.
type SVD struct {
	U, V matrix.Dense
	S    []float64
}

// ThinSVD decomposes a matrix with as many rows as columns or more: by a QR
// factorisation and one-sided Jacobi rotations of R, which find small singular
// values to full relative precision. gonum's own is not used, because a
// threshold of it comes from math.Pow, whose last bit differs between
// processors. It is false where an element is not finite or the rotations do
// not converge.
func ThinSVD(ctx context.Context, a matrix.Dense) (SVD, bool) {
	n := a.Width
	if a.Rows < n || !matrix.Finite(a.Data) {
		return SVD{}, false
	}
	scale := powerOfTwo(a.Data)
	scaled := matrix.Dense{Rows: a.Rows, Width: n, Data: make([]float64, len(a.Data))}
	for i, v := range a.Data {
		scaled.Data[i] = v / scale
	}
	q, r := QR(scaled)
	left, right := Transpose(r), matrix.NewDense(n, n)
	for i := range n {
		right.Row(i)[i] = 1
	}
	converged := false
	for sweep := 0; sweep < maxSweeps && !converged; sweep++ {
		if ctx.Err() != nil {
			return SVD{}, false
		}
		converged = !rotate(left, right)
	}
	out := SVD{V: matrix.NewDense(n, n), S: make([]float64, n)}
	inner := matrix.NewDense(n, n)
	for k, i := range byNorm(left) {
		s := Norm(left.Row(i))
		out.S[k] = float64(s * scale)
		for j, v := range right.Row(i) {
			out.V.Row(j)[k] = v
			if s > 0 {
				inner.Row(j)[k] = left.Row(i)[j] / s
			}
		}
	}
	var err error
	out.U, err = Mul(ctx, q, inner)
	return out, converged && err == nil
}

// powerOfTwo is one near the largest absolute value, or 1 for zeros.
func powerOfTwo(x []float64) float64 {
	top := 0.0
	for _, v := range x {
		top = math.Max(top, math.Abs(v))
	}
	if top == 0 {
		return 1
	}
	_, e := math.Frexp(top)
	return math.Ldexp(1, min(max(e, -1000), 1000))
}

// Transpose is a copy.
func Transpose(a matrix.Dense) matrix.Dense {
	t := matrix.NewDense(a.Width, a.Rows)
	for i := range a.Rows {
		for j, v := range a.Row(i) {
			t.Row(j)[i] = v
		}
	}
	return t
}

// byNorm orders the rows by descending norm, then by index.
func byNorm(rows matrix.Dense) []int {
	order, norms := make([]int, rows.Rows), make([]float64, rows.Rows)
	for i := range order {
		order[i], norms[i] = i, Norm(rows.Row(i))
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case norms[a] > norms[b]:
			return -1
		case norms[a] < norms[b]:
			return 1
		}
		return 0
	})
	return order
}

// rotate makes each pair of rows of left orthogonal in turn, and turns the rows
// of right with them. It is false where all of them were.
func rotate(left, right matrix.Dense) bool {
	tolerance := float64(epsilon * math.Sqrt(float64(left.Rows)))
	rotated := false
	for p := range left.Rows {
		for q := p + 1; q < left.Rows; q++ {
			x, y := left.Row(p), left.Row(q)
			alpha, beta, gamma := Dot(x, x), Dot(y, y), Dot(x, y)
			if !(math.Abs(gamma) > float64(tolerance*float64(math.Sqrt(alpha)*math.Sqrt(beta)))) {
				continue
			}
			rotated = true
			zeta := (beta - alpha) / float64(2*gamma)
			t := math.Copysign(1/(math.Abs(zeta)+math.Sqrt(1+float64(zeta*zeta))), zeta)
			c := 1 / math.Sqrt(1+float64(t*t))
			s := float64(c * t)
			turn(x, y, c, s)
			turn(right.Row(p), right.Row(q), c, s)
		}
	}
	return rotated
}

func turn(x, y []float64, c, s float64) {
	y = y[:len(x)]
	for i, v := range x {
		u := y[i]
		x[i] = float64(c*v) - float64(s*u)
		y[i] = float64(s*v) + float64(c*u)
	}
}
