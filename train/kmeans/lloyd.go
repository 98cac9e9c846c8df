package kmeans

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// Rows are summed in shards, of which there are at most mostShards and fewer
// where their sums would be large. Within one, blockRows rows are looked at a
// time. After refresh iterations the bounds and sums are made anew, so that
// what rounding adds to them stays small.
const (
	leastRows  = 256
	mostShards = 64
	fewShards  = 4
	shardSums  = 1 << 22 // numbers in the sums of all shards
	blockRows  = 128
	refresh    = 64

	manyClusters = 16

	// Copying rows costs as much as the distances of about ten centres. So where
	// more than this share of a block is in doubt, all of it is computed in place.
	denseShare = 0.5
)

// lloyd holds the rows, moved so that their mean is zero, and the state of a
// fit.
type lloyd struct {
	x      matrix.Dense
	norm   []float64 // ‖x_i‖²
	weight matrix.Weights
	total  float64 // Σw
	mean   []float64
	o      Options
	shift  float64 // tolerance on the squared movement of all centres
	guard  float64 // more than the rounding error of a difference of two squared distances
	shards []shard
	plain  bool // compute every distance

	centres      matrix.Dense
	centreNorm   []float64
	panels       tile.Panels // of -2c
	apart        []float64   // the distance to the nearest other centre
	moved        []float64   // how far each centre went last
	label        []int32     // -1 before the first assignment
	upper, lower []float64   // bounds of the distance to the own and to every other centre
}

// shard is a range of rows with the sums over its members of each cluster.
type shard struct {
	parallel.Range
	sum     matrix.Dense
	mass    []float64
	count   []int
	changed int
	rows    []int        // those of a block whose distances are needed
	near    matrix.Dense // their copies
	value   matrix.Dense // ‖c_j‖² − 2x·c_j for each, in whole tiles
}

func newLloyd(ctx context.Context, s learn.Sample, o Options) (*lloyd, error) {
	x, k := s.Dense, o.Clusters
	l := &lloyd{x: matrix.NewDense(x.Rows, x.Width), norm: make([]float64, x.Rows), weight: s.Weight, o: o,
		label: make([]int32, x.Rows), upper: make([]float64, x.Rows), lower: make([]float64, x.Rows),
		centreNorm: make([]float64, k), apart: make([]float64, k), moved: make([]float64, k)}
	for _, r := range parallel.Shards(x.Rows, leastRows, min(mostShards, max(fewShards, shardSums/(k*x.Width)))) {
		l.shards = append(l.shards, shard{Range: r, sum: matrix.NewDense(k, x.Width), mass: make([]float64, k), count: make([]int, k),
			near: matrix.NewDense(blockRows, x.Width), value: matrix.NewDense(blockRows, tile.Whole(k, tile.Width))})
	}
	var err error
	if l.mean, l.total, err = (linalg.Design{X: x, Weight: s.Weight}).Means(ctx); err != nil {
		return nil, err
	}
	return l, l.centre(ctx, x)
}

// centre moves the rows, and sets what is measured by how far they are spread.
func (l *lloyd) centre(ctx context.Context, x matrix.Dense) error {
	largest, variance := make([]float64, len(l.shards)), make([]float64, len(l.shards))
	err := parallel.Do(ctx, len(l.shards), func(s int) {
		for i := l.shards[s].From; i < l.shards[s].To; i++ {
			row := l.x.Row(i)
			for j, v := range x.Row(i) {
				row[j] = v - l.mean[j]
			}
			l.norm[i] = squares(row)
			largest[s] = max(largest[s], l.norm[i])
			variance[s] += float64(l.weight.Of(i) * l.norm[i])
		}
	})
	most, sum := 0.0, 0.0
	for s := range l.shards {
		most = max(most, largest[s])
		sum += variance[s]
	}
	l.shift = float64(l.o.Tolerance*sum) / float64(l.total*float64(x.Width))
	// Each of the 2·(width+3) roundings in a squared distance is at most 2^-53 of
	// 4·most, and the bounds themselves gather refresh more.
	l.guard = float64(most*float64(16*(x.Width+refresh))) / (1 << 53)
	return err
}

// run fits once, from seeds of its own.
func (l *lloyd) run(ctx context.Context, rng *rand.PCG) (Partition, error) {
	var err error
	if l.centres, err = l.seeds(ctx, rng); err != nil {
		return Partition{}, err
	}
	part, stale := Partition{Labels: make([]int32, l.x.Rows)}, true
	for ; part.Iterations < l.o.MaxIterations && !part.Converged; part.Iterations++ {
		changed, err := l.assign(ctx, part.Iterations%refresh == 0)
		if err != nil {
			return Partition{}, err
		}
		if changed == 0 && part.Iterations > 0 {
			part.Converged, stale = true, false
			continue
		}
		if err := l.move(ctx); err != nil {
			return Partition{}, err
		}
		part.Converged = squares(l.moved) <= l.shift
	}
	if stale {
		if _, err := l.assign(ctx, false); err != nil {
			return Partition{}, err
		}
	}
	copy(part.Labels, l.label)
	part.Centres, part.Mean = l.centres, l.mean
	part.Inertia, err = l.inertia(ctx)
	return part, err
}

// move puts each centre in the mean of its members, and one without members in
// the row farthest from its own centre.
func (l *lloyd) move(ctx context.Context) error {
	if err := l.fill(ctx); err != nil {
		return err
	}
	k, width := l.o.Clusters, l.x.Width
	next, mass, count := matrix.NewDense(k, width), make([]float64, k), make([]int, k)
	for s := range l.shards {
		for j, v := range l.shards[s].sum.Data {
			next.Data[j] += v
		}
		for j, v := range l.shards[s].mass {
			mass[j] += v
			count[j] += l.shards[s].count[j]
		}
	}
	for j := range k {
		row := next.Row(j)
		if count[j] == 0 { // there are fewer distinct rows than centres
			copy(row, l.centres.Row(j))
		} else {
			for c := range row {
				row[c] /= mass[j]
			}
		}
		l.moved[j] = math.Sqrt(distance(row, l.centres.Row(j)))
	}
	l.centres = next
	return nil
}

// inertia is the objective for the labels as they are.
func (l *lloyd) inertia(ctx context.Context) (float64, error) {
	sums := make([]float64, len(l.shards))
	err := parallel.Do(ctx, len(l.shards), func(s int) {
		for i := l.shards[s].From; i < l.shards[s].To; i++ {
			sums[s] += float64(l.weight.Of(i) * distance(l.x.Row(i), l.centres.Row(int(l.label[i]))))
		}
	})
	total := 0.0
	for _, v := range sums {
		total += v
	}
	return total, err
}

// uncentre moves centres back to where the rows were.
func (l *lloyd) uncentre(centres matrix.Dense) {
	for j := range centres.Rows {
		for c := range l.mean {
			centres.Row(j)[c] += l.mean[c]
		}
	}
}
