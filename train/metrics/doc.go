// Package metrics says how well predictions fit what is known: the metrics of
// the catalogue, per class and as a confusion, with bootstrap intervals.
//
// Rows are counted rather than copied. [New] does what depends on the
// predictions alone, such as sorting; [Scorer.Score] then takes how often each
// row counts, so that a slice is zeros and ones, and a bootstrap sample is the
// number of times each row was drawn.
package metrics
