package forest

import (
	"container/heap"
	"context"

	"github.com/modelbuild/modelbuild/train/tree"
)

// grower grows one tree.
type grower struct {
	*data
	options  Options
	tried    int     // features tried at a node
	impurity float64 // a gain of 1 in terms of the impurity
	scorer   scorer
	random   generator

	tree    tree.Tree
	items   []item // those of a node are a range
	scratch []item
	perm    []int32 // of the features
	order   []uint8 // the bins of a feature that are occupied
	side    tree.Side
	values  []float32
	least   float64 // gain of a split that is made
}

// node is a node that can be split.
type node struct {
	at, depth int // its index in the tree
	from, to  int // its items
	cut       cut
}

// grow returns the tree of the given items.
func (g *grower) grow(ctx context.Context, items []item) tree.Tree {
	g.items, g.scratch = items, make([]item, len(items))
	g.perm = make([]int32, g.width)
	for f := range g.perm {
		g.perm[f] = int32(f)
	}
	total := 0.0
	for i := range items {
		total += float64(items[i].weight)
	}
	g.least = float64(g.options.MinDecrease*total) / g.impurity
	g.tree.Leaf()
	open := &frontier{best: g.options.MaxLeaves > 0}
	g.visit(open, node{to: len(items)})
	leaves := 1
	for len(open.nodes) > 0 && ctx.Err() == nil {
		n := open.pop()
		if g.options.MaxLeaves > 0 && leaves >= g.options.MaxLeaves {
			g.scorer.open(g.items[n.from:n.to])
			g.leaf(n.at)
			continue
		}
		leaves++
		g.split(open, n)
	}
	return g.tree
}

// visit makes a node a leaf, or finds its best cut and adds it to the open
// ones.
func (g *grower) visit(open *frontier, n node) {
	items := g.items[n.from:n.to]
	pure := g.scorer.open(items)
	if o := &g.options; pure || len(items) < o.MinSplit || len(items) < 2*o.MinLeaf || o.MaxDepth > 0 && n.depth >= o.MaxDepth {
		g.leaf(n.at)
		return
	}
	n.cut = g.best(items)
	if n.cut.feature < 0 || n.cut.gain < g.least {
		g.leaf(n.at)
		return
	}
	open.push(n)
}

func (g *grower) leaf(at int) {
	g.values = g.scorer.leaf(g.values[:0])
	g.tree.SetLeaf(at, g.values...)
}

// split moves the items of a node to their sides and visits the children.
func (g *grower) split(open *frontier, n node) {
	f := &g.features[n.cut.feature]
	n.cut.side(f, &g.side)
	left := n.from + g.partition(n.from, n.to, int(n.cut.feature))
	if !n.cut.missing {
		n.cut.missingLeft = left-n.from > n.to-left
	}
	split, set := n.cut.node(f)
	child := g.tree.Split(n.at, split, set)
	g.visit(open, node{at: child, depth: n.depth + 1, from: n.from, to: left})
	g.visit(open, node{at: child + 1, depth: n.depth + 1, from: left, to: n.to})
}

// partition moves the items that go left to the front and returns their
// number. Both parts keep their order.
func (g *grower) partition(from, to, feature int) int {
	items, scratch, bins := g.items[from:to], g.scratch[:to-from], g.bins[feature:]
	left, right := 0, 0
	for i := range items {
		it := items[i]
		s := int(g.side[bins[int(it.row)*g.width]])
		items[left], scratch[right] = it, it
		left += s
		right += 1 - s
	}
	copy(items[left:], scratch[:right])
	return left
}

// frontier is the nodes that can be split: a stack, or where best a heap by
// the gain of their cuts.
type frontier struct {
	nodes []node
	best  bool
}

func (f *frontier) push(n node) {
	if f.best {
		heap.Push(f, n)
	} else {
		f.nodes = append(f.nodes, n)
	}
}

func (f *frontier) pop() node {
	if f.best {
		return heap.Pop(f).(node)
	}
	return f.Pop().(node)
}

// Len is part of heap.Interface.
func (f *frontier) Len() int { return len(f.nodes) }

// Less is part of heap.Interface: the larger gain first, then the node that was
// made first.
func (f *frontier) Less(i, j int) bool {
	a, b := &f.nodes[i], &f.nodes[j]
	return a.cut.gain > b.cut.gain || a.cut.gain == b.cut.gain && a.at < b.at
}

// Swap is part of heap.Interface.
func (f *frontier) Swap(i, j int) { f.nodes[i], f.nodes[j] = f.nodes[j], f.nodes[i] }

// Push is part of heap.Interface.
func (f *frontier) Push(n any) { f.nodes = append(f.nodes, n.(node)) }

// Pop is part of heap.Interface.
func (f *frontier) Pop() any {
	n := f.nodes[len(f.nodes)-1]
	f.nodes = f.nodes[:len(f.nodes)-1]
	return n
}
