package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/glm"
	"github.com/modelbuild/modelbuild/train/learn"
)

func glmAlgorithms() map[string]algorithm {
	return map[string]algorithm{
		"gamma": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return fitGLM(ctx, s, r, 2)
		}},
		"poisson": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return fitGLM(ctx, s, r, 1)
		}},
		"tweedie": {fit: func(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
			return fitGLM(ctx, s, r, r.params.float("power"))
		}},
	}
}

func fitGLM(ctx context.Context, s learn.Sample, r request, power float64) (learn.Model, learn.Info, error) {
	o := glm.Options{
		Power:         power,
		Alpha:         r.params.float("alpha"),
		L1Ratio:       r.params.float("l1_ratio"),
		MaxIterations: r.params.int("max_iterations"),
		Tolerance:     r.params.float("tolerance"),
	}
	return result(glm.Fit(ctx, s, o, r.progress))
}
