package runtime

import "math"

// Keys are the bits of a float32 as an unsigned integer in the order of the
// numbers, zero without sign; NaN comes last. So each test of a node, missing
// values included, is one range of keys.
const (
	nanKey   = math.MaxUint32
	infKey   = 0xff800000
	noKey    = 1 // the key of no number
	signMask = 1 << 31
)

func keyOf(x float32) uint32 {
	switch u := math.Float32bits(x); {
	case x == 0:
		return signMask
	case x != x:
		return nanKey
	case u&signMask != 0:
		return ^u
	default:
		return u | signMask
	}
}

// keyRange is the keys from low to low + width.
type keyRange struct{ low, width uint32 }

// cell is a node of a tree laid out for walking: from a cell the way leads to
// cell next where the key of the row's column is within the range, otherwise to
// the cell after that. A leaf leads to itself.
type cell struct {
	keyRange
	column uint32 // where the feature's keys begin
	next   uint32
}

// forest is an ensemble of trees laid out for walking.
type forest struct {
	cells   []cell
	roots   []uint32
	sums    []float64  // weight of a leaf's cell where all leaves have one target
	leaves  [][]weight // weights of a leaf's cell otherwise
	targets []int      // by tree: the target of all its leaves; -1 where they differ

	features []int // used features in the order of their columns
	widest   int   // the largest feature
	rows     int   // rows of a column: a multiple of lanes
}

// lanes is how many rows are walked side by side, to hide the time that each
// waits for its next cell.
const lanes = 4

// columnKeys bounds the keys of all columns, to stay in a fast cache.
const columnKeys = 1 << 15

// layoutTrees lays trees out in the order of their levels. The two cells that a
// node leads to stand together, so that a shared child has a cell for each of
// its parents.
func layoutTrees(roots []*treeNode) *forest {
	f := &forest{}
	columns := f.columns(roots)
	for _, r := range roots {
		at := f.reserve(1)
		f.roots = append(f.roots, uint32(at))
		f.targets = append(f.targets, targetOf(r))
		var queue []*treeNode
		visit := func(t *treeNode) {
			if !t.leaf() && t.pair == 0 { // no pair begins at the cell of the first root
				t.pair = f.reserve(2)
				queue = append(queue, t)
			}
		}
		visit(r)
		for len(queue) > 0 {
			t := queue[0]
			queue = queue[1:]
			_, inside, outside := t.test()
			for i, c := range []*treeNode{inside, outside} {
				visit(c)
				f.set(t.pair+i, c, columns)
			}
		}
		f.set(at, r, columns)
	}
	return f
}

// columns finds the used features and how many rows of their keys are held.
func (f *forest) columns(roots []*treeNode) map[int]uint32 {
	used := map[int]uint32{}
	for _, r := range roots {
		r.each(func(t *treeNode) {
			if _, ok := used[t.feature]; !ok && !t.leaf() {
				used[t.feature] = uint32(len(f.features))
				f.features = append(f.features, t.feature)
				f.widest = max(f.widest, t.feature)
			}
		})
	}
	f.rows = min(max(columnKeys/max(len(f.features), 1), 4*lanes), 256) &^ (lanes - 1)
	for k := range used {
		used[k] *= uint32(f.rows)
	}
	return used
}

// each calls f for every node below and including t, once, parents first.
func (t *treeNode) each(f func(*treeNode)) {
	seen := map[*treeNode]bool{t: true}
	for queue := []*treeNode{t}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		f(n)
		if n.leaf() {
			continue
		}
		for _, c := range []*treeNode{n.yes, n.no} {
			if !seen[c] {
				seen[c] = true
				queue = append(queue, c)
			}
		}
	}
}

func (f *forest) reserve(n int) int {
	at := len(f.cells)
	f.cells = append(f.cells, make([]cell, n)...)
	f.sums = append(f.sums, make([]float64, n)...)
	f.leaves = append(f.leaves, make([][]weight, n)...)
	return at
}

func (f *forest) set(at int, t *treeNode, columns map[int]uint32) {
	if t.leaf() {
		f.cells[at] = cell{keyRange{0, math.MaxUint32}, 0, uint32(at)}
		f.leaves[at] = t.weights
		if len(t.weights) == 1 {
			f.sums[at] = t.weights[0].value
		}
		return
	}
	keys, _, _ := t.test()
	f.cells[at] = cell{keys, columns[t.feature], uint32(t.pair)}
}

// targetOf is the target of all leaves of a tree, where each has one weight.
func targetOf(root *treeNode) int {
	target, same := -1, true
	root.each(func(t *treeNode) {
		if !t.leaf() || !same {
			return
		}
		same = len(t.weights) == 1 && (target < 0 || target == t.weights[0].target)
		if same {
			target = t.weights[0].target
		}
	})
	if !same {
		return -1
	}
	return target
}

// test is the range of keys that decides a node, and where the way leads from
// within and from outside of it.
func (t *treeNode) test() (keys keyRange, inside, outside *treeNode) {
	low, high := t.trueKeys()
	if low > high {
		low, high = noKey, noKey
	}
	inside, outside = t.yes, t.no
	switch {
	case t.mode == "BRANCH_NEQ": // NaN differs from everything
		inside, outside = outside, inside
	case !t.missingTrue:
	case high == infKey:
		high = nanKey
	case high == noKey:
		low, high = nanKey, nanKey
	default: // up to a number, or NaN: the rest is a range
		low, high = high+1, infKey
		inside, outside = outside, inside
	}
	return keyRange{low, high - low}, inside, outside
}

// trueKeys are the first and last key of the numbers for which the comparison
// is true, or false for the mode that asks for a difference. There are none
// where the last is before the first, nor where the threshold is NaN.
func (t *treeNode) trueKeys() (low, high uint32) {
	k := keyOf(t.value)
	switch {
	case t.mode == branchMissing:
		return nanKey, nanKey
	case k == nanKey:
		return noKey, noKey
	}
	switch t.mode {
	case "BRANCH_LEQ":
		return noKey + 1, k
	case "BRANCH_LT":
		return noKey + 1, k - 1
	case "BRANCH_GTE":
		return k, infKey
	case "BRANCH_GT":
		return k + 1, infKey
	default: // BRANCH_EQ, BRANCH_NEQ
		return k, k
	}
}
