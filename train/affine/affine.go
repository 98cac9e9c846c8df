// Package affine holds what linear models have in common: a map from features
// to linear predictors, in the float32 numbers that are exported.
package affine

import (
	"context"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/safetensors"
)

// Map is η = W x + b.
type Map struct {
	Outputs, Width int
	Coefficients   []float32 // row-major, Outputs by Width
	Intercepts     []float32
}

// New is a map of zeros.
func New(outputs, width int) Map {
	return Map{outputs, width, make([]float32, outputs*width), make([]float32, outputs)}
}

// Set rounds the coefficients and the intercept of output k.
func (m Map) Set(k int, coefficients []float64, intercept float64) {
	for j, v := range coefficients {
		m.Coefficients[k*m.Width+j] = float32(v)
	}
	m.Intercepts[k] = float32(intercept)
}

// Apply computes the linear predictors of every row, in float64.
func (m Map) Apply(ctx context.Context, x matrix.Dense) (matrix.Dense, error) {
	const blockRows = 512
	w := matrix.NewDense(m.Outputs, m.Width)
	for i, v := range m.Coefficients {
		w.Data[i] = float64(v)
	}
	out := matrix.NewDense(x.Rows, m.Outputs)
	blocks := parallel.Blocks(x.Rows, blockRows)
	return out, parallel.Do(ctx, len(blocks), func(i int) {
		block := x.Slice(blocks[i].From, blocks[i].To)
		eta := make([]float64, block.Rows)
		for k := range m.Outputs {
			linalg.Times(block, w.Row(k), float64(m.Intercepts[k]), eta)
			for r, v := range eta {
				out.Data[(blocks[i].From+r)*m.Outputs+k] = v
			}
		}
	})
}

// Export adds the node that computes the same and returns the name of its
// result, of shape [rows, outputs].
func (m Map) Export(b *onnx.Builder, in string) string {
	transposed := make([]float32, 0, len(m.Coefficients))
	for j := range m.Width {
		for k := range m.Outputs {
			transposed = append(transposed, m.Coefficients[k*m.Width+j])
		}
	}
	w := b.Constant("coefficients", []int64{int64(m.Width), int64(m.Outputs)}, transposed)
	c := b.Constant("intercepts", []int64{int64(m.Outputs)}, m.Intercepts)
	return b.Apply("Gemm", "predictors", in, w, c)
}

// Tensors are coef, [outputs, features], and intercept, [outputs].
func (m Map) Tensors() []safetensors.Tensor {
	return []safetensors.Tensor{
		safetensors.Of("coef", m.Coefficients, m.Outputs, m.Width),
		safetensors.Of("intercept", m.Intercepts, m.Outputs),
	}
}

// Finite says whether every number is.
func (m Map) Finite() bool {
	return matrix.Finite(m.Coefficients, m.Intercepts)
}
