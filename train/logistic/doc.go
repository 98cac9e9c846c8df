// Package logistic fits logistic regression by penalised maximum likelihood.
//
// For n rows x_i of class y_i, weights w_i and an L2 strength λ it minimises
//
//	1/Σw · ( Σ_i w_i · -log softmax(W x_i + b)[y_i]  +  λ/2 · ‖W‖² )
//
// which is scikit-learn's objective with C = 1/λ; intercepts b are not
// penalised. Two classes have one coefficient vector, the logit of the second
// class, as there; more have one vector each.
//
// Rows are summed in a fixed number of shards that are combined in a fixed
// tree, so the bits of a fit do not depend on how many threads computed it.
package logistic
