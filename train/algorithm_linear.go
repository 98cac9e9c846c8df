package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linear"
)

func linearAlgorithms() map[string]algorithm {
	return map[string]algorithm{
		"elastic-net": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return fitNet(ctx, s, r, r.params.float("l1_ratio"))
		}},
		"lasso": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return fitNet(ctx, s, r, 1)
		}},
		"logistic": {fit: fitLogistic},
		"linear": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return result(linear.Fit(ctx, s, linear.Options{}, r.progress))
		}},
		"ridge": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return result(linear.Fit(ctx, s, linear.Options{Ridge: r.params.float("l2")}, r.progress))
		}},
	}
}

func fitNet(ctx context.Context, s learn.Sample, r request, ratio float64) (learn.Model, learn.Info, error) {
	o := linear.Options{
		Alpha:         r.params.float("alpha"),
		L1Ratio:       ratio,
		MaxIterations: r.params.int("max_iterations"),
		Tolerance:     r.params.float("tolerance"),
	}
	return result(linear.Fit(ctx, s, o, r.progress))
}
