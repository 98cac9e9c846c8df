package svm

import (
	"context"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Model maps features to the margin of each class, a score and no probability,
// or to the value. Of two classes, the margins are opposite.
type Model struct{ affine.Map }

var _ learn.Model = (*Model)(nil)

// Predict returns the margin of each class, or the value.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	return m.Apply(ctx, in.Dense)
}
