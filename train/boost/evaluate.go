package boost

import (
	"context"
	"runtime"

	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// shardRows is the number of rows that a histogram of its own is worth.
const shardRows = 1 << 15

// evaluate gives a leaf its histogram and finds its best split. Its sibling,
// where it has one, holds their parent's histogram, which is made its own.
func (g *grower) evaluate(ctx context.Context, l, sibling *leaf) error {
	l.histogram = g.histogram(sibling)
	if err := g.sum(ctx, l); err != nil {
		return err
	}
	found := [2][]split{make([]split, len(g.groups)), make([]split, len(g.groups))}
	err := g.each(ctx, l.rows(), len(g.groups), func(i int) {
		if g.open(l) {
			found[0][i] = g.search(i, l)
		}
		if sibling != nil {
			g.groups[i].lanes(sibling.histogram).Subtract(g.groups[i].lanes(l.histogram))
			found[1][i] = g.search(i, sibling)
		}
	})
	if err != nil {
		return err
	}
	l.best = bestOf(found[0])
	if sibling != nil {
		sibling.best = bestOf(found[1])
	}
	return nil
}

// sum fills the histogram of a leaf. There are pieces of work for every thread
// where there are rows enough: sums are exact, so their number changes nothing.
func (g *grower) sum(ctx context.Context, l *leaf) error {
	rows, sums := g.gather(l)
	threads := runtime.GOMAXPROCS(0)
	shards := parallel.Shards(len(sums), shardRows, max(1, (threads+len(g.groups)-1)/max(1, len(g.groups))))
	for len(g.parts) < len(shards)-1 {
		g.parts = append(g.parts, g.data.NewHistogram())
	}
	err := g.each(ctx, len(sums), len(g.groups)*len(shards), func(i int) {
		group, shard := g.groups[i/len(shards)], i%len(shards)
		h := l.histogram
		if shard > 0 {
			h = g.parts[shard-1]
		}
		clear(group.lanes(h))
		r := shards[shard]
		if rows == nil {
			g.data.AddRange(h, group.index, r.From, sums[r.From:r.To])
		} else {
			g.data.Add(h, group.index, rows[r.From:r.To], sums[r.From:r.To])
		}
	})
	if err != nil {
		return err
	}
	for i := range len(shards) - 1 {
		l.histogram.Add(g.parts[i])
	}
	return nil
}

// lanes is the part of a histogram that is the group's.
func (g *group) lanes(h tree.Histogram) tree.Histogram {
	return h[g.index*tree.Lanes : (g.index+1)*tree.Lanes]
}

// each does n pieces of work, on one thread where there are few rows.
func (g *grower) each(ctx context.Context, rows, n int, work func(int)) error {
	if rows >= parallelRows {
		return parallel.Do(ctx, n, work)
	}
	for i := range n {
		work(i)
	}
	return ctx.Err()
}

// search finds the best split of a leaf by a feature of a group.
func (g *grower) search(group int, l *leaf) split {
	s := newSearch(&g.rule, l, g.monotone)
	for _, f := range g.groups[group].features {
		s.feature(f, &g.data.Features[f], &l.histogram[f])
	}
	return s.result()
}

// bestOf returns the split that gains most, the first among equals.
func bestOf(found []split) split {
	var best split
	for _, s := range found {
		if s.gain > best.gain {
			best = s
		}
	}
	return best
}

// gather returns the rows of a leaf, nil for all in order, and their pairs.
func (g *grower) gather(l *leaf) (rows []uint32, sums []int64) {
	if g.whole && l.rows() == len(g.pairs) {
		return nil, g.pairs
	}
	rows = g.rows[l.from:l.to]
	if len(g.sums) < len(rows) {
		g.sums = make([]int64, len(rows))
	}
	sums = g.sums[:len(rows)]
	for i, r := range rows {
		sums[i] = g.pairs[r]
	}
	return rows, sums
}
