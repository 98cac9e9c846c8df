package forest

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// data is what all trees are grown from. Bins are row by row, since the rows of
// the many small nodes are scattered.
type data struct {
	rows, width int
	classes     int // zero for regression
	bins        []uint8
	features    []feature
	target      []int32   // by row: the class, or the value in units
	weight      []float64 // by row; nil for all 1
	base        float64   // regression: what a value of zero units is
	unit        float64   // regression
}

// feature is a binning with the smallest and the largest value in each bin of
// a number. Bin number Bins is for what is missing.
type feature struct {
	*tree.Binning
	low, high []float32
}

// packRows is the number of rows that are filled at a time.
const packRows = 1024

func newData(ctx context.Context, s learn.Sample, o Options) (*data, error) {
	b, err := tree.Bin(ctx, s.Columns, tree.BinOptions{Bins: o.Bins})
	if err != nil {
		return nil, err
	}
	d := &data{rows: s.Columns.Rows, width: len(s.Columns.Features), classes: s.Classes, weight: s.Weight}
	d.bins = make([]uint8, d.rows*d.width)
	blocks := parallel.Blocks(d.rows, packRows)
	err = parallel.Do(ctx, len(blocks), func(i int) {
		for f := range d.width {
			lane := b.Lane(f)
			for r := blocks[i].From; r < blocks[i].To; r++ {
				d.bins[r*d.width+f] = lane.At(uint32(r))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	d.features = make([]feature, d.width)
	err = parallel.Do(ctx, d.width, func(f int) {
		d.features[f] = feature{Binning: &b.Features[f]}
		d.measure(f, s.Columns.Features[f])
	})
	if err != nil {
		return nil, err
	}
	if s.Value != nil {
		d.setValues(s.Value)
	} else {
		d.setClasses(s.Class)
	}
	return d, nil
}

// measure finds the ranges of a number's bins.
func (d *data) measure(f int, column matrix.Feature) {
	if column.Categorical() {
		return
	}
	ft := &d.features[f]
	ft.low, ft.high = make([]float32, ft.Bins+1), make([]float32, ft.Bins+1)
	for b := range ft.low {
		ft.low[b], ft.high[b] = largest, -largest
	}
	for r, v := range column.Values {
		b := d.bins[r*d.width+f]
		ft.low[b], ft.high[b] = min(ft.low[b], v), max(ft.high[b], v)
	}
}

func (d *data) setClasses(class []int) {
	d.target = make([]int32, d.rows)
	for i, c := range class {
		d.target[i] = int32(c)
	}
}

// valueUnits is the number of units between the base and the value farthest
// from it. With weights of at most 2^31 in all, sums stay below 2^61.
const valueUnits = 1 << 30

// setValues expresses values in units from their mean.
func (d *data) setValues(value []float64) {
	d.target = make([]int32, d.rows)
	for _, v := range value {
		d.base += v / float64(d.rows)
	}
	d.base = float64(float32(d.base))
	farthest := 0.0
	for _, v := range value {
		farthest = max(farthest, math.Abs(v-d.base))
	}
	d.unit = farthest / valueUnits
	if d.unit == 0 {
		return
	}
	for i, v := range value {
		d.target[i] = int32(math.Floor((v-d.base)/d.unit + 0.5))
	}
}

// weightUnits is the most that the weights of a tree may add up to.
const weightUnits = 1 << 31

// item is a row in a tree.
type item struct {
	row    uint32
	weight uint32 // in units; not zero
	target int32
}

// count is a weight in the lower half and a number of rows in the upper one.
type count uint64

func (c count) rows() uint32   { return uint32(c >> 32) }
func (c count) weight() uint64 { return uint64(uint32(c)) }

func (it *item) count() count { return 1<<32 | count(it.weight) }
func (it *item) total() int64 { return int64(it.target) * int64(it.weight) }

// items lists the rows of a tree in ascending order: those with a count, or
// where count is nil all. Whole weights keep their value where they can.
func (d *data) items(count []uint32) []item {
	total, whole, n := 0.0, true, 0
	weight := func(i int) float64 {
		w := 1.0
		if count != nil {
			w = float64(count[i])
		}
		if d.weight != nil {
			w = float64(w * d.weight[i])
		}
		return w
	}
	for i := range d.rows {
		w := weight(i)
		total += w
		whole = whole && w == math.Floor(w)
		if w > 0 {
			n++
		}
	}
	scale := 1.0
	if !whole || total > weightUnits {
		scale = (weightUnits - float64(n)) / total // each may be rounded up
	}
	out := make([]item, 0, n)
	for i := range d.rows {
		if w := uint32(math.Floor(float64(weight(i)*scale) + 0.5)); w > 0 {
			out = append(out, item{uint32(i), w, d.target[i]})
		}
	}
	return out
}
