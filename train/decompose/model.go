package decompose

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/parallel"
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

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	for _, values := range [][]float32{m.Mean, m.Loadings} {
		for _, v := range values {
			if v-v != 0 {
				return false
			}
		}
	}
	return true
}
