package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/forest"
	"github.com/modelbuild/modelbuild/train/learn"
)

func forestAlgorithms() map[string]algorithm {
	return map[string]algorithm{
		"decision-tree": {columns: true, fit: fitTree},
		"extra-trees":   {columns: true, fit: fitExtraTrees},
		"random-forest": {columns: true, fit: fitForest},
	}
}

func fitTree(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := treeOptions(r)
	o.Trees = 1
	return result(forest.Fit(ctx, s, o, r.progress))
}

func fitForest(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	return result(forest.Fit(ctx, s, forestOptions(r), r.progress))
}

func fitExtraTrees(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := forestOptions(r)
	o.RandomCuts = true
	return result(forest.Fit(ctx, s, o, r.progress))
}

func forestOptions(r request) forest.Options {
	o := treeOptions(r)
	o.Trees = r.params.int("trees")
	o.Bootstrap = r.params.bool("bootstrap")
	o.MaxSamples = r.params.float("max_samples")
	o.OutOfBag = r.params.bool("oob_score")
	return o
}

func treeOptions(r request) forest.Options {
	return forest.Options{
		Criterion:   r.params.text("criterion"),
		MaxFeatures: r.params.text("max_features"),
		Fraction:    r.params.float("feature_fraction"),
		MaxDepth:    r.params.int("max_depth"),
		MaxLeaves:   r.params.int("leaves"),
		MinSplit:    r.params.int("min_samples_split"),
		MinLeaf:     r.params.int("min_samples_leaf"),
		MinDecrease: r.params.float("min_impurity_decrease"),
		Bins:        r.params.int("bins"),
		Double:      r.double,
		Seed:        r.seed,
	}
}
