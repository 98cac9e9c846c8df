package boost

import (
	"context"

	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// evaluate gives a leaf its histogram and finds its best split. Its sibling,
// where it has one, holds their parent's histogram, which is made its own.
func (g *grower) evaluate(ctx context.Context, l, sibling *leaf) error {
	l.histogram = g.histogram(sibling)
	rows, sums := g.gather(l)
	found := [2][]split{make([]split, len(g.groups)), make([]split, len(g.groups))}
	work := func(i int) {
		index := g.groups[i].index
		lanes := l.histogram[index*tree.Lanes : (index+1)*tree.Lanes]
		clear(lanes)
		g.data.Add(l.histogram, index, rows, sums)
		if g.open(l) {
			found[0][i] = g.search(i, l)
		}
		if sibling != nil {
			sibling.histogram[index*tree.Lanes : (index+1)*tree.Lanes].Subtract(lanes)
			found[1][i] = g.search(i, sibling)
		}
	}
	if err := g.each(ctx, l.rows(), len(g.groups), work); err != nil {
		return err
	}
	l.best = bestOf(found[0])
	if sibling != nil {
		sibling.best = bestOf(found[1])
	}
	return nil
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
