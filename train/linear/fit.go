package linear

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Options are the parameters; all zero is ordinary least squares.
type Options struct {
	Ridge float64 // λ

	// Alpha and L1Ratio are α and ρ, used where α is not zero. Coordinate descent
	// stops when the duality gap is no more than Tolerance times the objective of
	// β = 0, or after MaxIterations sweeps.
	Alpha, L1Ratio float64
	MaxIterations  int
	Tolerance      float64
}

// Model is a fitted regression.
type Model struct{ affine.Map }

var _ learn.Model = (*Model)(nil)

// Predict returns the value of each row.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	return m.Apply(ctx, in.Dense)
}

// Fit fits a model to the values of dense rows. It returns an error only where
// the context ends.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	beta, info, intercept, err := solve(ctx, s, o, p)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit linear regression: %w", err)
	}
	m := &Model{affine.New(1, s.Dense.Width)}
	m.Set(0, beta, intercept)
	return m, info, nil
}

func solve(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (beta []float64, info learn.Info, intercept float64, err error) {
	d, err := newData(ctx, s)
	if err != nil {
		return nil, info, 0, err
	}
	if o.Alpha > 0 && o.L1Ratio > 0 {
		beta, info, err = d.elasticNet(ctx, o, p)
		return beta, info, d.intercept(beta), err
	}
	lambda := o.Ridge + float64(o.Alpha*d.total)
	beta, square, err := d.ridge(ctx, lambda)
	if err != nil {
		return nil, info, 0, err
	}
	loss := (square + float64(lambda*linalg.Dot(beta, beta))) / d.total
	if o.Alpha > 0 {
		loss = float64(0.5 * loss)
	}
	return beta, learn.Info{Iterations: 1, Loss: loss, Converged: true, Stopped: learn.StoppedDone}, d.intercept(beta), nil
}

// data is the rows with the means of their columns.
type data struct {
	linalg.Design
	means []float64
	total float64 // Σw
}

func newData(ctx context.Context, s learn.Sample) (*data, error) {
	d := &data{Design: linalg.Design{X: s.Dense, Y: s.Value, Weight: s.Weight}}
	var err error
	d.means, d.total, err = d.Means(ctx)
	return d, err
}

// constant says whether the sum of squares of a centred column is nothing but
// rounding of its mean.
func (d *data) constant(j int, square float64) bool {
	const rounding = 1e-13
	limit := float64(rounding * d.means[j])
	return square <= float64(d.total*float64(limit*limit))
}

func (d *data) intercept(beta []float64) float64 {
	if beta == nil {
		return 0
	}
	return d.means[len(beta)] - linalg.Dot(beta, d.means[:len(beta)])
}
