package dbscan

import (
	"math"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// leafRows is the most rows of a node that is not split, unless they are all
// the same.
const leafRows = 24

// tree is a k-d tree of rows with the box around those of each node. Distances
// to boxes are summed as those to rows are, and rounding keeps the order of
// numbers, so that a box never contradicts the rows in it.
type tree struct {
	x         matrix.Dense // the rows, those of a node together
	row       []int        // where each was
	weight    matrix.Weights
	nodes     []node
	low, high matrix.Dense // of each node's box
	leaf      []int32      // of each row
}

// node is a range of rows. A leaf has no children.
type node struct {
	from, to    int32
	left, right int32 // zero for none
	parent      int32 // -1 for the root
	mass        float64
	open        int32 // core points without a cluster
}

func newTree(x matrix.Dense, weight []float64) *tree {
	t := &tree{row: make([]int, x.Rows), leaf: make([]int32, x.Rows), low: matrix.NewDense(0, x.Width), high: matrix.NewDense(0, x.Width)}
	for i := range t.row {
		t.row[i] = i
	}
	t.x = x
	if x.Rows > 0 {
		t.grow(0, int32(x.Rows), -1)
	}
	ordered := matrix.NewDense(x.Rows, x.Width)
	for i, r := range t.row {
		copy(ordered.Row(i), x.Row(r))
		if weight != nil {
			t.weight = append(t.weight, weight[r])
		}
	}
	t.x = ordered
	t.weigh()
	return t
}

// grow adds the node of the rows in [from, to) and those below it, and returns
// its number.
func (t *tree) grow(from, to, parent int32) int32 {
	n := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{from: from, to: to, parent: parent})
	t.box(from, to)
	column, width := 0, 0.0
	for c, low := range t.low.Row(int(n)) {
		if w := t.high.Row(int(n))[c] - low; w > width {
			column, width = c, w
		}
	}
	if to-from <= leafRows || width <= 0 {
		for i := from; i < to; i++ {
			t.leaf[i] = n
		}
		return n
	}
	low, high := t.low.Row(int(n))[column], t.high.Row(int(n))[column]
	middle := low + width/2
	if middle >= high {
		middle = low
	}
	split := from
	for i := from; i < to; i++ {
		if t.x.Row(t.row[i])[column] <= middle {
			t.row[i], t.row[split] = t.row[split], t.row[i]
			split++
		}
	}
	left := t.grow(from, split, n)
	right := t.grow(split, to, n)
	t.nodes[n].left, t.nodes[n].right = left, right
	return n
}

// box appends the box around rows.
func (t *tree) box(from, to int32) {
	first := t.x.Row(t.row[from])
	t.low.Data, t.high.Data = append(t.low.Data, first...), append(t.high.Data, first...)
	t.low.Rows, t.high.Rows = t.low.Rows+1, t.high.Rows+1
	low, high := t.low.Row(t.low.Rows-1), t.high.Row(t.high.Rows-1)
	for _, r := range t.row[from:to] {
		for c, v := range t.x.Row(r) {
			low[c], high[c] = min(low[c], v), max(high[c], v)
		}
	}
}

// weigh adds up the weights of each node's rows.
func (t *tree) weigh() {
	for n := range t.nodes {
		for i := t.nodes[n].from; i < t.nodes[n].to; i++ {
			t.nodes[n].mass += t.weight.Of(int(i))
		}
	}
}

// near and far are the least and the most that the squared distance of q to a
// row in the node's box can be.
func (t *tree) near(n int32, q []float64) float64 {
	low, high, sum := t.low.Row(int(n)), t.high.Row(int(n)), 0.0
	for c, v := range q {
		if d := max(low[c]-v, v-high[c]); d > 0 {
			sum += float64(d * d)
		}
	}
	return sum
}

func (t *tree) far(n int32, q []float64) float64 {
	low, high, sum := t.low.Row(int(n)), t.high.Row(int(n)), 0.0
	for c, v := range q {
		d := max(math.Abs(low[c]-v), math.Abs(v-high[c]))
		sum += float64(d * d)
	}
	return sum
}

// within says whether the squared distance of two rows is at most limit.
func within(a, b []float64, limit float64) bool {
	sum := 0.0
	b = b[:len(a)]
	for c, v := range a {
		d := v - b[c]
		if sum += float64(d * d); sum > limit {
			return false
		}
	}
	return true
}

// dense says whether the rows within the radius of q weigh at least as much
// as needed. Stack is memory for the walk.
func (t *tree) dense(q []float64, radius, needed float64, stack []int32) (bool, []int32) {
	stack = append(stack[:0], 0)
	sum := 0.0
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		nd := &t.nodes[n]
		switch {
		case t.near(n, q) > radius:
			continue
		case t.far(n, q) <= radius:
			sum += nd.mass
		case nd.left != 0:
			stack = t.nearestFirst(nd, q, stack)
		default:
			for i := nd.from; i < nd.to; i++ {
				if within(q, t.x.Row(int(i)), radius) {
					sum += t.weight.Of(int(i))
				}
			}
		}
		if sum >= needed {
			return true, stack
		}
	}
	return false, stack
}

// nearestFirst puts a node's children on the stack so that the one nearer to q
// is looked at first.
func (t *tree) nearestFirst(nd *node, q []float64, stack []int32) []int32 {
	if t.near(nd.left, q) <= t.near(nd.right, q) {
		return append(stack, nd.right, nd.left)
	}
	return append(stack, nd.left, nd.right)
}
