package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/bayes"
	"github.com/modelbuild/modelbuild/train/learn"
)

func bayesAlgorithms() map[string]algorithm {
	return map[string]algorithm{"naive-bayes": {fit: fitBayes}}
}

func fitBayes(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := bayes.Options{
		Distribution: r.params.text("distribution"),
		Uniform:      r.params.text("priors") == "uniform",
		VarSmoothing: r.params.float("var_smoothing"),
		Alpha:        r.params.float("alpha"),
		Threshold:    r.params.float("binarize"),
	}
	return result(bayes.Fit(ctx, s, o, r.progress))
}
