package mixture

import (
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// double is TensorProto's element type of that name: logarithms of densities
// are large numbers whose small differences decide, so float32 does not do.
const double = 11

// Export adds the logarithms of the weighted densities, up to what all
// components of a row have in common, and their softmax.
func (m *Model) Export(b *onnx.Builder, in string) string {
	e := &exporter{Builder: b, m: m}
	moved := b.Apply("Sub", "moved", e.cast(in, double), e.cast(b.Constant("mean", []int64{1, int64(m.Width)}, m.Offset), double))
	var log string
	switch m.density.covariance {
	case Full:
		log = e.full(moved)
	case Tied:
		log = e.tied(moved)
	default:
		log = e.diagonal(moved)
	}
	return e.cast(b.With("Softmax", "responsibilities", []onnx.Attribute{onnx.Int("axis", 1)}, log), onnx.Float)
}

type exporter struct {
	*onnx.Builder
	m *Model
}

// full multiplies with the roots of all components side by side, and adds up
// the squares of each.
func (e *exporter) full(moved string) string {
	k, d := e.m.Components, e.m.Width
	roots, shift, share := make([]float32, d*k*d), make([]float64, k*d), make([]float32, k*d*k)
	for j, r := range e.m.density.roots {
		for c := range d {
			for i := range d {
				v := r.Row(i)[c]
				roots[(i*k+j)*d+c] = float32(v)
				shift[j*d+c] -= float64(e.m.Means.Row(j)[i] * v)
			}
			share[(j*d+c)*k+j] = -0.5
		}
	}
	image := e.Apply("Gemm", "image", moved, e.cast(e.Constant("roots", []int64{int64(d), int64(k * d)}, roots), double), e.exact(1, shift))
	return e.Apply("Gemm", "log", e.Apply("Mul", "squares", image, image),
		e.cast(e.Constant("share", []int64{int64(k * d), int64(k)}, share), double), e.exact(1, e.m.density.constant))
}

// tied leaves the square of the row out, which is the same for all components.
func (e *exporter) tied(moved string) string {
	k, d := e.m.Components, e.m.Width
	roots, centres, constant := make([]float32, d*d), make([]float64, d*k), make([]float64, k)
	for i, v := range e.m.density.roots[0].Data {
		roots[i] = float32(v)
	}
	for j := range k {
		centre := e.m.density.centres.Row(j)
		for c, v := range centre {
			centres[c*k+j] = v
		}
		constant[j] = e.m.density.constant[j] - linalg.Dot(centre, centre)/2
	}
	image := e.Apply("MatMul", "image", moved, e.cast(e.Constant("root", []int64{int64(d), int64(d)}, roots), double))
	return e.Apply("Gemm", "log", image, e.exact(d, centres), e.exact(1, constant))
}

// diagonal expands the square of the difference.
func (e *exporter) diagonal(moved string) string {
	k, d := e.m.Components, e.m.Width
	squares, linear, constant := make([]float64, d*k), make([]float64, d*k), make([]float64, k)
	for j := range k {
		constant[j] = e.m.density.constant[j]
		for c, mean := range e.m.Means.Row(j) {
			p := float64(e.m.density.diagonal.Row(j)[c] * e.m.density.diagonal.Row(j)[c])
			squares[c*k+j], linear[c*k+j] = -p/2, float64(p*mean)
			constant[j] -= float64(float64(p*mean)*mean) / 2
		}
	}
	sum := e.Apply("Gemm", "linear", moved, e.exact(d, linear), e.exact(1, constant))
	return e.Apply("Gemm", "log", e.Apply("Mul", "squares", moved, moved), e.exact(d, squares), sum)
}

// exact is a matrix of doubles, as the sum of two of float32: 48 bits.
func (e *exporter) exact(rows int, values []float64) string {
	high, low := make([]float32, len(values)), make([]float32, len(values))
	for i, v := range values {
		high[i] = float32(v)
		low[i] = float32(v - float64(high[i]))
	}
	dims := []int64{int64(rows), int64(len(values) / rows)}
	return e.Apply("Add", "sum", e.cast(e.Constant("high", dims, high), double), e.cast(e.Constant("low", dims, low), double))
}

func (e *exporter) cast(in string, to int64) string {
	return e.With("Cast", "cast", []onnx.Attribute{onnx.Int("to", to)}, in)
}
