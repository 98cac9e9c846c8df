package peers

import (
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
)

// comparisons is the whole table.
func comparisons() []*comparison {
	return slices.Concat(leastSquares(), logistic(), logLinear(), linearSVM(), trees(), boosting(), bayes(), neighbors(), neural(),
		clusters(), decompositions(), isolation())
}

func leastSquares() []*comparison {
	strict := job.Params{"tolerance": 1e-14, "max_iterations": 1_000_000}
	lasso := func(alpha float64) job.Params { return with(strict, job.Params{"alpha": alpha}) }
	net := with(strict, job.Params{"alpha": 0.1, "l1_ratio": 0.5})
	return []*comparison{
		{set: "diabetes", algorithm: "linear", in: python, fit: "LinearRegression()", ask: askCoefficients},
		{set: "diabetes", algorithm: "linear", in: rscript, fit: "coef(lm(y ~ ., d))", ask: askCoefficients},
		{set: "diamonds", algorithm: "linear", numbers: true, in: python, fit: "LinearRegression()", ask: askCoefficients},
		{set: "diamonds", algorithm: "linear", numbers: true, in: rscript, fit: "coef(lm(y ~ ., d))", ask: askCoefficients},
		{set: "diabetes", algorithm: "ridge", params: job.Params{"l2": 10.0}, in: python,
			fit: "Ridge(alpha=10, solver='cholesky')", ask: askCoefficients},
		{set: "diamonds", algorithm: "ridge", params: job.Params{"l2": 10.0}, in: python,
			fit: "Ridge(alpha=10, solver='cholesky')", ask: askCoefficients},
		{set: "ames", algorithm: "ridge", params: job.Params{"l2": 10.0}, in: python,
			fit: "Ridge(alpha=10, solver='cholesky')", ask: askCoefficients},
		{set: "diabetes", algorithm: "lasso", params: lasso(1), in: python,
			fit: "Lasso(alpha=1, tol=1e-14, max_iter=1000000)", ask: askCoefficients},
		{set: "diabetes", algorithm: "lasso", params: lasso(1), in: rscript,
			fit: "coef(glmnet(x, y, lambda=1, standardize=FALSE, thresh=1e-25, maxit=1e8))", ask: askCoefficients},
		{set: "ames", algorithm: "lasso", params: lasso(500), in: python,
			fit: "Lasso(alpha=500, tol=1e-14, max_iter=1000000)", ask: askCoefficients},
		{set: "diabetes", algorithm: "elastic-net", params: net, in: python,
			fit: "ElasticNet(alpha=0.1, l1_ratio=0.5, tol=1e-14, max_iter=1000000)", ask: askCoefficients},
		// glmnet divides the values by their deviation, and with them only the L1 penalty.
		{set: "diabetes", algorithm: "elastic-net", params: net, in: rscript, fit: "{s <- sqrt(mean((y - mean(y))^2)); l1 <- 0.05 / s; " +
			"s * coef(glmnet(x, y / s, lambda=l1 + 0.05, alpha=l1 / (l1 + 0.05), standardize=FALSE, thresh=1e-25, maxit=1e8))}",
			ask: askCoefficients},
		{set: "ames", algorithm: "elastic-net", params: net, in: python,
			fit: "ElasticNet(alpha=0.1, l1_ratio=0.5, tol=1e-14, max_iter=1000000)", ask: askCoefficients},
	}
}

// amesNumbers are columns of ames without which a house is none.
var amesNumbers = []string{"Lot_Area", "Year_Built", "Year_Remod_Add", "First_Flr_SF", "Gr_Liv_Area", "Garage_Area", "Longitude", "Latitude"}

func logistic() []*comparison {
	strict := job.Params{"tolerance": 1e-12, "max_iterations": 100_000}
	penalty := func(l1, l2 float64) job.Params { return with(strict, job.Params{"l1": l1, "l2": l2}) }
	const newton = "LogisticRegression(C=1, solver='newton-cg', tol=1e-8, max_iter=200)"
	air := comparison{set: "ames", algorithm: "logistic", target: "Central_Air", only: amesNumbers, params: penalty(0, 0), ask: askCoefficients}
	return []*comparison{
		{set: "breast_cancer", algorithm: "logistic", params: penalty(0, 1), in: python, fit: newton, ask: askCoefficients},
		{set: "iris", algorithm: "logistic", params: penalty(0, 1), in: python, fit: newton, ask: askCoefficients},
		{set: "wine", algorithm: "logistic", params: penalty(0, 1), in: python, fit: newton, ask: askCoefficients},
		{set: "digits", algorithm: "logistic", params: penalty(0, 1), in: python, fit: newton, ask: askCoefficients},
		{set: "Satellite", algorithm: "logistic", params: penalty(0, 1), in: python, fit: newton, ask: askCoefficients},
		{set: "breast_cancer", algorithm: "logistic", params: penalty(10, 0), in: python,
			fit: "LogisticRegression(C=0.1, penalty='l1', solver='saga', tol=1e-12, max_iter=100000)", ask: askCoefficients},
		{set: "breast_cancer", algorithm: "logistic", params: penalty(10, 0), in: rscript,
			fit: "coef(glmnet(x, y, 'binomial', lambda=10 / length(y), standardize=FALSE, thresh=1e-25, maxit=1e8))", ask: askCoefficients},
		{set: "wine", algorithm: "logistic", params: penalty(2, 0), in: rscript,
			fit: "coef(glmnet(x, y, 'multinomial', lambda=2 / length(y), standardize=FALSE, thresh=1e-25, maxit=1e8))", ask: askCoefficients},
		{set: "wine", algorithm: "logistic", params: penalty(0.25, 0.25), in: python, fit: "LogisticRegression(C=2, penalty='elasticnet', " +
			"l1_ratio=0.5, solver='saga', tol=1e-12, max_iter=100000)", ask: askCoefficients},
		air.beside(rscript, "coef(glm(y ~ ., binomial, d, control=list(epsilon=1e-14, maxit=100)))"),
		air.beside(python, "GLM(sm.families.Binomial())"),
	}
}

