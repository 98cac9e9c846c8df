// Package drift describes what columns hold and how far other rows are from
// that: the statistics of the training part that are kept with a model, and the
// population stability index of data that it is applied to.
//
// Counts are whole numbers and sums go by the order of the rows, so that neither
// depends on the number of threads.
package drift
