package linalg

import (
	"context"
	"sync"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// Design is weighted rows. Where Y is not nil it stands for one more column,
// after those of X.
type Design struct {
	X      matrix.Dense
	Y      []float64
	Weight matrix.Weights // of each row
}

// Width is the number of columns with Y.
func (d Design) Width() int {
	if d.Y != nil {
		return d.X.Width + 1
	}
	return d.X.Width
}

// What decides the order of sums: rows are cut into at most maxShards shards
// of at least minRows, fewer where their sums would fill more than shardSums
// numbers, and a shard is worked on in blocks.
const (
	maxShards  = 16
	minRows    = 256
	shardSums  = 1 << 18
	blockRows  = 120 // so that the rows of a transposed block do not share cache sets
	tileHeight = 8   // columns are filled up with zeros to a multiple of it
)

// Means returns the weighted mean of each column and the sum of the weights.
func (d Design) Means(ctx context.Context) (means []float64, total float64, err error) {
	shards := parallel.Shards(d.X.Rows, minRows, maxShards)
	width := d.Width()
	parts := make([][]float64, len(shards))
	err = parallel.Do(ctx, len(shards), func(s int) {
		sum := make([]float64, width+1)
		for i := shards[s].From; i < shards[s].To; i++ {
			w := d.Weight.Of(i)
			for j, v := range d.X.Row(i) {
				sum[j] += float64(w * v)
			}
			if d.Y != nil {
				sum[width-1] += float64(w * d.Y[i])
			}
			sum[width] += w
		}
		parts[s] = sum
	})
	if err != nil {
		return nil, 0, err
	}
	sum := Combine(parts)
	means, total = sum[:width], sum[width]
	for j := range means {
		if total > 0 {
			means[j] /= total
		}
	}
	return means, total, nil
}

// Combine adds the parts to the first one, pairwise in a fixed tree, and
// returns it.
func Combine(parts [][]float64) []float64 {
	for stride := 1; stride < len(parts); stride *= 2 {
		for i := 0; i+stride < len(parts); i += 2 * stride {
			Add(parts[i], parts[i+stride])
		}
	}
	return parts[0]
}

// Gram returns Σ w (x-c)(x-c)ᵀ over the rows, of Width columns each way. A
// nil centre is zero.
func (d Design) Gram(ctx context.Context, centre []float64) (matrix.Dense, error) {
	width := d.Width()
	if centre == nil {
		centre = make([]float64, width)
	}
	const bandWidth = 128
	padded := (width + tileHeight - 1) / tileHeight * tileHeight
	shards := parallel.Shards(d.X.Rows, minRows, min(maxShards, max(1, shardSums/max(1, width*width))))
	bands := parallel.Blocks(padded, bandWidth)
	parts := make([][]float64, len(shards))
	for s := range parts {
		parts[s] = make([]float64, padded*padded)
	}
	free := sync.Pool{New: func() any {
		most := bands[0].Len() * blockRows // no band is longer
		return &gramScratch{left: make([]float64, most), right: make([]float64, padded*blockRows), weight: make([]float64, blockRows)}
	}}
	err := parallel.Do(ctx, len(shards)*len(bands), func(i int) {
		s, scratch := i/len(bands), free.Get().(*gramScratch)
		d.gramBand(shards[s], bands[i%len(bands)], gram{centre, matrix.Dense{Rows: padded, Width: padded, Data: parts[s]}, scratch})
		free.Put(scratch)
	})
	if err != nil {
		return matrix.Dense{}, err
	}
	sum, g := Combine(parts), matrix.NewDense(width, width)
	for i := range width {
		for j := range i + 1 {
			g.Data[i*width+j], g.Data[j*width+i] = sum[i*padded+j], sum[i*padded+j]
		}
	}
	return g, nil
}

// gram is a sum in the making, with memory that one goroutine uses at a time.
type gram struct {
	centre []float64
	sum    matrix.Dense
	*gramScratch
}

// gramScratch is the memory for a block. Making it anew for each shard would
// cost more than the products of a small one.
type gramScratch struct {
	left, right, weight []float64
	panels              tile.Panels
}

// gramBand adds the products of a shard to the rows of the lower triangle in a
// band.
func (d Design) gramBand(rows, band parallel.Range, g gram) {
	left := matrix.Dense{Rows: band.Len(), Data: g.left[:band.Len()*blockRows]}
	right := matrix.Dense{Width: band.To, Data: g.right[:band.To*blockRows]}
	clear(right.Data) // the columns above those of the rows stay zero
	weight := g.weight
	for _, r := range parallel.Blocks(rows.Len(), blockRows) {
		n := r.Len()
		left.Width, right.Rows = n, n
		for i := range n {
			d.centred(rows.From+r.From+i, g.centre, right.Row(i))
			weight[i] = d.Weight.Of(rows.From + r.From + i)
		}
		weighTransposed(right, band.From, weight, left)
		g.panels.Pack(right)
		for i := 0; i < band.Len(); i += tileHeight {
			g.panels.AddColumns(g.sum.Slice(band.From+i, band.From+i+tileHeight), left.Slice(i, i+tileHeight), 0, band.From+i+tileHeight)
		}
	}
}

// weighTransposed stores the transpose of the columns of x from first on, each
// row times its weight.
func weighTransposed(x matrix.Dense, first int, weight []float64, out matrix.Dense) {
	i := 0
	for ; i+3 < x.Rows; i += 4 {
		w0, w1, w2, w3 := weight[i], weight[i+1], weight[i+2], weight[i+3]
		x0, x1, x2, x3 := x.Row(i)[first:], x.Row(i + 1)[first:], x.Row(i + 2)[first:], x.Row(i + 3)[first:]
		x1, x2, x3 = x1[:len(x0)], x2[:len(x0)], x3[:len(x0)]
		for j, v := range x0 {
			o := (*[4]float64)(out.Data[j*out.Width+i:])
			o[0], o[1], o[2], o[3] = float64(w0*v), float64(w1*x1[j]), float64(w2*x2[j]), float64(w3*x3[j])
		}
	}
	for ; i < x.Rows; i++ {
		for j, v := range x.Row(i)[first:] {
			out.Data[j*out.Width+i] = float64(weight[i] * v)
		}
	}
}

// centred stores the first columns of a row less the centre, as many as out
// holds.
func (d Design) centred(i int, centre, out []float64) {
	row := d.X.Row(i)
	row = row[:min(len(row), len(out))]
	near, c := out[:len(row)], centre[:len(row)]
	for j, v := range row {
		near[j] = v - c[j]
	}
	if d.Y != nil && len(out) > len(row) {
		out[len(row)] = d.Y[i] - centre[len(row)]
	}
}
