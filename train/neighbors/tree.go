package neighbors

// leafSize is the largest number of rows that are compared one by one.
const leafSize = 32

// tree is a k-d tree: each node is a range of rows in the box that bounds them.
// The nodes are those of a complete binary tree in the order of a depth-first
// walk.
type tree struct {
	width  int
	points []float32 // in the order of row
	row    []int32   // of each point in the training data
	nodes  []node
	bounds []float32 // of each node: width lower bounds, then width upper ones
}

type node struct {
	from, to int32
	right    int32 // the second child, the first being the next node; zero for a leaf
	first    int32 // smallest row
}

func newTree(points []float32, rows, width int) *tree {
	t := &tree{width: width, row: make([]int32, rows)}
	for i := range t.row {
		t.row[i] = int32(i)
	}
	t.split(points, 0, rows)
	t.points = make([]float32, 0, len(points))
	for _, r := range t.row {
		t.points = append(t.points, points[int(r)*width:(int(r)+1)*width]...)
	}
	return t
}

// split adds the node of a range and, where it is large, cuts it at the median
// of the feature that spreads most.
func (t *tree) split(points []float32, from, to int) {
	at := len(t.nodes)
	n := node{from: int32(from), to: int32(to), first: t.row[from]}
	for _, r := range t.row[from:to] {
		n.first = min(n.first, r)
	}
	t.nodes = append(t.nodes, n)
	feature := t.bound(points, from, to)
	if to-from <= leafSize {
		return
	}
	middle := from + (to-from)/2
	selection{points[feature:], t.width, t.row}.nth(from, to, middle)
	t.split(points, from, middle)
	t.nodes[at].right = int32(len(t.nodes))
	t.split(points, middle, to)
}

// bound appends the bounds of a range of rows and returns the feature with the
// widest ones, the first of equal ones.
func (t *tree) bound(points []float32, from, to int) int {
	at, w := len(t.bounds), t.width
	first := points[int(t.row[from])*w:][:w]
	t.bounds = append(append(t.bounds, first...), first...)
	lower, upper := t.bounds[at:at+w], t.bounds[at+w:]
	for _, r := range t.row[from+1 : to] {
		for j, v := range points[int(r)*w:][:w] {
			lower[j], upper[j] = min(lower[j], v), max(upper[j], v)
		}
	}
	widest, most := 0, float64(-1)
	for j := range w {
		if spread := float64(upper[j]) - float64(lower[j]); spread > most {
			widest, most = j, spread
		}
	}
	return widest
}

// selection orders rows by one feature, and by their number where it is equal.
// The order is total, so which rows end up on either side is fixed.
type selection struct {
	values []float32 // the feature's, stride apart
	stride int
	row    []int32
}

func (s selection) less(a, b int32) bool {
	x, y := s.values[int(a)*s.stride], s.values[int(b)*s.stride]
	return x < y || x == y && a < b
}

// nth moves the rows of [from, to) so that none before position n is greater,
// and none from there on less, than the one at n.
func (s selection) nth(from, to, n int) {
	for to-from > 1 {
		pivot := s.pivot(from, to)
		i, j := from, to-1
		for i <= j {
			for s.less(s.row[i], pivot) {
				i++
			}
			for s.less(pivot, s.row[j]) {
				j--
			}
			if i <= j {
				s.row[i], s.row[j] = s.row[j], s.row[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			to = j + 1
		case n >= i:
			from = i
		default:
			return
		}
	}
}

// pivot is the median of the first, the middle and the last row.
func (s selection) pivot(from, to int) int32 {
	a, b, c := s.row[from], s.row[from+(to-from)/2], s.row[to-1]
	if s.less(b, a) {
		a, b = b, a
	}
	switch {
	case s.less(c, a):
		return a
	case s.less(c, b):
		return c
	}
	return b
}
