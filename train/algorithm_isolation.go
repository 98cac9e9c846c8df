package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/isolation"
	"github.com/modelbuild/modelbuild/train/learn"
)

func isolationAlgorithms() map[string]algorithm {
	return map[string]algorithm{"isolation-forest": {columns: true, fit: fitIsolation}}
}

func fitIsolation(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := isolation.Options{
		Trees:         r.params.int("trees"),
		MaxSamples:    r.params.int("max_samples"),
		Contamination: r.params.float("contamination"),
		Double:        r.double,
		Seed:          r.seed,
	}
	return result(isolation.Fit(ctx, s, o, r.progress))
}
