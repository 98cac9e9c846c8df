package kmeans

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// assign gives each row the label of its nearest centre, the first of equals,
// and returns how many labels changed. Anew forgets bounds and sums first.
func (l *lloyd) assign(ctx context.Context, anew bool) (int, error) {
	if err := l.prepare(ctx); err != nil {
		return 0, err
	}
	first, second := 0.0, 0.0 // the two largest movements
	for _, m := range l.moved {
		first, second = math.Max(first, m), math.Max(second, math.Min(first, m))
	}
	err := parallel.Do(ctx, len(l.shards), func(s int) {
		sh := &l.shards[s]
		sh.changed = 0
		if anew {
			l.forget(sh)
		}
		for _, b := range parallel.Blocks(sh.Len(), blockRows) {
			block := parallel.Range{From: sh.From + b.From, To: sh.From + b.To}
			if anew || l.plain {
				sh.all(block)
			} else {
				l.doubtful(sh, block, [2]float64{first, second})
				if float64(len(sh.rows)) > float64(denseShare*float64(block.Len())) {
					sh.all(block)
				}
			}
			l.compute(sh)
		}
	})
	changed := 0
	for s := range l.shards {
		changed += l.shards[s].changed
	}
	return changed, err
}

// prepare computes what the bounds and the products need of the centres.
func (l *lloyd) prepare(ctx context.Context) error {
	twice := matrix.NewDense(tile.Whole(l.centres.Rows, tile.Width), l.centres.Width) // the rows above those of the centres stay zero
	for i, v := range l.centres.Data {
		twice.Data[i] = float64(-2 * v)
	}
	l.panels.PackTransposed(twice)
	return parallel.Do(ctx, l.centres.Rows, func(j int) {
		c := l.centres.Row(j)
		l.centreNorm[j] = squares(c)
		nearest := math.Inf(1)
		for other := range l.centres.Rows {
			if other != j {
				nearest = math.Min(nearest, distance(c, l.centres.Row(other)))
			}
		}
		l.apart[j] = math.Sqrt(nearest)
	})
}

func (l *lloyd) forget(sh *shard) {
	clear(sh.sum.Data)
	clear(sh.mass)
	clear(sh.count)
	for i := sh.From; i < sh.To; i++ {
		l.label[i] = -1
	}
}

func (sh *shard) all(r parallel.Range) {
	sh.rows = sh.rows[:0]
	for i := r.From; i < r.To; i++ {
		sh.rows = append(sh.rows, i)
	}
}

// doubtful collects the rows of a block whose bounds do not settle their
// label, after moving the bounds as far as the centres did. Where there are
// many centres a sharper upper bound is tried first.
func (l *lloyd) doubtful(sh *shard, r parallel.Range, largest [2]float64) {
	sh.rows = sh.rows[:0]
	upper, lower, label := l.upper[r.From:r.To], l.lower[r.From:r.To], l.label[r.From:r.To]
	for i, own := range label {
		moved, others := l.moved[own], largest[0]
		if moved == others {
			others = largest[1]
		}
		u, low := upper[i]+moved, lower[i]-others
		upper[i], lower[i] = u, low
		if l.settled(u, low, own) {
			continue
		}
		if len(l.moved) > manyClusters {
			row, c := l.x.Row(r.From+i), l.centres.Row(int(own))
			upper[i] = math.Sqrt(max(0, l.norm[r.From+i]-float64(2*linalg.Dot(row, c))+l.centreNorm[own]) + l.guard)
			if l.settled(upper[i], low, own) {
				continue
			}
		}
		sh.rows = append(sh.rows, r.From+i)
	}
}

// settled says that every other centre is farther than the own one by more
// than rounding can hide. By the triangle inequality another centre is at
// least 2·half − upper away.
func (l *lloyd) settled(upper, lower float64, own int32) bool {
	if other := l.apart[own] - upper; other > lower {
		lower = other
	}
	return lower > 0 && float64(upper*upper)+l.guard < float64(lower*lower)
}

// compute finds the nearest and second nearest centre of the collected rows.
func (l *lloyd) compute(sh *shard) {
	near := sh.gather(l.x)
	value, k := sh.value.Slice(0, near.Rows), len(l.centreNorm)
	for r := range near.Rows {
		copy(value.Row(r), l.centreNorm)
	}
	l.panels.Add(value, near)
	for r, i := range sh.rows {
		best, first, second := nearest(value.Row(r)[:k], l.norm[i])
		l.upper[i] = math.Sqrt(first + l.guard)
		l.lower[i] = math.Sqrt(max(0, second-l.guard))
		if best != int(l.label[i]) {
			sh.changed++
			sh.reassign(i, l, int32(best))
		}
	}
}

// gather is a matrix of the collected rows: a view of x where they follow each
// other, else copies of them. Copies are filled up to whole tiles with what the
// memory holds, for products that nobody reads.
func (sh *shard) gather(x matrix.Dense) matrix.Dense {
	n := len(sh.rows)
	if n > 0 && sh.rows[n-1]-sh.rows[0] == n-1 {
		return x.Slice(sh.rows[0], sh.rows[0]+n)
	}
	for r, i := range sh.rows {
		copy(sh.near.Row(r), x.Row(i))
	}
	return sh.near.Slice(0, tile.Whole(n, tile.Height))
}

// nearest is the index of the smallest value, the first of equals, with the
// smallest and second smallest after adding norm; rounding below zero is cut
// off. Comparing the bits, which are in the order of the numbers, compiles to
// conditional moves: which centre is nearest cannot be predicted.
func nearest(values []float64, norm float64) (best int, first, second float64) {
	one, two := uint64(math.MaxUint64), math.Float64bits(math.Inf(1))
	for j, v := range values {
		d := math.Float64bits(max(0, norm+v))
		later := max(one, d)
		if later < two {
			two = later
		}
		if d < one {
			best = j
		}
		one = min(one, d)
	}
	return best, math.Float64frombits(one), math.Float64frombits(two)
}

// reassign moves a row from the sums of one cluster to those of another.
func (sh *shard) reassign(i int, l *lloyd, to int32) {
	row, w := l.x.Row(i), l.weight.Of(i)
	if from := l.label[i]; from >= 0 {
		sum := sh.sum.Row(int(from))
		for c, v := range row {
			sum[c] -= float64(w * v)
		}
		sh.mass[from] -= w
		sh.count[from]--
	}
	sum := sh.sum.Row(int(to))
	for c, v := range row {
		sum[c] += float64(w * v)
	}
	sh.mass[to] += w
	sh.count[to]++
	l.label[i] = to
}

// distance is the squared Euclidean distance, in lanes as those of linalg.Dot.
func distance(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		s0 += float64(d0 * d0)
		s1 += float64(d1 * d1)
		s2 += float64(d2 * d2)
		s3 += float64(d3 * d3)
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		d := v - b[i]
		s0 += float64(d * d)
	}
	return (s0 + s1) + (s2 + s3)
}

func squares(x []float64) float64 { return linalg.Dot(x, x) }
