package logistic

import (
	"context"

	"github.com/modelbuild/modelbuild/train/erm"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Options are the algorithm's parameters.
type Options struct {
	L2            float64 // λ₂
	L1            float64 // λ₁
	MaxIterations int
	Tolerance     float64 // on the largest absolute component of the objective's gradient
}

// Fit fits a model to the classes of dense rows. It returns an error only where
// the context ends.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	problem := problemOf(s, o)
	res, err := problem.Minimise(ctx, make([]float64, problem.Size()), o.optimize(p))
	if err != nil {
		return nil, learn.Info{}, err
	}
	return modelOf(s, res.X), erm.Info(res), nil
}

// problemOf puts the penalties on the scale of the mean loss.
func problemOf(s learn.Sample, o Options) erm.Problem {
	total := erm.Total(s.Dense.Rows, s.Weight)
	p := erm.Problem{X: s.Dense, Weight: s.Weight, L2: o.L2 / total, L1: o.L1 / total}
	if s.Classes == 2 {
		p.Loss = binary(s.Class)
	} else {
		p.Loss = multinomial{s.Class, s.Classes}
	}
	return p
}

func (o Options) optimize(p learn.Progress) optimize.Options {
	opt := optimize.Options{MaxIterations: o.MaxIterations, Tolerance: o.Tolerance}
	if p != nil {
		opt.Progress = func(i int, loss, _ float64) { p(i, o.MaxIterations, loss) }
	}
	return opt
}
