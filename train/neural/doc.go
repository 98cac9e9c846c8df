// Package neural fits multilayer perceptrons by backpropagation and stochastic
// gradient descent, for classification and regression.
//
// For rows x_i of weight w_i in a batch, with outputs f(x_i) of the last layer
// and the mean weight w̄ of all training rows, a step goes down the gradient of
//
//	1/(rows·w̄) · Σ_i w_i · loss(f(x_i), y_i)  +  λ/2 · Σ_l ‖W_l‖²
//
// where the loss is −log softmax(f)[y] for classes and ½ (f − y)² for values,
// which are scaled to zero mean and unit variance for the fit. Biases are not
// penalised. The solvers are Adam (Kingma and Ba, 2015) and descent with
// Nesterov's momentum.
//
// A batch is cut into shards by its size alone; their gradients are combined
// in a fixed tree, so the bits of a fit do not depend on how many threads
// computed it.
package neural
