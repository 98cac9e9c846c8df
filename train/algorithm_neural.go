package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/neural"
)

func neuralAlgorithms() map[string]algorithm {
	return map[string]algorithm{"mlp": {fit: fitMLP}}
}

func fitMLP(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	hidden, err := neural.ParseHidden(r.params.text("hidden"))
	if err != nil {
		return nil, learn.Info{}, err
	}
	o := neural.Options{
		Hidden:             hidden,
		Activation:         r.params.text("activation"),
		Solver:             r.params.text("solver"),
		LearningRate:       r.params.float("learning_rate"),
		Momentum:           r.params.float("momentum"),
		Batch:              r.params.int("batch"),
		Epochs:             r.params.int("epochs"),
		L2:                 r.params.float("l2"),
		Dropout:            r.params.float("dropout"),
		Tolerance:          r.params.float("tolerance"),
		Patience:           r.params.int("patience"),
		EarlyStopping:      r.params.bool("early_stopping"),
		ValidationFraction: r.params.float("validation_fraction"),
		Seed:               r.seed,
	}
	return result(neural.Fit(ctx, s, o, r.progress))
}
