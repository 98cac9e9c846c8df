// Package glm fits generalised linear models with a log link: the mean of a
// row's value is μ = exp(x·β + b), and its variance is proportional to μ^p.
//
// The power p is 1 for counts (Poisson), 2 for positive amounts whose spread is
// proportional to them (gamma), and between for amounts of which many are zero
// (compound Poisson, "Tweedie"). With the unit deviance d of the power, rows of
// weights w and W = Σ w, what is minimised is
//
//	1/(2W) · Σ_i w_i d(y_i, μ_i)  +  α ρ ‖β‖₁  +  α (1-ρ)/2 · ‖β‖²
//
// which for ρ = 0 is the objective of scikit-learn's TweedieRegressor with
// alpha = α; the intercept b is not penalised.
package glm
