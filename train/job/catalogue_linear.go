package job

import "slices"

// linearAlgorithms are those of linear predictors. Penalties named l1 and l2 are
// added to the sum of the rows' losses, alpha to its mean, as the names are used
// elsewhere.
func linearAlgorithms() []Algorithm {
	return slices.Concat(leastSquares(), logLinear(), []Algorithm{logisticRegression(), linearSVM()})
}

func leastSquares() []Algorithm {
	return []Algorithm{
		{
			Name:  "linear",
			Tasks: []string{TaskRegression},
			Doc:   "Linear regression by ordinary least squares; of several solutions the one with the least coefficients.",
		},
		{
			Name:  "ridge",
			Tasks: []string{TaskRegression},
			Doc:   "Linear regression by least squares with an L2 penalty.",
			Params: []Param{{Name: "l2", Type: ParamFloat, Default: 1.0, Min: bound(0),
				Doc: "Strength of the L2 penalty, added to the sum of the squares; the intercept is not penalised."}},
		},
		{
			Name:  "lasso",
			Tasks: []string{TaskRegression},
			Doc:   "Linear regression by least squares with an L1 penalty, which makes coefficients zero, fitted by coordinate descent.",
			Params: descentParams(Param{Name: "alpha", Type: ParamFloat, Default: 0.1, Min: bound(0),
				Doc: "Strength of the L1 penalty, added to half the mean of the squares, in the units of the target; the intercept is not penalised."}),
		},
		{
			Name:  "elastic-net",
			Tasks: []string{TaskRegression},
			Doc:   "Linear regression by least squares with L1 and L2 penalties, fitted by coordinate descent.",
			Params: descentParams(
				Param{Name: "alpha", Type: ParamFloat, Default: 0.1, Min: bound(0),
					Doc: "Strength of both penalties, added to half the mean of the squares; the intercept is not penalised."},
				Param{Name: "l1_ratio", Type: ParamFloat, Default: 0.5, Min: bound(0), Max: bound(1),
					Doc: "Share of alpha that is the L1 penalty; the rest is the L2 penalty."}),
		},
	}
}

// descentParams are those of coordinate descent, after others.
func descentParams(others ...Param) []Param {
	return append(others,
		Param{Name: "max_iterations", Type: ParamInt, Default: 10_000, Min: bound(1), Max: bound(1e6),
			Doc: "Most sweeps over the coefficients; reaching it is recorded as not converged."},
		Param{Name: "tolerance", Type: ParamFloat, Default: 1e-8, Min: bound(0), Max: bound(1),
			Doc: "Stop when the duality gap is no more than this share of the objective without features."})
}

func logLinear() []Algorithm {
	power := Param{Name: "power", Type: ParamFloat, Default: 1.5, Min: bound(1), Max: bound(3),
		Doc: "Power of the mean that the variance is proportional to: 1 for counts, 2 and more for amounts that are never zero, between for amounts that may be."}
	return []Algorithm{
		{
			Name:   "poisson",
			Tasks:  []string{TaskRegression},
			Doc:    "Poisson regression with a log link, for counts. The target is zero or more.",
			Params: logLinearParams(),
		},
		{
			Name:   "gamma",
			Tasks:  []string{TaskRegression},
			Doc:    "Gamma regression with a log link, for amounts whose spread is proportional to them. The target is more than zero.",
			Params: logLinearParams(),
		},
		{
			Name:   "tweedie",
			Tasks:  []string{TaskRegression},
			Doc:    "Regression with a log link and a variance proportional to a power of the mean, for amounts of which many are zero.",
			Params: logLinearParams(power),
		},
	}
}

// logLinearParams are those of the generalised linear models, with one that is
// sorted between them.
func logLinearParams(power ...Param) []Param {
	return slices.Concat([]Param{
		{Name: "alpha", Type: ParamFloat, Default: 0.001, Min: bound(0),
			Doc: "Strength of the penalties, added to half the mean deviance; the intercept is not penalised."},
		{Name: "l1_ratio", Type: ParamFloat, Default: 0.0, Min: bound(0), Max: bound(1),
			Doc: "Share of alpha that is the L1 penalty; the rest is the L2 penalty."},
		{Name: "max_iterations", Type: ParamInt, Default: 200, Min: bound(1), Max: bound(1e6),
			Doc: "Most iterations; reaching it is recorded as not converged."},
	}, power, []Param{
		{Name: "tolerance", Type: ParamFloat, Default: 1e-6, Min: bound(0), Max: bound(1),
			Doc: "Stop when the largest absolute component of the objective's gradient is no more than this, for a target divided by its mean."},
	})
}

func linearSVM() Algorithm {
	return Algorithm{
		Name:  "linear-svm",
		Tasks: []string{TaskClassification, TaskRegression},
		Doc:   "Linear support vector machine, one class against the rest. Its results are margins, not probabilities.",
		Params: []Param{
			classWeight(),
			{Name: "epsilon", Type: ParamFloat, Default: 0.0, Min: bound(0),
				Doc: "Error that costs nothing, for regression, in the units of the target."},
			{Name: "l2", Type: ParamFloat, Default: 1.0, Min: bound(1e-9),
				Doc: "Strength of the L2 penalty on the coefficients, the inverse of C."},
			{Name: "max_iterations", Type: ParamInt, Default: 1000, Min: bound(1), Max: bound(1e6),
				Doc: "Most iterations, or sweeps over the rows; reaching it is recorded as not converged."},
			{Name: "squared", Type: ParamBool, Default: true,
				Doc: "Square the hinge or epsilon-insensitive loss. Without, fewer rows matter, the fit takes longer, and the intercept is penalised too."},
			{Name: "tolerance", Type: ParamFloat, Default: 1e-6, Min: bound(0), Max: bound(1),
				Doc: "Stop when the largest absolute component of the mean loss's gradient, or of the dual's, is no more than this."},
		},
	}
}

func logisticRegression() Algorithm {
	return Algorithm{
		Name:  "logistic",
		Tasks: []string{TaskClassification},
		Doc:   "Multinomial logistic regression with L2 and L1 penalties, fitted by L-BFGS from the curvature of a sample.",
		Params: []Param{
			{Name: "class_weight", Type: ParamString, Default: "none", Choices: []string{"none", "balanced"},
				Doc: "Weight of a row: 1, or inversely proportional to how frequent its class is."},
			{Name: "l1", Type: ParamFloat, Default: 0.0, Min: bound(0),
				Doc: "Strength of the L1 penalty on the coefficients, which makes some of them zero."},
			{Name: "l2", Type: ParamFloat, Default: 1.0, Min: bound(0),
				Doc: "Strength of the L2 penalty on the coefficients, the inverse of C; intercepts are not penalised."},
			{Name: "max_iterations", Type: ParamInt, Default: 200, Min: bound(1), Max: bound(1e6),
				Doc: "Most L-BFGS iterations; reaching it is recorded as not converged."},
			{Name: "tolerance", Type: ParamFloat, Default: 1e-6, Min: bound(0), Max: bound(1),
				Doc: "Stop when the largest absolute component of the mean loss's gradient is no more than this."},
		},
	}
}
