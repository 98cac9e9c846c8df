package forest

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Model is a forest: the mean of its trees. Leaves hold the share of each
// class, of two classes that of the second alone, or the distance from Base.
type Model struct {
	Classes  int // zero for regression
	Base     float32
	Ensemble tree.Ensemble // the sum of the trees
}

var _ learn.Model = (*Model)(nil)

// Predict returns the probability of each class, or the value. It needs
// Columns.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	sum, err := m.Ensemble.Predict(ctx, in.Columns)
	if err != nil {
		return matrix.Dense{}, err
	}
	n := float64(len(m.Ensemble.Trees))
	for i, v := range sum.Data {
		sum.Data[i] = v / n
	}
	switch m.Classes {
	case 0:
		for i := range sum.Data {
			sum.Data[i] += float64(m.Base)
		}
		return sum, nil
	case 2:
		out := matrix.NewDense(sum.Rows, 2)
		for i, v := range sum.Data {
			p := float32(v)
			out.Data[2*i], out.Data[2*i+1] = float64(1-p), float64(p)
			if m.Ensemble.Double {
				out.Data[2*i], out.Data[2*i+1] = 1-v, v
			}
		}
		return out, nil
	}
	if m.Ensemble.Double {
		return sum, nil
	}
	for i, v := range sum.Data {
		sum.Data[i] = float64(float32(v))
	}
	return sum, nil
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool { return m.Base-m.Base == 0 && m.Ensemble.Finite() }
