// Package neighbors predicts from the nearest training rows: a vote of their
// classes, or a mean of their values. Neighbours count equally, or by the
// inverse of their distance; in the second case those at distance zero are the
// only ones that count. A row's own weight multiplies its vote.
//
// Distances are sums in float32 over the features in their order, one rounding
// after each operation, both here and in the exported graph. So the two agree
// in every bit, and with them which rows are nearest, also where distances are
// equal: then the row that comes first is the nearer one.
//
// Rounding is monotonic, so the same sum of the distances to the sides of a box
// is never more than the distance to a row inside it. That makes the pruning of
// the k-d tree exact. Where it excludes little, as in many dimensions, products of
// matrices in float64 exclude instead, with an allowance for their rounding.
package neighbors
