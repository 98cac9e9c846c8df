package svm

import (
	"context"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/erm"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Options are the parameters.
type Options struct {
	L2            float64 // λ
	Absolute      bool    // the losses are not squared
	Epsilon       float64 // ε, for regression
	MaxIterations int
	Tolerance     float64 // on the gradient of the objective over Σw; with Absolute on that of the dual
	Seed          uint64  // for the order of rows in the dual
}

// Fit fits a model to the classes of dense rows, or to their values where there
// are no classes. It returns an error only where the context ends.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	f := &fitter{s: s, o: o, total: erm.Total(s.Dense.Rows, s.Weight), progress: p}
	if s.Classes == 0 {
		beta, info, err := f.one(ctx, insensitive{s.Value, o.Epsilon}, s.Value)
		if err != nil {
			return nil, learn.Info{}, err
		}
		m := affine.New(1, s.Dense.Width)
		m.Set(0, beta[:m.Width], beta[m.Width])
		return &Model{m}, info, nil
	}
	return f.classes(ctx)
}

type fitter struct {
	s        learn.Sample
	o        Options
	total    float64 // Σw
	progress learn.Progress
}

// classes fits each class against the rest; of two classes, the second one.
func (f *fitter) classes(ctx context.Context) (*Model, learn.Info, error) {
	m := affine.New(f.s.Classes, f.s.Dense.Width)
	all := learn.Info{Converged: true, Stopped: optimize.ReasonTolerance}
	for k := range f.s.Classes {
		if f.s.Classes == 2 && k == 0 {
			continue
		}
		sign := make([]float64, len(f.s.Class))
		for i, c := range f.s.Class {
			sign[i] = -1
			if c == k {
				sign[i] = 1
			}
		}
		beta, info, err := f.one(ctx, hinge(sign), sign)
		if err != nil {
			return nil, learn.Info{}, err
		}
		m.Set(k, beta[:m.Width], beta[m.Width])
		if f.s.Classes == 2 {
			for j := range beta {
				beta[j] = -beta[j]
			}
			m.Set(0, beta[:m.Width], beta[m.Width])
		}
		all.Iterations += info.Iterations
		all.Loss += info.Loss
		all.Gradient = math.Max(all.Gradient, info.Gradient)
		if !info.Converged && all.Converged {
			all.Converged, all.Stopped = false, info.Stopped
		}
	}
	return &Model{m}, all, nil
}

// one fits one output, to the smooth loss or the targets of the dual.
func (f *fitter) one(ctx context.Context, smooth erm.Loss, target []float64) ([]float64, learn.Info, error) {
	if f.o.Absolute {
		beta, info, err := newDual(f, target).minimise(ctx)
		if err != nil {
			return nil, info, fmt.Errorf("fit support vector machine: %w", err)
		}
		return beta, info, nil
	}
	problem := erm.Problem{X: f.s.Dense, Weight: f.s.Weight, Loss: smooth, L2: f.o.L2 / f.total}
	opt := optimize.Options{MaxIterations: f.o.MaxIterations, Tolerance: f.o.Tolerance}
	if f.progress != nil {
		opt.Progress = func(i int, loss, _ float64) { f.progress(i, 0, loss) }
	}
	res, err := problem.Minimise(ctx, make([]float64, problem.Size()), opt)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit support vector machine: %w", err)
	}
	return res.X, erm.Info(res), nil
}

// absolute is the objective over Σw with losses that are not squared, and the
// intercept penalised.
func (f *fitter) absolute(target, beta []float64) float64 {
	width := f.s.Dense.Width
	sum := 0.0
	eta := make([]float64, f.s.Dense.Rows)
	linalg.Times(f.s.Dense, beta[:width], beta[width], eta)
	for i, y := range target {
		loss := math.Abs(y-eta[i]) - f.o.Epsilon
		if f.s.Classes > 0 {
			loss = 1 - float64(y*eta[i])
		}
		w := 1.0
		if f.s.Weight != nil {
			w = f.s.Weight[i]
		}
		sum += float64(w * math.Max(0, loss))
	}
	return (sum + float64(float64(0.5*f.o.L2)*linalg.Dot(beta, beta))) / f.total
}
