package mixture

import (
	"context"

	"github.com/modelbuild/modelbuild/train/cluster"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Model holds the mixture of rows moved by Offset. The roots of the precisions
// and the offset are float32, the precision that they are exported in; means
// and weights are exported in what follows from them, as sums of two float32.
type Model struct {
	Components, Width int
	Offset            []float32 // the mean of the training rows
	Weights           []float64
	Means             matrix.Dense // a row for each component; its mean is Offset + this
	density           density
}

var _ learn.Model = (*Model)(nil)

func newModel(d density, offset []float32) *Model {
	for _, r := range append(d.roots, d.diagonal) {
		for i, v := range r.Data {
			r.Data[i] = float64(float32(v))
		}
	}
	d.prepare()
	return &Model{Components: d.means.Rows, Width: d.means.Width, Offset: offset, Weights: d.weights, Means: d.means, density: d}
}

// Predict returns the probability of each component given the row.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out := matrix.NewDense(in.Dense.Rows, m.Components)
	blocks := parallel.Blocks(in.Dense.Rows, blockRows)
	return out, parallel.Do(ctx, len(blocks), func(b int) {
		w := newWork(m.Components, m.Width)
		m.logs(in.Dense.Slice(blocks[b].From, blocks[b].To), &w)
		for r := range blocks[b].Len() {
			fpmath.Softmax(w.log.Row(r))
			copy(out.Row(blocks[b].From+r), w.log.Row(r))
		}
	})
}

// LogDensity returns the logarithm of the density of each row.
func (m *Model) LogDensity(x matrix.Dense) []float64 {
	out := make([]float64, 0, x.Rows)
	w := newWork(m.Components, m.Width)
	for _, b := range parallel.Blocks(x.Rows, blockRows) {
		m.logs(x.Slice(b.From, b.To), &w)
		for r := range b.Len() {
			out = append(out, fpmath.LogSumExp(w.log.Row(r)))
		}
	}
	return out
}

func (m *Model) logs(x matrix.Dense, w *work) {
	moved := matrix.NewDense(x.Rows, x.Width)
	for r := range x.Rows {
		row := moved.Row(r)
		for c, v := range x.Row(r) {
			row[c] = v - float64(m.Offset[c])
		}
	}
	m.density.differences(moved, w)
	m.density.logs(moved, w)
}

// Parameters is the number of free parameters, which information criteria
// weigh against the likelihood.
func (m *Model) Parameters() int {
	k, d := m.Components, m.Width
	shape := map[string]int{Full: k * d * (d + 1) / 2, Tied: d * (d + 1) / 2, Diagonal: k * d, Spherical: k}
	return shape[m.density.covariance] + k*d + k - 1
}

// Criteria returns the Bayesian and the Akaike information criterion for rows:
// lower is better.
func (m *Model) Criteria(x matrix.Dense) (bic, aic float64) {
	likelihood := 0.0
	for _, v := range m.LogDensity(x) {
		likelihood += v
	}
	parameters := float64(m.Parameters())
	bic = float64(parameters*fpmath.Log(float64(x.Rows))) - float64(2*likelihood)
	return bic, float64(2*parameters) - float64(2*likelihood)
}

// Measure says how well the clusters fit the rows.
func (m *Model) Measure(in learn.Input, scores matrix.Dense) map[string]float64 {
	return cluster.Measure(in.Dense, cluster.Labels(scores), m.Components)
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	for _, r := range append(m.density.roots, m.density.diagonal, m.Means) {
		if !matrix.Finite(r.Data) {
			return false
		}
	}
	return matrix.Finite(m.density.constant)
}
