package tree

import (
	"context"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// blockRows is the number of rows that pass through all trees at a time, few
// enough to stay in the cache.
const blockRows = 256

// Predict returns the outputs of each row: the base and, in the order of the
// trees, the values of its leaves.
func (e *Ensemble) Predict(ctx context.Context, x matrix.Columns) (matrix.Dense, error) {
	out := matrix.NewDense(x.Rows, len(e.Base))
	routes := make([]route, len(e.Trees))
	for i := range routes {
		routes[i] = newRoute(&e.Trees[i])
	}
	blocks := parallel.Blocks(x.Rows, blockRows)
	err := parallel.Do(ctx, len(blocks), func(i int) {
		part := out.Slice(blocks[i].From, blocks[i].To)
		for k := range part.Rows {
			for j, v := range e.Base {
				part.Row(k)[j] = float64(v)
			}
		}
		keys := blockKeys(x, blocks[i])
		var at [blockRows]int32
		for t := range routes {
			clear(at[:])
			routes[t].follow(at[:part.Rows], keys)
			e.Trees[t].add(part, at[:])
		}
	})
	return out, err
}

// add adds the values of the leaves that rows are at.
func (t *Tree) add(out matrix.Dense, at []int32) {
	if t.Width == 1 {
		for i := range out.Rows {
			out.Data[i*out.Width+t.Target] += float64(t.Values[t.Nodes[at[i]].Left])
		}
		return
	}
	for i := range out.Rows {
		from := int(t.Nodes[at[i]].Left)
		to := out.Row(i)[t.Target:]
		for j, v := range t.Values[from : from+t.Width] {
			to[j] += float64(v)
		}
	}
}

// blockKeys returns the keys of a block of rows, one feature after the other,
// each in blockRows places: of a number its [key], of a category its code and
// one. Zero is what is missing; no number has it.
func blockKeys(x matrix.Columns, r parallel.Range) []uint32 {
	keys := make([]uint32, len(x.Features)*blockRows)
	for f, feature := range x.Features {
		to := keys[f*blockRows:][:r.Len()]
		if feature.Categorical() {
			for i, c := range feature.Codes[r.From:r.To] {
				to[i] = uint32(c + 1)
			}
			continue
		}
		for i, v := range feature.Values[r.From:r.To] {
			if v == v {
				to[i] = key(v)
			}
		}
	}
	return keys
}

// route is a tree in a form that is followed level by level without a branch
// on the data: a leaf leads to itself.
type route struct {
	nodes []step
	tests []test // by node; only where there is a split by category
	depth int
}

// step sends a key left where key-base <= span. Base is zero where a missing
// value, whose key is zero, goes left; otherwise it is one, from which zero
// wraps round.
type step struct {
	base, span  uint32
	left, right int32
	column      int32 // where the keys of the feature begin
}

// test is a split by category; nil at other nodes.
type test []uint64

func newRoute(t *Tree) route {
	r := route{nodes: make([]step, len(t.Nodes)), depth: t.Depth()}
	for i, n := range t.Nodes {
		s := &r.nodes[i]
		if n.Feature == Leaf {
			*s = step{left: int32(i), right: int32(i)}
			continue
		}
		*s = step{left: n.Left, right: n.Right, column: n.Feature * blockRows}
		if !n.MissingLeft {
			s.base = 1
		}
		if n.Set == Number {
			s.span = key(n.Threshold) - s.base
			continue
		}
		if r.tests == nil {
			r.tests = make([]test, len(t.Nodes))
		}
		r.tests[i] = t.Sets[n.Set]
	}
	return r
}

// follow moves rows from the root to their leaves.
func (r *route) follow(at []int32, keys []uint32) {
	for range r.depth {
		if r.tests == nil {
			descend(at, r.nodes, keys)
			continue
		}
		for i, n := range at {
			at[i] = r.next(n, keys, i)
		}
	}
}

// descend moves rows one level down, in a tree of numbers alone.
func descend(at []int32, nodes []step, keys []uint32) {
	for i, n := range at {
		s := &nodes[n]
		next, left := s.right, s.left // a conditional move
		if keys[int(s.column)+i]-s.base <= s.span {
			next = left
		}
		at[i] = next
	}
}

// next is one step of a row, by number or category.
func (r *route) next(n int32, keys []uint32, row int) int32 {
	s := &r.nodes[n]
	k := keys[int(s.column)+row]
	left := k-s.base <= s.span
	if set := r.tests[n]; set != nil {
		code := k - 1
		left = k == 0 && s.base == 0 || k > 0 && int(code>>6) < len(set) && set[code>>6]>>(code&63)&1 != 0
	}
	if left {
		return s.left
	}
	return s.right
}
