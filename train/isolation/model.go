package isolation

import (
	"context"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Model is a fitted forest whose leaves hold path lengths.
type Model struct {
	Ensemble  tree.Ensemble
	Norm      float32 // mean path length times the number of trees
	Threshold float32 // rows with a larger score are anomalies
}

var _ learn.Model = (*Model)(nil)

// Cutoff is the score above which a row is an anomaly.
func (m *Model) Cutoff() float32 { return m.Threshold }

// rate is what a sum of path lengths is multiplied by: the score is e to that
// power.
func (m *Model) rate() float32 { return float32(m.exactRate()) }

func (m *Model) exactRate() float64 {
	const ln2 = 0.69314718055994531
	return -ln2 / float64(m.Norm)
}

// Predict returns the score of each row, rounded to float32 unless the ensemble is
// of float64. It needs Columns.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out, err := m.Ensemble.Predict(ctx, in.Columns)
	if err != nil {
		return matrix.Dense{}, err
	}
	if m.Ensemble.Double {
		for i, v := range out.Data {
			out.Data[i] = fpmath.Exp(float64(v * m.exactRate()))
		}
		return out, nil
	}
	rate := m.rate()
	for i, v := range out.Data {
		out.Data[i] = float64(float32(fpmath.Exp(float64(float32(v) * rate))))
	}
	return out, nil
}

// Export adds the trees and the score.
func (m *Model) Export(b *onnx.Builder, in string) string {
	sum := m.Ensemble.Export(b, in)
	rate := b.Number("rate", []int64{1}, m.exactRate(), m.Ensemble.Double)
	return b.Apply("Exp", "score", b.Apply("Mul", "exponent", sum, rate))
}

// Finite says whether every number of the model is finite.
func (m *Model) Finite() bool {
	return m.Norm-m.Norm == 0 && m.Threshold-m.Threshold == 0 && m.Ensemble.Finite()
}
