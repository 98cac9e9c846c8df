package peers

import (
	"fmt"
	"maps"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// with is both sets of parameters, the later ones first.
func with(params ...job.Params) job.Params {
	out := job.Params{}
	for _, p := range params {
		maps.Copy(out, p)
	}
	return out
}

// beside is the same comparison with a peer.
func (c comparison) beside(in language, fit string) *comparison {
	c.in, c.fit = in, fit
	return &c
}

// given is the same comparison with other parameters.
func (c comparison) given(p job.Params) comparison {
	c.params = p
	return c
}

// trees compares what is drawn at random by the mean of several seeds, and small
// sets by every fold.
func trees() []*comparison {
	var all []*comparison
	for _, c := range []struct {
		set, ask     string
		trees        int
		folds, seeds int
		leaf         int
	}{
		{"iris", "accuracy", 50, 25, 4, 1}, {"wine", "accuracy", 50, 25, 4, 1}, {"breast_cancer", "accuracy", 50, 25, 1, 1},
		{"digits", "accuracy", 50, 5, 1, 1}, {"Satellite", "accuracy", 50, 2, 2, 1}, {"LetterRecognition", "accuracy", 20, 1, 2, 2},
		{"Shuttle", "accuracy", 10, 1, 1, 1}, {"diabetes", "rmse", 50, 25, 1, 1}, {"ames", "rmse", 30, 5, 1, 3}, {"diamonds", "rmse", 10, 1, 1, 10},
	} {
		tree := comparison{set: c.set, ask: c.ask, raw: true, folds: c.folds, seeds: c.seeds, in: python,
			params: job.Params{"min_samples_leaf": c.leaf}}
		forest := tree.given(job.Params{"min_samples_leaf": c.leaf, "trees": c.trees})
		kind := "Classifier"
		if c.ask == "rmse" {
			kind = "Regressor"
		}
		same := fmt.Sprintf("min_samples_leaf=%d, random_state=SEED)", c.leaf)
		tree.algorithm = "decision-tree"
		switch c.set {
		case "iris", "wine":
			tree.seeds = 12
		case "digits":
			tree.folds, tree.seeds = 25, 4
		case "Satellite":
			tree.folds = 5
		}
		all = append(all, tree.beside(python, "DecisionTree"+kind+"("+same))
		for _, kinds := range [][2]string{{"random-forest", "RandomForest"}, {"extra-trees", "ExtraTrees"}} {
			forest.algorithm = kinds[0]
			all = append(all, forest.beside(python, fmt.Sprintf("%s%s(n_estimators=%d, %s", kinds[1], kind, c.trees, same)))
		}
	}
	return all
}

// boosting compares with the same sizes of trees and steps. XGBoost limits leaves
// by the sum of hessians, scikit-learn by their rows. With more than two classes
// the hessian of a row is p(1-p) in scikit-learn, twice that in XGBoost, and
// K/(K-1) times in the engine and in LightGBM: what is compared with it, and the
// learning rate, have the same factor here.
func boosting() []*comparison {
	const hist = "HistGradientBoosting%s(learning_rate=0.1, max_iter=%d, max_leaf_nodes=31, min_samples_leaf=20, l2_regularization=1, " +
		"early_stopping=False%s)"
	const xgb = "XGB%s(learning_rate=0.1, n_estimators=%d, max_leaves=31, max_depth=0, tree_method='hist', grow_policy='lossguide', " +
		"reg_lambda=1, min_child_weight=1, n_jobs=1)"
	var all []*comparison
	for _, c := range []struct {
		set, ask       string
		trees          int
		folds, classes int
	}{
		{"breast_cancer", "accuracy", 100, 25, 2}, {"wine", "accuracy", 50, 25, 3}, {"iris", "accuracy", 50, 25, 3}, {"digits", "log_loss", 50, 10, 10},
		{"Satellite", "log_loss", 50, 5, 6}, {"LetterRecognition", "log_loss", 20, 5, 26}, {"Shuttle", "accuracy", 20, 1, 7},
		{"diabetes", "rmse", 50, 25, 0}, {"ames", "rmse", 100, 5, 0}, {"diamonds", "rmse", 100, 1, 0},
	} {
		one := comparison{set: c.set, algorithm: "gradient-boosting", ask: c.ask, raw: true, folds: c.folds, in: python}
		kind, theirs, twice := "Classifier", 1.0, 1.0
		switch {
		case c.classes == 0:
			kind = "Regressor"
		case c.classes > 2:
			theirs = float64(c.classes) / float64(c.classes-1)
			twice = theirs / 2
		}
		rows := one.given(job.Params{"trees": c.trees, "learning_rate": 0.1 * theirs, "l2": theirs})
		if c.set == "LetterRecognition" {
			rows.worse = 0.015
			single := rows.given(with(rows.params, job.Params{"min_samples_leaf": 1}))
			single.worse = 0
			all = append(all, single.beside(python, strings.Replace(fmt.Sprintf(hist, kind, c.trees, ""), "min_samples_leaf=20", "min_samples_leaf=1", 1)))
		}
		all = append(all, rows.beside(python, fmt.Sprintf(hist, kind, c.trees, "")))
		weights := one.given(job.Params{"trees": c.trees, "learning_rate": 0.1 * twice, "l2": twice, "min_samples_leaf": 1, "min_child_weight": twice})
		if c.set == "digits" {
			weights.worse = 0.01
		}
		all = append(all, weights.beside(python, fmt.Sprintf(xgb, kind, c.trees)))
	}
	rooms := comparison{set: "ames", algorithm: "gradient-boosting", target: "TotRms_AbvGrd", numbers: true, ask: "poisson_deviance", folds: 5,
		params: job.Params{"objective": "poisson"}}
	codes := comparison{set: "diamonds", algorithm: "gradient-boosting", codes: true, ask: "rmse"}
	all = append(all, rooms.beside(python, fmt.Sprintf(hist, "Regressor", 100, ", loss='poisson'")),
		codes.beside(python, fmt.Sprintf(hist, "Regressor", 100, ", categorical_features=[6, 7, 8]")))
	for _, alpha := range []float64{0.2, 0.5, 0.8} {
		stones := comparison{set: "diamonds", algorithm: "gradient-boosting", numbers: true, ask: fmt.Sprintf("pinball_%v", alpha),
			params: job.Params{"objective": "quantile", "alpha": alpha}}
		houses := stones
		houses.set, houses.folds = "ames", 25
		for _, c := range []comparison{stones, houses} {
			all = append(all, c.beside(python, fmt.Sprintf(hist, "Regressor", 100, fmt.Sprintf(", loss='quantile', quantile=%v", alpha))))
		}
	}
	return all
}
