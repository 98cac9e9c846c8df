package mixture

import (
	"context"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// Rows are summed in shards of at least leastRows, of which there are at most
// mostShards and fewer where their sums would be large; blockRows rows are worked on
// at a time.
const (
	leastRows  = 256
	mostShards = 64
	fewShards  = 2
	shardSums  = 1 << 22 // numbers in the sums of all shards
	blockRows  = 64
)

// em is a fit.
type em struct {
	o       Options
	k       int
	input   learn.Sample
	offset  []float32
	x       matrix.Dense // the rows, moved by offset
	weight  matrix.Weights
	total   float64      // Σw
	scatter matrix.Dense // Σ w xxᵀ
	density density
	shards  []shard
}

// shard is a range of rows with its sums for each component k over its rows i, r_ik
// being the row's weight times its responsibility and d_ik = x_i − μ_k.
type shard struct {
	parallel.Range
	likelihood float64      // Σ_i w_i log p(x_i)
	mass       []float64    // Σ r
	first      matrix.Dense // Σ r d
	second     matrix.Dense // Σ r ddᵀ, its diagonal or its trace, by shape
	work       work
	across     matrix.Dense // dᵀ of a block
	scaled     matrix.Dense // r d of a block
	panels     tile.Panels
}

func (e *em) allot() {
	width := e.x.Width
	second := map[string]int{Full: width * width, Tied: 0, Diagonal: width, Spherical: 1}[e.o.Covariance]
	limit := min(mostShards, max(fewShards, shardSums/(e.k*(second+width))))
	for _, r := range parallel.Shards(e.x.Rows, leastRows, limit) {
		e.shards = append(e.shards, shard{Range: r, mass: make([]float64, e.k), first: matrix.NewDense(e.k, width),
			second: matrix.NewDense(e.k, second), work: newWork(e.k, width),
			across: matrix.NewDense(width, blockRows), scaled: matrix.NewDense(blockRows, width)})
	}
}

// pass does the E-step for the present density, or takes the labels instead,
// and adds up what the M-step needs. It returns the mean log-likelihood.
func (e *em) pass(ctx context.Context, labels []int32) (float64, error) {
	err := parallel.Do(ctx, len(e.shards), func(n int) {
		s := &e.shards[n]
		s.likelihood = 0
		clear(s.mass)
		clear(s.first.Data)
		clear(s.second.Data)
		for _, b := range parallel.Blocks(s.Len(), blockRows) {
			from, to := s.From+b.From, s.From+b.To
			e.density.differences(e.x.Slice(from, to), &s.work)
			if labels == nil {
				e.expect(s, from, to)
			} else {
				e.give(s, labels[from:to], from)
			}
			for k := range e.k {
				s.add(e.o.Covariance, k)
			}
		}
	})
	total := 0.0
	for n := range e.shards {
		total += e.shards[n].likelihood
	}
	return total / e.total, err
}

// expect computes the responsibilities of a block.
func (e *em) expect(s *shard, from, to int) {
	e.density.logs(e.x.Slice(from, to), &s.work)
	for r := range to - from {
		row := s.work.log.Row(r)
		w := e.weight.Of(from + r)
		s.likelihood += float64(w * fpmath.Softmax(row))
		for k := range row {
			row[k] = float64(w * row[k])
		}
	}
}

// give makes the components of the labels responsible.
func (e *em) give(s *shard, labels []int32, from int) {
	clear(s.work.log.Data)
	for r, k := range labels {
		s.work.log.Row(r)[k] = e.weight.Of(from + r)
	}
}

// add adds a block to the sums of component k. Rows for which it is not
// responsible at all add nothing, and a block of them is passed over.
func (s *shard) add(covariance string, k int) {
	n, any := s.work.rows, false
	d, first := s.work.difference(k), s.first.Row(k)
	for r := range n {
		own := s.work.log.Row(r)[k]
		if own == 0 {
			clear(s.scaled.Row(r))
			continue
		}
		any = true
		s.mass[k] += own
		row, scaled := d.Row(r), s.scaled.Row(r)
		for c, v := range row {
			scaled[c] = float64(own * v)
			first[c] += scaled[c]
		}
		switch second := s.second.Row(k); covariance {
		case Diagonal:
			for c, v := range row {
				second[c] += float64(scaled[c] * v)
			}
		case Spherical:
			second[0] += linalg.Dot(scaled, row)
		}
	}
	if any && covariance == Full {
		s.products(d, matrix.Dense{Rows: d.Width, Width: d.Width, Data: s.second.Row(k)})
	}
}

// products adds dᵀ (r d) to the lower triangle of out.
func (s *shard) products(d, out matrix.Dense) {
	across := matrix.Dense{Rows: d.Width, Width: d.Rows, Data: s.across.Data[:d.Width*d.Rows]}
	for r := range d.Rows {
		for c, v := range d.Row(r) {
			across.Data[c*d.Rows+r] = v
		}
	}
	s.panels.Pack(s.scaled.Slice(0, d.Rows))
	for c := 0; c < d.Width; c += tile.Width {
		s.panels.AddColumns(out.Slice(c, d.Width), across.Slice(c, d.Width), c, min(c+tile.Width, d.Width))
	}
}
