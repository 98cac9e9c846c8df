// Package features turns columns of text into a matrix of numbers: missing
// values are filled, numbers scaled, categories one-hot encoded.
//
// Everything that is estimated (medians, means, scales, the set of
// categories) comes from the training rows alone, and is rounded to float32,
// because the exported model computes in float32: the matrix trained on is the
// one that the model will see.
package features
