// Package calibrate turns the scores of a classifier into probabilities that
// match how often classes occur, by Platt's sigmoid or by isotonic regression.
//
// It is fitted on scores of rows that the classifier was not trained on. With
// two classes the second has a map and the first is its complement; with more,
// each class has one, and the results are normalised (Zadrozny and Elkan 2002).
package calibrate
