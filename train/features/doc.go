// Package features turns the columns of a table into the numbers that
// algorithms learn from, and writes the same as a graph.
//
// [Plan] decides the treatment of each column, [Fit] estimates what a treatment
// needs from the training rows alone, and the [Encoder] applies it to any rows,
// in one of two layouts: as a matrix for linear algebra and distances, or as
// columns for trees, which take missing values and categories as such.
package features
