package neighbors

import (
	"math"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// In many dimensions boxes exclude little, and the tree ends in comparing a
// query with most rows. Then the products of many queries with many rows at
// once are faster: ‖q − x‖² is ‖q‖² − 2q·x + ‖x‖². Those distances, in float64,
// only exclude rows that are certainly too far; what is left is compared as the
// tree would, so the neighbours are the same, bit for bit.
const (
	chunk = 128 // rows in a product with the queries of a block

	// The first query of a block is left to the tree. Where that looks at more than
	// this share of the rows, the others are not.
	probeShare = 0.1
)

// brute searches for the queries of one block after the other.
type brute struct {
	*search
	norms  []float64    // ‖x‖² of each row of the tree
	most   float64      // the largest of them
	panels tile.Panels  // of −2x
	rows   matrix.Dense // −2x of a chunk
	value  matrix.Dense // ‖x‖² − 2q·x, queries by rows
	near   [][]near     // found for each query
	limit  []float64    // of value, above which a row is too far
	square []float64    // ‖q‖² of each query
}

func newBrute(s *search) *brute {
	k := cap(s.found)
	b := &brute{search: s, norms: make([]float64, len(s.row)), rows: matrix.NewDense(chunk, s.width), value: matrix.NewDense(block, chunk),
		near: make([][]near, block), limit: make([]float64, block), square: make([]float64, block)}
	for i := range b.near {
		b.near[i] = make([]near, 0, k)
	}
	for i := range b.norms {
		b.norms[i] = squareNorm(s.points[i*s.width:][:s.width])
		b.most = max(b.most, b.norms[i])
	}
	return b
}

func squareNorm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(float64(v) * float64(v))
	}
	return sum
}

// find fills near with the nearest rows of each query. At most block are given.
func (b *brute) find(queries [][]float32) {
	x := wholeTiles(queries, b.width)
	for i, q := range queries {
		b.near[i], b.square[i], b.limit[i] = b.near[i][:0], squareNorm(q), math.Inf(1)
	}
	for _, r := range parallel.Blocks(len(b.norms), chunk) {
		rows, value := b.rows.Slice(0, r.Len()), matrix.Dense{Rows: x.Rows, Width: r.Len(), Data: b.value.Data[:x.Rows*r.Len()]}
		for i, v := range b.points[r.From*b.width : r.To*b.width] {
			rows.Data[i] = float64(-2 * float64(v))
		}
		b.panels.PackTransposed(rows)
		for i := range value.Rows {
			copy(value.Row(i), b.norms[r.From:r.To])
		}
		b.panels.Add(value, x)
		for i, q := range queries {
			b.take(i, q, r.From, value.Row(i))
		}
	}
}

// wholeTiles is a matrix of rows, filled up with zeros to whole tiles.
func wholeTiles(rows [][]float32, width int) matrix.Dense {
	out := matrix.NewDense(tile.Whole(len(rows), tile.Height), width)
	for i, r := range rows {
		row := out.Row(i)
		for j, v := range r {
			row[j] = float64(v)
		}
	}
	return out
}

// take compares query i with the rows that its limit does not exclude.
func (b *brute) take(i int, q []float32, first int, value []float64) {
	limit := b.limit[i]
	b.found = b.near[i]
	for c, v := range value {
		if v > limit {
			continue
		}
		n := near{b.distance(q, first+c), b.row[first+c]}
		if !b.beyond(n) {
			b.insert(n)
			limit = b.tooFar(i)
		}
	}
	b.near[i], b.limit[i] = b.found, limit
}

// distance is the squared distance in the order of [search.squared].
func (b *brute) distance(q []float32, at int) float32 {
	sum := float32(0)
	for j, x := range b.points[at*b.width:][:b.width] {
		e := q[j] - x
		sum += float32(e * e)
	}
	return sum
}

// tooFar is the limit of a query's values, given the farthest neighbour found.
// A squared distance in float32 has width+2 roundings, each of at most 2^-24 of
// it or, where it is tiny, 2^-150. The value has less than 2·width+3, each of at
// most 2^-53 of twice the sum of both norms. Both bounds are taken generously.
func (b *brute) tooFar(i int) float64 {
	if len(b.found) < cap(b.found) {
		return math.Inf(1)
	}
	w := float64(b.width + 4)
	farthest := (float64(b.found[len(b.found)-1].distance) + float64(w*0x1p-149)) / (1 - float64(w*0x1p-23))
	return farthest - b.square[i] + float64(float64(w*0x1p-49)*(b.square[i]+b.most+farthest))
}
