// Package matrix holds encoded data in the two layouts that algorithms want:
// [Dense], one row after the other, for linear algebra and distances, and
// [Columns], one feature after the other, for trees.
package matrix
