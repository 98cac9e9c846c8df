package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/optimize"
)

func fitLogistic(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := logistic.Options{
		L2:       r.params.float("l2"),
		Balanced: r.params.text("class_weight") == "balanced",
		Options: optimize.Options{
			MaxIterations: r.params.int("max_iterations"),
			Tolerance:     r.params.float("tolerance"),
		},
	}
	if r.progress != nil {
		o.Progress = func(i int, loss, _ float64) { r.progress(i, 0, loss) }
	}
	fit, err := logistic.Train(ctx, logistic.Data{X: s.Dense, Y: s.Class, Classes: s.Classes}, o)
	info := learn.Info{Iterations: fit.Iterations, Loss: fit.Loss, Gradient: fit.Gradient, Converged: fit.Converged, Stopped: fit.Reason}
	return logisticModel{fit.Model}, info, err
}

type logisticModel struct{ logistic.Model }

func (m logisticModel) Predict(_ context.Context, in learn.Input) (matrix.Dense, error) {
	out := matrix.NewDense(in.Rows(), m.Classes)
	for i := range out.Rows {
		copy(out.Row(i), m.Logits(in.Dense.Row(i)))
		fpmath.Softmax(out.Row(i))
	}
	return out, nil
}

func (m logisticModel) Export(b *onnx.Builder, in string) string {
	transposed := make([]float32, 0, len(m.Coefficients))
	for j := range m.Width {
		for k := range m.Classes {
			transposed = append(transposed, m.Coefficients[k*m.Width+j])
		}
	}
	w := b.Constant("coefficients", []int64{int64(m.Width), int64(m.Classes)}, transposed)
	c := b.Constant("intercepts", []int64{int64(m.Classes)}, m.Intercepts)
	z := b.Apply("Gemm", "logits", in, w, c)
	return b.With("Softmax", "softmax", []onnx.Attribute{onnx.Int("axis", 1)}, z)
}
