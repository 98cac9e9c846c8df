package tree

import (
	"slices"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// Leaf is the feature of a node that has no children.
const Leaf = -1

// Number is the set of a split by a threshold.
const Number = -1

// Node is a split or a leaf. A number goes left where it is at most Threshold;
// a category goes left where its code is in the set. What is missing goes left
// where MissingLeft says so.
type Node struct {
	Feature     int32 // Leaf for a leaf
	Left, Right int32 // indices of the children; for a leaf Left is the index of its first value
	Threshold   float32
	Set         int32 // index into Sets, Number for a threshold
	MissingLeft bool
}

// Tree is a decision tree. The root is the first node, and a child comes after
// its parent.
type Tree struct {
	Nodes  []Node
	Values []float32  // Width for each leaf
	Sets   [][]uint64 // bit c of a set is category c; codes beyond its end are not in it
	Width  int        // values in a leaf
	Target int        // output that the first value of a leaf is added to
}

// Leaf appends a leaf and returns its index.
func (t *Tree) Leaf(values ...float32) int {
	t.Nodes = append(t.Nodes, Node{Feature: Leaf, Left: int32(len(t.Values)), Set: Number})
	t.Values = append(t.Values, values...)
	return len(t.Nodes) - 1
}

// Split makes a node, a leaf so far or a new one where at is len(Nodes), a
// split whose children are two new nodes, and returns the left one's index;
// the right one's is the next. The children are to be filled in. A set other
// than nil makes it a split by category.
func (t *Tree) Split(at int, n Node, set []uint64) int {
	n.Set = Number
	if set != nil {
		n.Set = int32(len(t.Sets))
		t.Sets = append(t.Sets, set)
	}
	if at == len(t.Nodes) {
		t.Nodes = append(t.Nodes, Node{})
	}
	left := len(t.Nodes)
	n.Left, n.Right = int32(left), int32(left+1)
	t.Nodes[at] = n
	leaf := Node{Feature: Leaf, Set: Number}
	t.Nodes = append(t.Nodes, leaf, leaf)
	return left
}

// SetLeaf gives the values of a node that is to stay a leaf.
func (t *Tree) SetLeaf(at int, values ...float32) {
	t.Nodes[at] = Node{Feature: Leaf, Left: int32(len(t.Values)), Set: Number}
	t.Values = append(t.Values, values...)
}

// Leaves is the number of leaves.
func (t *Tree) Leaves() int {
	n := 0
	for i := range t.Nodes {
		if t.Nodes[i].Feature == Leaf {
			n++
		}
	}
	return n
}

// Depth is the number of splits on the longest way to a leaf.
func (t *Tree) Depth() int {
	depth := make([]int, len(t.Nodes))
	for i, n := range t.Nodes {
		if n.Feature != Leaf {
			depth[n.Left], depth[n.Right] = depth[i]+1, depth[i]+1
		}
	}
	return slices.Max(depth)
}

// left says whether a value, NaN for a missing one, goes left.
func (t *Tree) left(n *Node, v float32) bool {
	switch {
	case v != v:
		return n.MissingLeft
	case n.Set == Number:
		return v <= n.Threshold
	}
	set, code := t.Sets[n.Set], int(v)
	return code>>6 < len(set) && set[code>>6]>>(code&63)&1 != 0
}

// Find returns the index of the leaf that a row, NaN where it is missing,
// comes to.
func (t *Tree) Find(row []float32) int {
	at := int32(0)
	for {
		n := &t.Nodes[at]
		if n.Feature == Leaf {
			return int(at)
		}
		at = n.Right
		if t.left(n, row[n.Feature]) {
			at = n.Left
		}
	}
}

// Ensemble is a sum of trees.
type Ensemble struct {
	Base  []float32 // one value for each output, which the trees are added to
	Trees []Tree

	// Double exports sums in float64, rather than in float32.
	Double bool
}

// Finite says whether every number is finite.
func (e *Ensemble) Finite() bool {
	for _, t := range e.Trees {
		for _, n := range t.Nodes {
			if n.Threshold-n.Threshold != 0 {
				return false
			}
		}
		if !matrix.Finite(t.Values) {
			return false
		}
	}
	return matrix.Finite(e.Base)
}
