// Package linear fits linear regression by penalised least squares.
//
// For rows x_i with values y_i and weights w_i it minimises, over the
// coefficients β and the intercept b,
//
//	Σ_i w_i (y_i - x_i·β - b)²  +  λ ‖β‖²
//
// which is scikit-learn's Ridge with alpha = λ and for λ = 0 its
// LinearRegression; or, with W = Σ w_i,
//
//	1/(2W) · Σ_i w_i (y_i - x_i·β - b)²  +  α ρ ‖β‖₁  +  α (1-ρ)/2 · ‖β‖²
//
// which is its ElasticNet with alpha = α and l1_ratio = ρ, and for ρ = 1 its
// Lasso. The intercept is never penalised: it is found by centring. Of several
// minima the one with the least ‖β‖ is taken.
package linear
