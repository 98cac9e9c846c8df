package neighbors

import "math"

// near is a training row with its distance: squared, where that is Euclidean.
type near struct {
	distance float32
	row      int32
}

// before orders neighbours: the nearer first, then the row that comes first.
func (a near) before(b near) bool {
	return a.distance < b.distance || a.distance == b.distance && a.row < b.row
}

// search looks for the rows nearest to a query. It is used for one query after
// the other by one goroutine.
type search struct {
	*tree
	manhattan bool
	query     []float32
	found     []near // in order; as many as are looked for once full
	sums      [leafSize]float32
	scanned   int // rows compared so far
}

// find fills found with the nearest rows.
func (s *search) find(query []float32) []near {
	s.query, s.found = query, s.found[:0]
	s.visit(0, s.gap(0))
	return s.found
}

// visit searches a node that is at least gap away.
func (s *search) visit(at int, gap float32) {
	n := s.nodes[at]
	if s.beyond(near{gap, n.first}) {
		return
	}
	if n.right == 0 {
		s.scan(n)
		return
	}
	a, b := at+1, int(n.right)
	gapA, gapB := s.gap(a), s.gap(b)
	if gapB < gapA {
		a, b, gapA, gapB = b, a, gapB, gapA
	}
	s.visit(a, gapA)
	s.visit(b, gapB)
}

// beyond says that a neighbour would not be among those looked for.
func (s *search) beyond(n near) bool {
	return len(s.found) == cap(s.found) && !n.before(s.found[len(s.found)-1])
}

// gap is the distance to a node's box.
func (s *search) gap(at int) float32 {
	lower := s.bounds[2*at*s.width:][:s.width]
	upper := s.bounds[(2*at+1)*s.width:][:s.width]
	sum := float32(0)
	for j, x := range s.query {
		d := max(0, lower[j]-x, x-upper[j])
		if !s.manhattan {
			d = float32(d * d)
		}
		sum += d
	}
	return sum
}

// scan compares the query with each row of a leaf.
func (s *search) scan(n node) {
	s.scanned += int(n.to - n.from)
	if s.manhattan {
		s.absolute(n)
	} else {
		s.squared(n)
	}
	for i, d := range s.sums[:n.to-n.from] {
		if c := (near{d, s.row[int(n.from)+i]}); !s.beyond(c) {
			s.insert(c)
		}
	}
}

// insert puts a neighbour in its place, in that of the last where all are
// found.
func (s *search) insert(c near) {
	if len(s.found) < cap(s.found) {
		s.found = append(s.found, c)
	}
	i := len(s.found) - 1
	for ; i > 0 && c.before(s.found[i-1]); i-- {
		s.found[i] = s.found[i-1]
	}
	s.found[i] = c
}

// stride is the number of features after which a sum is compared with the
// farthest neighbour so far.
const stride = 8

// squared sums squared differences for the rows of a leaf, four at a time so
// that the CPU overlaps their additions. Sums only grow, so four that are all
// too large already are left as they are.
func (s *search) squared(n node) {
	w := s.width
	rows := s.points[int(n.from)*w : int(n.to)*w]
	limit := float32(math.Inf(1))
	if len(s.found) == cap(s.found) {
		limit = s.found[len(s.found)-1].distance
	}
	i := 0
	for ; len(rows) >= 4*w; i += 4 {
		sums := (*[4]float32)(s.sums[i:])
		*sums = [4]float32{}
		for from := 0; from < w; from += stride {
			to := min(w, from+stride)
			squares(sums, s.query[from:to], rows[from:], w)
			if min(sums[0], sums[1], sums[2], sums[3]) > limit {
				break
			}
		}
		rows = rows[4*w:]
	}
	for ; len(rows) > 0; i++ {
		sum := float32(0)
		for j, x := range s.query {
			e := x - rows[j]
			sum += float32(e * e)
		}
		s.sums[i] = sum
		rows = rows[w:]
	}
}

// squares adds to the sums of four rows, which are width apart.
func squares(sums *[4]float32, q, rows []float32, width int) {
	a, b, c, d := rows[:len(q)], rows[width:][:len(q)], rows[2*width:][:len(q)], rows[3*width:][:len(q)]
	s0, s1, s2, s3 := sums[0], sums[1], sums[2], sums[3]
	for j, x := range q {
		e, f, g, h := x-a[j], x-b[j], x-c[j], x-d[j]
		s0 += float32(e * e)
		s1 += float32(f * f)
		s2 += float32(g * g)
		s3 += float32(h * h)
	}
	sums[0], sums[1], sums[2], sums[3] = s0, s1, s2, s3
}

// absolute sums absolute differences for the rows of a leaf.
func (s *search) absolute(n node) {
	w := s.width
	for i := range int(n.to - n.from) {
		row := s.points[(int(n.from)+i)*w:][:w]
		sum := float32(0)
		for j, x := range s.query {
			sum += max(x-row[j], row[j]-x)
		}
		s.sums[i] = sum
	}
}
