package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/svm"
)

func svmAlgorithms() map[string]algorithm {
	return map[string]algorithm{"linear-svm": {scores: true, fit: fitSVM}}
}

func fitSVM(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := svm.Options{
		L2:            r.params.float("l2"),
		Absolute:      !r.params.bool("squared"),
		Epsilon:       r.params.float("epsilon"),
		MaxIterations: r.params.int("max_iterations"),
		Tolerance:     r.params.float("tolerance"),
		Seed:          r.seed,
	}
	return result(svm.Fit(ctx, s, o, r.progress))
}