func logLinear() []*comparison {
	strict := job.Params{"tolerance": 1e-12, "max_iterations": 100_000}
	plain, penalised := with(strict, job.Params{"alpha": 0.0}), with(strict, job.Params{"alpha": 0.1})
	rooms := comparison{set: "ames", algorithm: "poisson", target: "TotRms_AbvGrd", only: amesNumbers, params: plain, ask: askCoefficients}
	price := comparison{set: "ames", algorithm: "gamma", only: amesNumbers, params: plain, ask: askCoefficients}
	stones := comparison{set: "diamonds", algorithm: "gamma", only: []string{"carat", "depth", "table"}, params: plain, ask: askCoefficients}
	veneer := comparison{set: "ames", algorithm: "tweedie", target: "Mas_Vnr_Area", only: amesNumbers, params: plain, ask: askCoefficients}
	const control = "control=list(epsilon=1e-14, maxit=100)"
	const newton = "alpha=0.1, solver='newton-cholesky', tol=1e-12, max_iter=10000)"
	return []*comparison{
		rooms.beside(python, "GLM(sm.families.Poisson())"),
		rooms.beside(rscript, "coef(glm(y ~ ., poisson, d, "+control+"))"),
		rooms.given(penalised).beside(python, "PoissonRegressor("+newton),
		price.beside(python, "GLM(sm.families.Gamma(sm.families.links.log()))"),
		price.beside(rscript, "coef(glm(y ~ ., Gamma('log'), d, "+control+"))"),
		price.given(penalised).beside(python, "GammaRegressor("+newton),
		stones.beside(python, "GLM(sm.families.Gamma(sm.families.links.log()))"),
		stones.beside(rscript, "coef(glm(y ~ ., Gamma('log'), d, "+control+"))"),
		veneer.beside(python, "GLM(sm.families.Tweedie(sm.families.links.log(), var_power=1.5))"),
		veneer.given(penalised).beside(python, "TweedieRegressor(power=1.5, "+newton),
	}
}

// linearSVM has no exact peer for squared losses: liblinear penalises the
// intercept, which a large intercept_scaling almost undoes.
func linearSVM() []*comparison {
	squared := func(l2 float64) job.Params {
		return job.Params{"l2": l2, "tolerance": 1e-11, "max_iterations": 100_000}
	}
	absolute := func(l2, epsilon float64) job.Params {
		return job.Params{"l2": l2, "epsilon": epsilon, "squared": false, "tolerance": 1e-10, "max_iterations": 1_000_000}
	}
	const newton = "dual=False, intercept_scaling=1e4, tol=1e-12, max_iter=1000)"
	return []*comparison{
		{set: "breast_cancer", algorithm: "linear-svm", params: squared(2), in: python, fit: "LinearSVC(C=0.5, " + newton, ask: askCoefficients},
		{set: "wine", algorithm: "linear-svm", params: squared(2), in: python, fit: "LinearSVC(C=0.5, " + newton, ask: askCoefficients},
		{set: "digits", algorithm: "linear-svm", params: squared(2), in: python, fit: "LinearSVC(C=0.5, " + newton, ask: askCoefficients},
		{set: "breast_cancer", algorithm: "linear-svm", params: absolute(20, 0), in: python,
			fit: "LinearSVC(C=0.05, loss='hinge', tol=1e-10, max_iter=1000000)", ask: askCoefficients},
		{set: "diabetes", algorithm: "linear-svm", params: absolute(10, 5), in: python,
			fit: "LinearSVR(C=0.1, epsilon=5, tol=1e-10, max_iter=1000000)", ask: askCoefficients},
		{set: "diabetes", algorithm: "linear-svm", params: with(squared(2), job.Params{"epsilon": 5.0}), in: python,
			fit: "LinearSVR(C=0.5, epsilon=5, loss='squared_epsilon_insensitive', " + newton, ask: askCoefficients},
	}
}
