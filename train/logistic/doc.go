// Package logistic fits logistic regression by penalised maximum likelihood.
//
// For n rows x_i of class y_i, weights w_i and penalties λ₂ and λ₁ it minimises
//
//	1/Σw · ( Σ_i w_i · -log softmax(W x_i + b)[y_i]  +  λ₂/2 · ‖W‖²  +  λ₁ · ‖W‖₁ )
//
// which is scikit-learn's objective with λ₂ = (1-l1_ratio)/C and
// λ₁ = l1_ratio/C; intercepts b are not penalised. Two classes have one
// coefficient vector, the logit of the second class, as there; more have one
// vector each.
package logistic
