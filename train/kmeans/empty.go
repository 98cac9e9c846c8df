package kmeans

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/parallel"
)

// fill gives each cluster without members the row farthest from its own
// centre, of those that are not alone in their cluster.
func (l *lloyd) fill(ctx context.Context) error {
	count := make([]int, l.o.Clusters)
	for s := range l.shards {
		for j, n := range l.shards[s].count {
			count[j] += n
		}
	}
	var far []float64
	for j, n := range count {
		if n > 0 {
			continue
		}
		if far == nil {
			var err error
			if far, err = l.own(ctx); err != nil {
				return err
			}
		}
		i := farthest(far, l.label, count)
		if i < 0 {
			return nil
		}
		count[l.label[i]]--
		count[j]++
		far[i], l.upper[i], l.lower[i] = 0, math.Inf(1), 0
		l.shardOf(i).reassign(i, l, int32(j))
	}
	return nil
}

// own is each row's squared distance to the centre of its cluster.
func (l *lloyd) own(ctx context.Context) ([]float64, error) {
	out := make([]float64, l.x.Rows)
	err := parallel.Do(ctx, len(l.shards), func(s int) {
		for i := l.shards[s].From; i < l.shards[s].To; i++ {
			out[i] = distance(l.x.Row(i), l.centres.Row(int(l.label[i])))
		}
	})
	return out, err
}

// farthest is the first row of the largest distance, -1 where there is none
// above zero.
func farthest(far []float64, label []int32, count []int) int {
	row, most := -1, 0.0
	for i, d := range far {
		if d > most && count[label[i]] > 1 {
			row, most = i, d
		}
	}
	return row
}

func (l *lloyd) shardOf(i int) *shard {
	for s := range l.shards {
		if i < l.shards[s].To {
			return &l.shards[s]
		}
	}
	panic("kmeans: row outside all shards")
}
