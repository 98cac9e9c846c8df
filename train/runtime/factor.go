package runtime

import (
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tile"
)

// factor is the right factor of a matrix product, k by n, laid out for it.
// Products of two float32 are exact in float64, and each element of a result is
// a sum over k in its order, whichever way it is computed.
type factor struct {
	k, n   int
	panels tile.Panels
	plain  []float64 // k by n, for rows of which most elements are zero; may be nil
}

// newFactor lays out a constant factor, which is n by k where it is transposed.
func newFactor(b []float64, k, n int, transposed bool) *factor {
	f := &factor{}
	f.pack(b, k, n, transposed)
	if k >= sparseLength && matrix.Finite(b) {
		f.plain = b
		if transposed {
			f.plain = transpose(make([]float64, len(b)), b, n, k)
		}
	}
	return f
}

// sparseLength is how long rows are where it is worth looking for zeros, and
// sparseShare how many elements there must be for each that is not zero.
const (
	sparseLength = 32
	sparseShare  = 8
)

func (f *factor) pack(b []float64, k, n int, transposed bool) {
	f.k, f.n = k, n
	if transposed {
		f.panels.PackTransposed(matrix.Dense{Rows: n, Width: k, Data: b})
	} else {
		f.panels.Pack(matrix.Dense{Rows: k, Width: n, Data: b})
	}
}

// multiply sets acc, m by n, to the product of a, m by k, and the factor.
func (f *factor) multiply(acc, a []float64) {
	fill(acc, 0)
	if len(a) == 0 || len(acc) == 0 {
		return
	}
	if f.plain != nil && mostlyZero(a) {
		for ; len(a) > 0; a, acc = a[f.k:], acc[f.n:] {
			f.sparse(acc[:f.n], a[:f.k])
		}
		return
	}
	m := len(a) / f.k
	f.panels.Add(matrix.Dense{Rows: m, Width: f.n, Data: acc}, matrix.Dense{Rows: m, Width: f.k, Data: a})
}

func mostlyZero(a []float64) bool {
	most := len(a) / sparseShare
	for _, v := range a {
		if v != 0 {
			if most--; most < 0 {
				return false
			}
		}
	}
	return true
}

// sparse computes one row from its elements that are not zero. The products
// that it leaves out are zeros, which change no sum.
func (f *factor) sparse(acc, a []float64) {
	for i, v := range a {
		if v != 0 {
			for j, w := range f.plain[i*f.n : (i+1)*f.n] {
				acc[j] += float64(v * w)
			}
		}
	}
}

// transpose sets to to the transpose of a, rows by columns.
func transpose(to, a []float64, rows, columns int) []float64 {
	for i := range rows {
		for j := range columns {
			to[j*rows+i] = a[i*columns+j]
		}
	}
	return to
}
