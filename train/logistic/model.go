package logistic

import (
	"context"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Model maps features to the logit of each class. With two classes, the
// coefficients of the first are zero.
type Model struct{ affine.Map }

var _ learn.Model = (*Model)(nil)

func modelOf(s learn.Sample, params []float64) *Model {
	m := &Model{affine.New(s.Classes, s.Dense.Width)}
	size := m.Width + 1
	first := m.Outputs - len(params)/size
	for k := first; k < m.Outputs; k++ {
		v := params[(k-first)*size : (k-first+1)*size]
		m.Set(k, v[:m.Width], v[m.Width])
	}
	return m
}

// Predict returns the probability of each class.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out, err := m.Apply(ctx, in.Dense)
	if err != nil {
		return out, err
	}
	for i := range out.Rows {
		fpmath.Softmax(out.Row(i))
	}
	return out, nil
}

// Export adds the logits and their softmax.
func (m *Model) Export(b *onnx.Builder, in string) string {
	return b.With("Softmax", "softmax", []onnx.Attribute{onnx.Int("axis", 1)}, m.Map.Export(b, in))
}
