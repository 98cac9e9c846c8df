// Package bayes fits naive Bayes classifiers: the features of a row are taken
// to be independent given its class, so the logarithm of the joint density is a
// sum over them,
//
//	log P(class) + Σ_j log p(x_j | class),
//
// and the probabilities are its softmax over the classes. Three distributions
// are at hand:
//
//	gaussian     x_j is normal with the class's mean and variance; the variances
//	             are raised by a share of the largest one
//	multinomial  x is a row of counts, log p = Σ_j x_j log θ_j
//	bernoulli    x_j counts as present above a threshold
//
// The frequencies θ of the last two are smoothed by a count of alpha. Rows have
// weights. The formulas are those of scikit-learn.
package bayes
