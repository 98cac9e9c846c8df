package forest

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// bitset is a set of rows.
type bitset []uint64

func newBitset(rows int, items []item) bitset {
	b := make(bitset, (rows+63)/64)
	for i := range items {
		b[items[i].row>>6] |= 1 << (items[i].row & 63)
	}
	return b
}

func (b bitset) has(row int) bool { return b[row>>6]>>(row&63)&1 != 0 }

// bagRows is the number of rows that pass through all trees at a time.
const bagRows = 256

// outOfBag is the error of each row under the trees that did not have it: the
// share of rows with another class, or the mean squared error, by weight. Rows
// that every tree had are left out; it is zero where all are.
func (f *forest) outOfBag(ctx context.Context, m *Model, s learn.Sample) (float64, error) {
	blocks := parallel.Blocks(f.rows, bagRows)
	losses, weights := make([]float64, len(blocks)), make([]float64, len(blocks))
	err := parallel.Do(ctx, len(blocks), func(i int) {
		losses[i], weights[i] = f.bagLoss(m, s, blocks[i])
	})
	loss, weight := 0.0, 0.0
	for i := range blocks {
		loss, weight = loss+losses[i], weight+weights[i]
	}
	if weight == 0 {
		return 0, err
	}
	return loss / weight, err
}

// bagLoss sums the weighted losses of a block of rows, and their weights.
func (f *forest) bagLoss(m *Model, s learn.Sample, r parallel.Range) (loss, weight float64) {
	values := make([]float32, f.width)
	sum := make([]float64, outputs(f.classes))
	for i := r.From; i < r.To; i++ {
		for j, feature := range s.Columns.Features {
			switch {
			case !feature.Categorical():
				values[j] = feature.Values[i]
			case feature.Codes[i] < 0:
				values[j] = float32(math.NaN())
			default:
				values[j] = float32(feature.Codes[i])
			}
		}
		n := f.bagSum(sum, m, i, values)
		if n == 0 {
			continue
		}
		w := 1.0
		if s.Weight != nil {
			w = s.Weight[i]
		}
		weight += w
		loss += float64(w * f.loss(sum, n, i, s))
	}
	return loss, weight
}

// bagSum adds up the leaves of a row and returns the number of trees.
func (f *forest) bagSum(sum []float64, m *Model, row int, values []float32) float64 {
	clear(sum)
	n := 0.0
	for t := range m.Ensemble.Trees {
		if f.drawn[t].has(row) {
			continue
		}
		n++
		tree := &m.Ensemble.Trees[t]
		at := tree.Nodes[tree.Find(values)].Left
		for k := range sum {
			sum[k] += float64(tree.Values[int(at)+k])
		}
	}
	return n
}

func (f *forest) loss(sum []float64, n float64, row int, s learn.Sample) float64 {
	switch f.classes {
	case 0:
		d := f.base + sum[0]/n - s.Value[row]
		return float64(d * d)
	case 2:
		sum = []float64{n - sum[0], sum[0]}
	}
	top := 0
	for k, v := range sum {
		if v > sum[top] {
			top = k
		}
	}
	if top == s.Class[row] {
		return 0
	}
	return 1
}
