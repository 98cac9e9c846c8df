package decompose

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/safetensors"
	"github.com/modelbuild/modelbuild/train/tile"
)

// Model holds the components in float32, the precision that is exported.
type Model struct {
	Components, Width int
	Mean              []float32 // of each feature; nil for a truncated decomposition
	Loadings          []float32 // row-major, Components by Width, whitening applied
	Variance          []float64 // explained by each component
	Ratio             []float64 // of Variance to the variance of all features
}

var _ learn.Model = (*Model)(nil)

// blockRows is how many rows are computed together.
const blockRows = 128

// Predict returns the coordinates of each row along the components.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	loadings := matrix.NewDense(m.Components, m.Width)
	for i, v := range m.Loadings {
		loadings.Data[i] = float64(v)
	}
	var panels tile.Panels
	panels.PackTransposed(loadings)
	out := matrix.NewDense(in.Dense.Rows, m.Components)
	blocks := parallel.Blocks(in.Dense.Rows, blockRows)
	return out, parallel.Do(ctx, len(blocks), func(b int) {
		x := in.Dense.Slice(blocks[b].From, blocks[b].To)
		if m.Mean != nil {
			x = matrix.Dense{Rows: x.Rows, Width: x.Width, Data: append([]float64(nil), x.Data...)}
			for i := range x.Data {
				x.Data[i] -= float64(m.Mean[i%m.Width])
			}
		}
		panels.Add(out.Slice(blocks[b].From, blocks[b].To), x)
	})
}

// Export adds (x − mean) · loadingsᵀ.
func (m *Model) Export(b *onnx.Builder, in string) string {
	transposed := make([]float32, 0, len(m.Loadings))
	for c := range m.Width {
		for k := range m.Components {
			transposed = append(transposed, m.Loadings[k*m.Width+c])
		}
	}
	if m.Mean != nil {
		in = b.Apply("Sub", "centred", in, b.Constant("mean", []int64{1, int64(m.Width)}, m.Mean))
	}
	return b.Apply("MatMul", "coordinates", in, b.Constant("loadings", []int64{int64(m.Width), int64(m.Components)}, transposed))
}

// Tensors are the components, [components, features], with whitening applied; the
// mean, [features], where there is one; and the variance that each explains.
func (m *Model) Tensors() []safetensors.Tensor {
	out := []safetensors.Tensor{
		safetensors.Of("components", m.Loadings, m.Components, m.Width),
		safetensors.Of("explained_variance", m.Variance, len(m.Variance)),
		safetensors.Of("explained_variance_ratio", m.Ratio, len(m.Ratio)),
	}
	if m.Mean != nil {
		out = append(out, safetensors.Of("mean", m.Mean, m.Width))
	}
	return out
}

// Measure is the share of the rows' variance that their coordinates hold, each
// about its own mean.
func (m *Model) Measure(in learn.Input, out matrix.Dense) map[string]float64 {
	all, held := 0.0, 0.0
	for _, v := range variances(in.Dense) {
		all += v
	}
	for k, v := range variances(out) {
		length := 0.0 // squared: not 1 with whitening
		for _, l := range m.Loadings[k*m.Width : (k+1)*m.Width] {
			length += float64(float64(l) * float64(l))
		}
		if length > 0 {
			held += v / length
		}
	}
	if all <= 0 {
		return nil
	}
	return map[string]float64{"explained_variance": held / all}
}

// variances is the sum of squares of each column about its mean.
func variances(x matrix.Dense) []float64 {
	mean, out := make([]float64, x.Width), make([]float64, x.Width)
	for i := range x.Rows {
		for c, v := range x.Row(i) {
			mean[c] += v / float64(x.Rows)
		}
	}
	for i := range x.Rows {
		for c, v := range x.Row(i) {
			d := v - mean[c]
			out[c] += float64(d * d)
		}
	}
	return out
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	return matrix.Finite(m.Mean, m.Loadings)
}
