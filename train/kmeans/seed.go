package kmeans

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// seeds draws the first centres.
func (l *lloyd) seeds(ctx context.Context, rng *rand.PCG) (matrix.Dense, error) {
	if l.o.Init == InitRandom {
		return l.sample(rng), nil
	}
	sd := &seeder{lloyd: l, closest: make([]float64, l.x.Rows), centres: matrix.NewDense(0, l.x.Width)}
	sd.tried = make([][]float64, 2+int(fpmath.Log(float64(l.o.Clusters))))
	for c := range sd.tried {
		sd.tried[c] = make([]float64, l.x.Rows)
	}
	for i := range sd.closest {
		sd.closest[i] = math.Inf(1)
	}
	sd.total = sd.weigh()
	for sd.centres.Rows < l.o.Clusters {
		if err := sd.next(ctx, rng); err != nil {
			return matrix.Dense{}, err
		}
	}
	return sd.centres, nil
}

// sample takes distinct rows, each as likely as any other: the head of Fisher
// and Yates's shuffle.
func (l *lloyd) sample(rng *rand.PCG) matrix.Dense {
	out := matrix.NewDense(l.o.Clusters, l.x.Width)
	order := make([]int, l.x.Rows)
	for i := range order {
		order[i] = i
	}
	for j := range out.Rows {
		pick := j + int(rng.Uint64()%uint64(len(order)-j))
		order[j], order[pick] = order[pick], order[j]
		copy(out.Row(j), l.x.Row(order[j]))
	}
	return out
}

// seeder draws centres by k-means++: a row is as likely as its weight times
// its squared distance to the nearest centre so far. Of a few rows drawn the one
// that leaves the smallest sum of those is taken.
type seeder struct {
	*lloyd
	centres matrix.Dense
	closest []float64   // squared distance to the nearest centre; +Inf before the first
	share   []float64   // of each shard, the sum of weight · closest, or of weight before the first
	total   float64     // of all shards
	tried   [][]float64 // closest as it would be with each candidate
}

// next adds a centre.
func (s *seeder) next(ctx context.Context, rng *rand.PCG) error {
	trials := len(s.tried)
	if s.centres.Rows == 0 {
		trials = 1
	}
	candidates := matrix.NewDense(trials, s.x.Width)
	for c := range trials {
		copy(candidates.Row(c), s.x.Row(s.draw(fpmath.Uniform(rng))))
	}
	sums, err := s.try(ctx, candidates)
	if err != nil {
		return err
	}
	best := 0
	for c, v := range sums {
		if v < sums[best] {
			best = c
		}
	}
	s.closest, s.tried[best] = s.tried[best], s.closest
	s.centres.Data = append(s.centres.Data, candidates.Row(best)...)
	s.centres.Rows++
	s.total = s.weigh()
	return nil
}

// potential is what row i adds to the total.
func (s *seeder) potential(i int) float64 {
	if math.IsInf(s.closest[i], 1) {
		return s.weight.Of(i)
	}
	return float64(s.weight.Of(i) * s.closest[i])
}

// weigh sums the potential of each shard, and all of them.
func (s *seeder) weigh() float64 {
	s.share = make([]float64, len(s.shards))
	total := 0.0
	for n, sh := range s.shards {
		for i := sh.From; i < sh.To; i++ {
			s.share[n] += s.potential(i)
		}
		total += s.share[n]
	}
	return total
}

// draw finds the row where the running sum of potentials passes u of the
// total. Where all are zero, because rounding hides how the rows that are left
// differ, it is the one farthest from the centres.
func (s *seeder) draw(u float64) int {
	if s.total <= 0 {
		return s.farthest()
	}
	left := float64(u * s.total)
	last := 0
	for n, sh := range s.shards {
		if left >= s.share[n] {
			left -= s.share[n]
			continue
		}
		for i := sh.From; i < sh.To; i++ {
			p := s.potential(i)
			if p <= 0 {
				continue
			}
			if last = i; left < p {
				return i
			}
			left -= p
		}
	}
	return last
}

func (s *seeder) farthest() int {
	far, most := 0, -1.0
	for i := range s.x.Rows {
		d := math.Inf(1)
		for c := range s.centres.Rows {
			d = math.Min(d, distance(s.x.Row(i), s.centres.Row(c)))
		}
		if d > most {
			far, most = i, d
		}
	}
	return far
}

// try computes for each candidate the closest distances and their weighted sum.
func (s *seeder) try(ctx context.Context, candidates matrix.Dense) ([]float64, error) {
	var panels tile.Panels
	panels.PackTransposed(candidates)
	norms := make([]float64, candidates.Rows)
	for c := range norms {
		norms[c] = squares(candidates.Row(c))
	}
	sums := matrix.NewDense(len(s.shards), candidates.Rows)
	err := parallel.Do(ctx, len(s.shards), func(n int) {
		products := matrix.NewDense(blockRows, candidates.Rows)
		for _, b := range parallel.Blocks(s.shards[n].Len(), blockRows) {
			from := s.shards[n].From + b.From
			dots := products.Slice(0, b.Len())
			clear(dots.Data)
			panels.Add(dots, s.x.Slice(from, from+b.Len()))
			for r := range dots.Rows {
				s.closer(from+r, dots.Row(r), norms, sums.Row(n))
			}
		}
	})
	total := make([]float64, candidates.Rows)
	for n := range s.shards {
		for c, v := range sums.Row(n) {
			total[c] += v
		}
	}
	return total, err
}

// closer notes row i's distance to the nearest centre with each candidate
// added. What rounding could have made of zero is zero, so that a row equal to
// a centre is never drawn.
func (s *seeder) closer(i int, dots, norms, sums []float64) {
	w := s.weight.Of(i)
	for c, v := range dots {
		d := s.norm[i] - float64(2*v) + norms[c]
		if d <= s.guard {
			d = 0
		}
		d = math.Min(d, s.closest[i])
		s.tried[c][i] = d
		sums[c] += float64(w * d)
	}
}
