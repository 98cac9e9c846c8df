package job

import (
	"cmp"
	"slices"
)

func forestAlgorithms() []Algorithm {
	return []Algorithm{
		{
			Name:   "decision-tree",
			Tasks:  []string{TaskClassification, TaskRegression},
			Doc:    "One decision tree, grown to the end unless limited. Missing values and categories are split on as they are.",
			Params: treeParams("all"),
		},
		{
			Name:  "extra-trees",
			Tasks: []string{TaskClassification, TaskRegression},
			Doc:   "Extremely randomised trees: the mean of trees that draw a threshold for each of a few features at each node.",
			Params: treeParams("auto", forestParams(
				Param{Name: "bootstrap", Type: ParamBool, Default: false, Doc: "Draw the rows of each tree with replacement, rather than all."})...),
		},
		isolationForest(),
		{
			Name:  "random-forest",
			Tasks: []string{TaskClassification, TaskRegression},
			Doc:   "Random forest: the mean of trees that see a bootstrap sample of the rows and a few features at each node.",
			Params: treeParams("auto", forestParams(
				Param{Name: "bootstrap", Type: ParamBool, Default: true, Doc: "Draw the rows of each tree with replacement, rather than all."})...),
		},
	}
}

func isolationForest() Algorithm {
	return Algorithm{
		Name:  "isolation-forest",
		Tasks: []string{TaskAnomaly},
		Doc:   "Isolation forest: rows that random splits soon leave alone are anomalies.",
		Params: []Param{
			{Name: "contamination", Type: ParamFloat, Default: 0.0, Min: bound(0), Max: bound(0.5),
				Doc: "Share of the training rows that are anomalies, which decides the score above which a row is one; 0 is a score of 0.5."},
			{Name: "max_samples", Type: ParamInt, Default: 256, Min: bound(2), Max: bound(1e6),
				Doc: "Rows drawn for each tree; all where there are fewer."},
			{Name: "trees", Type: ParamInt, Default: 100, Min: bound(1), Max: bound(10_000), Doc: "Number of trees."},
		},
	}
}

// treeParams are those of every tree, with others, sorted by name.
func treeParams(maxFeatures string, others ...Param) []Param {
	params := slices.Concat(others, []Param{
		{Name: "bins", Type: ParamInt, Default: 255, Min: bound(2), Max: bound(255),
			Doc: "Most bins of a feature; a threshold lies between two of them."},
		classWeight(),
		{Name: "criterion", Type: ParamString, Default: "auto", Choices: []string{"auto", "entropy", "gini", "squared_error"},
			Doc: "Measure of a split: gini or entropy for classification, squared_error for regression. Auto is gini or squared_error."},
		{Name: "feature_fraction", Type: ParamFloat, Default: 0.0, Min: bound(0), Max: bound(1),
			Doc: "Share of the features tried at each node, in place of max_features; 0 leaves it to that."},
		{Name: "leaves", Type: ParamInt, Default: 0, Min: bound(0), Max: bound(1e9),
			Doc: "Most leaves of a tree, which then is split where most is gained first; 0 is no limit."},
		{Name: "max_depth", Type: ParamInt, Default: 0, Min: bound(0), Max: bound(1e6),
			Doc: "Most splits on the way to a leaf; 0 is no limit."},
		{Name: "max_features", Type: ParamString, Default: maxFeatures, Choices: []string{"all", "auto", "log2", "sqrt"},
			Doc: "Features tried at each node: all, or the square root or the logarithm of their number. Auto is sqrt for classification, all for regression."},
		{Name: "min_impurity_decrease", Type: ParamFloat, Default: 0.0, Min: bound(0),
			Doc: "Least decrease of the criterion that a split must bring, weighted by the node's share of the rows."},
		{Name: "min_samples_leaf", Type: ParamInt, Default: 1, Min: bound(1), Max: bound(1e9), Doc: "Fewest rows of a leaf."},
		{Name: "min_samples_split", Type: ParamInt, Default: 2, Min: bound(2), Max: bound(1e9), Doc: "Fewest rows of a node that is split."},
	})
	slices.SortFunc(params, func(a, b Param) int { return cmp.Compare(a.Name, b.Name) })
	return params
}

func forestParams(others ...Param) []Param {
	return append(others,
		Param{Name: "max_samples", Type: ParamFloat, Default: 1.0, Min: bound(0), Max: bound(1),
			Doc: "Rows drawn for each tree, as a share of all; 0 is all."},
		Param{Name: "oob_score", Type: ParamBool, Default: false,
			Doc: "Record as the loss the error of each row under the trees that did not draw it."},
		Param{Name: "trees", Type: ParamInt, Default: 100, Min: bound(1), Max: bound(10_000), Doc: "Number of trees."},
	)
}
