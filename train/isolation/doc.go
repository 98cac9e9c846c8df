// Package isolation finds anomalies with an isolation forest (Liu, Ting and
// Zhou, Isolation Forest, 2008). Each tree splits a small sample of the rows at
// random, by a random feature and a random threshold between its smallest and
// its largest value, until rows are alone or the tree is as deep as one of that
// many rows is on average. Rows unlike the others are alone after few splits.
//
// With h(x) the length of a row's path, to which a leaf of n rows adds the mean
// path length c(n) of a search tree, and ψ the number of rows in the sample,
// the score is
//
//	2^(-E[h(x)] / c(ψ))
//
// near 1 for anomalies and below 0.5 for what is ordinary.
//
// A category sends a random part of the codes in a node to the left; others,
// and what is missing, go right. A number that is missing goes to a random
// side.
package isolation
