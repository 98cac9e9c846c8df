// Package erm minimises the empirical risk of linear predictors.
//
// For rows x_i with weights w_i and a loss ℓ of the linear predictors
// η_i = W x_i + b of a row it minimises
//
//	1/Σw · Σ_i w_i ℓ_i(η_i)  +  λ₂/2 · ‖W‖²  +  λ₁ · ‖W‖₁
//
// by the quasi-Newton methods of package optimize, which are given the
// curvature of a sample of the rows to begin with: most of what a Newton step
// would know for a small part of its price. Intercepts b are not penalised.
//
// Rows are summed in a fixed number of shards that are combined in a fixed
// tree, so the bits of a fit do not depend on how many threads computed it.
package erm
