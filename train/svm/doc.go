// Package svm fits linear support vector machines.
//
// For rows x_i of class y_i = ±1, weights w_i and a penalty λ, classification
// minimises, with the margin m_i = y_i (x_i·β + b),
//
//	Σ_i w_i max(0, 1 - m_i)²  +  λ/2 · ‖β‖²
//
// or with the loss max(0, 1 - m_i), the hinge. More than two classes are fitted
// one against the rest. Regression on values y_i minimises
//
//	Σ_i w_i max(0, |y_i - x_i·β - b| - ε)²  +  λ/2 · ‖β‖²
//
// or the same with the loss not squared. These are scikit-learn's LinearSVC and
// LinearSVR with C = 1/λ, except that with a squared loss the intercept b is not
// penalised. The others are solved by coordinate descent on the dual, where it
// is one more coefficient, of a feature that is 1, and penalised as such.
package svm
