package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/boost"
	"github.com/modelbuild/modelbuild/train/learn"
)

func boostAlgorithms() map[string]algorithm {
	return map[string]algorithm{"gradient-boosting": {columns: true, fit: fitBoost}}
}

func fitBoost(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	monotone, err := boost.ParseMonotone(r.params.text("monotone_constraints"), r.features)
	if err != nil {
		return nil, learn.Info{}, err
	}
	return result(boost.Fit(ctx, s, boost.Options{
		Objective:     r.params.text("objective"),
		Alpha:         r.params.float("alpha"),
		TweediePower:  r.params.float("tweedie_power"),
		Trees:         r.params.int("trees"),
		LearningRate:  r.params.float("learning_rate"),
		Leaves:        r.params.int("leaves"),
		MaxDepth:      r.params.int("max_depth"),
		MinSamples:    r.params.int("min_samples_leaf"),
		MinWeight:     r.params.float("min_child_weight"),
		MinGain:       r.params.float("min_gain"),
		L1:            r.params.float("l1"),
		L2:            r.params.float("l2"),
		Subsample:     r.params.float("subsample"),
		Features:      r.params.float("feature_fraction"),
		Bins:          r.params.int("bins"),
		EarlyStopping: r.params.int("early_stopping"),
		Validation:    r.params.float("validation_fraction"),
		Monotone:      monotone,
		Double:        r.double,
		Seed:          r.seed,
	}, r.progress))
}
