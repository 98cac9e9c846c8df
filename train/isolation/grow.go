package isolation

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tree"
)

// largest is the largest float32.
const largest = 0x1.fffffep127

// grower grows one tree.
type grower struct {
	features []matrix.Feature
	random   *rand.PCG
	rows     []int // those of a node are a range
	scratch  []int
	perm     []int // of the features
	depth    int   // of the tree at most
	unit     float64
	tree     tree.Tree
}

func newGrower(s learn.Sample, o Options, number int) *grower {
	g := &grower{features: s.Columns.Features, random: rand.NewPCG(o.Seed, uint64(number)),
		depth: maxDepth(o.MaxSamples), unit: lengthUnit(o.Trees, o.MaxSamples)}
	g.tree.Width = 1
	if s.Weight == nil {
		g.rows = g.draw(s.Columns.Rows, o.MaxSamples)
	} else {
		g.rows = g.drawWeighted(s.Weight, o.MaxSamples)
	}
	g.scratch = make([]int, len(g.rows))
	g.perm = make([]int, len(g.features))
	for f := range g.perm {
		g.perm[f] = f
	}
	return g
}

// below draws from 0 to n-1.
func (g *grower) below(n int) int { return fpmath.Below(g.random, n) }

// draw draws k of n rows (Floyd's algorithm: Bentley, Programming pearls,
// 1987), in ascending order.
func (g *grower) draw(n, k int) []int {
	seen := make(map[int]bool, k)
	rows := make([]int, 0, k)
	for j := n - k; j < n; j++ {
		r := g.below(j + 1)
		if seen[r] {
			r = j
		}
		seen[r] = true
		rows = append(rows, r)
	}
	slices.Sort(rows)
	return rows
}

// drawWeighted draws k rows, each next one with a chance in proportion to its
// weight: those with the largest log(u)/weight for uniform u (Efraimidis and
// Spirakis, Weighted random sampling with a reservoir, 2006).
func (g *grower) drawWeighted(weight []float64, k int) []int {
	keys, rows := make([]float64, len(weight)), make([]int, len(weight))
	for i, w := range weight {
		keys[i], rows[i] = fpmath.Log(1-fpmath.Uniform(g.random))/w, i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(keys[b], keys[a]) })
	rows = rows[:k]
	slices.Sort(rows)
	return rows
}

// node is a node to be split: its index in the tree, its rows and its depth.
type node struct{ at, from, to, depth int }

func (g *grower) grow() tree.Tree {
	g.tree.Leaf()
	open := []node{{0, 0, len(g.rows), 0}}
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		left := 0
		if n.to-n.from > 1 && n.depth < g.depth {
			left = g.split(n)
		}
		if left == 0 {
			g.tree.SetLeaf(n.at, g.length(n))
			continue
		}
		child, middle := len(g.tree.Nodes)-2, n.from+left
		open = append(open, node{child + 1, middle, n.to, n.depth + 1}, node{child, n.from, middle, n.depth + 1})
	}
	return g.tree
}

// length is that of the path to a leaf, in whole units.
func (g *grower) length(n node) float32 {
	l := float64(n.depth) + meanPath(n.to-n.from)
	if len(g.rows) == 1 {
		l = 1
	}
	return float32(math.Floor(l/g.unit+0.5) * g.unit)
}

// split splits a node by a random feature that is not constant and returns the
// number of rows on the left, zero where every feature is constant.
func (g *grower) split(n node) int {
	rows := g.rows[n.from:n.to]
	for i := range g.perm {
		j := i + g.below(len(g.perm)-i)
		g.perm[i], g.perm[j] = g.perm[j], g.perm[i]
		f := g.perm[i]
		if g.features[f].Categorical() {
			if set := g.category(&g.features[f], rows); set != nil {
				g.tree.Split(n.at, tree.Node{Feature: int32(f)}, set)
				return g.partition(rows, func(r int) bool {
					c := g.features[f].Codes[r]
					return c >= 0 && set[c>>6]>>(c&63)&1 != 0
				})
			}
			continue
		}
		if s, ok := g.number(&g.features[f], rows); ok {
			s.Feature = int32(f)
			g.tree.Split(n.at, s, nil)
			return g.partition(rows, func(r int) bool {
				v := g.features[f].Values[r]
				return v <= s.Threshold || v != v && s.MissingLeft
			})
		}
	}
	return 0
}

// number draws a threshold; false where there is nothing to tell rows apart.
func (g *grower) number(f *matrix.Feature, rows []int) (tree.Node, bool) {
	low, high, missing := float32(largest), float32(-largest), 0
	for _, r := range rows {
		v := f.Values[r]
		if v != v {
			missing++
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	n := tree.Node{Set: tree.Number, MissingLeft: g.random.Uint64()>>63 == 0}
	if missing == len(rows) || low == high && missing == 0 {
		return n, false
	}
	if low == high { // what is missing against the rest
		n.Threshold, n.MissingLeft = largest, false
		return n, true
	}
	n.Threshold = float32(float64(low) + float64(fpmath.Uniform(g.random)*(float64(high)-float64(low))))
	if n.Threshold >= high {
		n.Threshold = low
	}
	return n, true
}

// category draws the set of codes that go left, at least one of those in the
// node and not all; nil where there are less than two. What is missing counts
// as one that never goes left.
func (g *grower) category(f *matrix.Feature, rows []int) []uint64 {
	present := make([]uint64, (f.Categories+63)/64)
	var codes []int32
	missing := false
	for _, r := range rows {
		c := f.Codes[r]
		if c < 0 {
			missing = true
		} else if present[c>>6]>>(c&63)&1 == 0 {
			present[c>>6] |= 1 << (c & 63)
			codes = append(codes, c)
		}
	}
	most := len(codes) - 1
	if missing {
		most++
	}
	if len(codes) == 0 || most == 0 {
		return nil
	}
	set := make([]uint64, len(present))
	for i := range 1 + g.below(most) {
		j := i + g.below(len(codes)-i)
		codes[i], codes[j] = codes[j], codes[i]
		set[codes[i]>>6] |= 1 << (codes[i] & 63)
	}
	return set
}

// partition moves the rows that go left to the front and returns their number.
func (g *grower) partition(rows []int, left func(row int) bool) int {
	n, rest := 0, 0
	for _, r := range rows {
		if left(r) {
			rows[n] = r
			n++
		} else {
			g.scratch[rest] = r
			rest++
		}
	}
	copy(rows[n:], g.scratch[:rest])
	return n
}
