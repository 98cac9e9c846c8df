package boost

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Model is a fitted ensemble, whose outputs are scores, with the link from
// them to predictions.
type Model struct {
	tree.Ensemble
	link link
}

var _ learn.Model = (*Model)(nil)

// Predict returns the probability of each class, or the value, for each row.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	scores, err := m.Ensemble.Predict(ctx, in.Columns)
	if err != nil {
		return matrix.Dense{}, err
	}
	return m.link.predictions(scores), nil
}

// Export implements [learn.Model].
func (m *Model) Export(b *onnx.Builder, in string) string {
	return m.link.export(b, m.Ensemble.Export(b, in), m.Double)
}
