package glm

import (
	"context"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Model maps features to the logarithm of the mean.
type Model struct{ affine.Map }

var _ learn.Model = (*Model)(nil)

func modelOf(params []float64) *Model {
	width := len(params) - 1
	m := &Model{affine.New(1, width)}
	m.Set(0, params[:width], params[width])
	return m
}

// Predict returns the mean of each row.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out, err := m.Apply(ctx, in.Dense)
	for i, v := range out.Data {
		out.Data[i] = fpmath.Exp(v)
	}
	return out, err
}

// Export adds the logarithm of the mean and its exponential.
func (m *Model) Export(b *onnx.Builder, in string) string {
	return b.Apply("Exp", "mean", m.Map.Export(b, in))
}
