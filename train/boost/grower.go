package boost

import (
	"context"
	"runtime"

	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// grower grows one tree after the other.
type grower struct {
	options  *Options
	data     *tree.Binned
	rule     rule
	monotone []int
	pool     *histograms
	groups   []group

	pairs   []int64  // of each row of the data
	rows    []uint32 // rows that the tree is grown on, those of a leaf together
	whole   bool     // these are all rows of the data, in order before the first split
	scratch []uint32
	sums    []int64 // pairs in the order of a leaf's rows; grows as needed

	parts  []tree.Histogram // of pieces of a leaf's rows
	leaves []leaf
	tree   tree.Tree
	sides  []sided // by node
}

// group is a group of features of the data, with those of them that the tree
// may use.
type group struct {
	index    int
	features []int
}

// sided is a split of the tree being grown in terms of bins.
type sided struct {
	lane tree.Lane
	side *tree.Side
}

// grow grows a tree on the rows and pairs that are set.
func (g *grower) grow(ctx context.Context) error {
	g.tree = tree.Tree{Width: 1}
	g.sides = g.sides[:0]
	root := leaf{node: g.tree.Leaf(), to: len(g.rows), low: -inf, high: inf}
	for _, r := range g.rows {
		root.sum += g.pairs[r]
	}
	g.leaves = append(g.leaves[:0], root)
	if !g.open(&root) {
		return nil
	}
	if err := g.evaluate(ctx, &g.leaves[0], nil); err != nil {
		return err
	}
	for len(g.leaves) < g.options.Leaves {
		best := g.best()
		if best < 0 {
			break
		}
		if err := g.divide(ctx, best); err != nil {
			return err
		}
	}
	for i := range g.leaves {
		g.close(&g.leaves[i])
	}
	return nil
}

// best returns the leaf whose split gains most, the first among equals, or -1.
func (g *grower) best() int {
	at, gain := -1, 0.0
	for i := range g.leaves {
		if b := &g.leaves[i].best; b.gain > gain {
			at, gain = i, b.gain
		}
	}
	return at
}

// open says whether a leaf could be split.
func (g *grower) open(l *leaf) bool {
	depth := g.options.MaxDepth
	return l.rows() >= 2*g.options.MinSamples && (depth == 0 || l.depth < depth)
}

// close gives a leaf's histogram back.
func (g *grower) close(l *leaf) {
	g.pool.put(l.histogram)
	l.histogram = nil
}

// histogram returns memory for a histogram, if need be that of the leaf whose
// split gains least, but for one. A leaf without one takes longer to split, but
// the tree remains the same.
func (g *grower) histogram(but *leaf) tree.Histogram {
	if h := g.pool.get(); h != nil {
		return h
	}
	var least *leaf
	for i := range g.leaves {
		if l := &g.leaves[i]; l != but && l.histogram != nil && (least == nil || l.best.gain < least.best.gain) {
			least = l
		}
	}
	h := least.histogram
	least.histogram = nil
	return h
}

// divide carries out the split of a leaf. The left child takes its place, the
// right one comes last. Where a side has fewer rows than was estimated, and too
// few, it counts the rows of the feature's bins and searches again.
func (g *grower) divide(ctx context.Context, at int) error {
	l := g.leaves[at]
	s := l.best
	side := s.side(&g.data.Features[s.feature])
	lane := g.data.Lane(s.feature)
	n, err := g.partition(ctx, &l, lane, side)
	if err != nil {
		return err
	}
	if min(n, l.rows()-n) < g.options.MinSamples {
		return g.again(ctx, at)
	}
	node, set := s.node(&g.data.Features[s.feature])
	left := g.tree.Split(l.node, node, set)
	for len(g.sides) < len(g.tree.Nodes) {
		g.sides = append(g.sides, sided{})
	}
	g.sides[l.node] = sided{lane, side}
	a := leaf{node: left, from: l.from, to: l.from + n, sum: s.sum, depth: l.depth + 1, low: l.low, high: l.high}
	b := leaf{node: left + 1, from: l.from + n, to: l.to, sum: l.sum - s.sum, depth: l.depth + 1, low: l.low, high: l.high}
	g.bound(&a, &b, s.feature)
	g.leaves[at] = a
	g.leaves = append(g.leaves, b)
	return g.children(ctx, &g.leaves[at], &g.leaves[len(g.leaves)-1], l.histogram)
}

// bound keeps the values below either child of a split of a constrained feature
// on their own side of the middle.
func (g *grower) bound(left, right *leaf, feature int) {
	if g.monotone == nil || g.monotone[feature] == 0 {
		return
	}
	l, r := g.rule.value(left.sum, left.low, left.high), g.rule.value(right.sum, right.low, right.high)
	middle := float64(0.5 * (l + r))
	if g.monotone[feature] > 0 {
		left.high, right.low = middle, middle
	} else {
		left.low, right.high = middle, middle
	}
}

// children searches the two leaves of a split, given their parent's histogram.
func (g *grower) children(ctx context.Context, a, b *leaf, parent tree.Histogram) error {
	if a.rows() > b.rows() {
		a, b = b, a
	}
	full := len(g.leaves) == g.options.Leaves
	switch {
	case full || !g.open(b): // then a is not open either
		g.pool.put(parent)
		return nil
	case parent != nil:
		b.histogram = parent
		err := g.evaluate(ctx, a, b)
		if !g.open(a) {
			g.close(a)
		}
		return err
	}
	if err := g.evaluate(ctx, b, nil); err != nil || !g.open(a) {
		return err
	}
	return g.evaluate(ctx, a, nil)
}

// again searches a leaf whose best split leaves too few rows on a side.
func (g *grower) again(ctx context.Context, at int) error {
	l := &g.leaves[at]
	f := l.best.feature
	if l.exact == nil {
		l.exact = map[int]*[256]int{}
	}
	count, lane := new([256]int), g.data.Lane(f)
	for _, r := range g.rows[l.from:l.to] {
		count[lane.At(r)]++
	}
	l.exact[f] = count
	if l.histogram == nil {
		return g.evaluate(ctx, l, nil)
	}
	found := make([]split, len(g.groups))
	for i := range g.groups {
		found[i] = g.search(i, l)
	}
	l.best = bestOf(found)
	return nil
}

// parallelRows is the number of rows below which one thread does the work.
const parallelRows = 1 << 13

// partition moves the rows of a leaf that go left to its front, keeps both
// parts in order, and returns the left part's length.
func (g *grower) partition(ctx context.Context, l *leaf, lane tree.Lane, side *tree.Side) (int, error) {
	rows, scratch := g.rows[l.from:l.to], g.scratch[l.from:l.to]
	parts := parallel.Shards(len(rows), parallelRows, runtime.GOMAXPROCS(0))
	if len(parts) == 1 {
		return lane.Partition(rows, scratch, side), nil
	}
	left := make([]int, len(parts))
	err := parallel.Do(ctx, len(parts), func(i int) {
		p := parts[i]
		left[i] = lane.Partition(rows[p.From:p.To], scratch[p.From:p.To], side)
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, k := range left {
		n += k
	}
	lefts, rights := scratch[:0], scratch[n:n]
	for i, p := range parts {
		lefts = append(lefts, rows[p.From:p.From+left[i]]...)
		rights = append(rights, rows[p.From+left[i]:p.To]...)
	}
	copy(rows, scratch)
	return n, nil
}
