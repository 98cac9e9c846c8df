package forest

import "math"

// sum adds up rows and their weighted targets.
type sum struct {
	count
	total int64
}

// values is the scorer for the squared error. Of two classes, as targets 0 and
// 1, that is half the Gini impurity.
//
// With weights a and b and totals A and B on the two sides of a cut, the squared
// error decreases by (A·b - B·a)² / (a·b·(a+b)).
type values struct {
	occupancy
	hist  [256]sum
	all   sum
	share func(weight, total float64) float32 // the value of a leaf
}

var _ scorer = (*values)(nil)

func (v *values) open(items []item) bool {
	first, pure := items[0].target, true
	v.all = sum{}
	for i := range items {
		it := &items[i]
		v.all.count += it.count()
		v.all.total += it.total()
		pure = pure && it.target == first
	}
	return pure
}

// most is infinite for more than two rows in regression, where two sides of
// one target each are rare.
func (v *values) most() float64 {
	if v.classes != 2 && v.all.rows() > 2 {
		return math.Inf(1)
	}
	if v.classes != 2 {
		return 0
	}
	top, bottom := v.gain(sum{count(v.all.total), v.all.total})
	return top / float64(bottom*float64(v.all.weight()))
}

func (v *values) fill(items []item, feature int) {
	bins, width := v.start(feature, len(items)), v.width
	if !v.sparse {
		for i := range items {
			it := &items[i]
			s := &v.hist[bins[int(it.row)*width]]
			s.count += it.count()
			s.total += it.total()
		}
		return
	}
	for i := range items {
		it := &items[i]
		b := bins[int(it.row)*width]
		v.mask[b>>6] |= 1 << (b & 63)
		s := &v.hist[b]
		s.count += it.count()
		s.total += it.total()
	}
}

func (v *values) occupied(order []uint8) ([]uint8, bool) {
	if v.sparse {
		return v.list(order)
	}
	for b := range int(v.missing) {
		if v.hist[b].count > 0 {
			order = append(order, uint8(b))
		}
	}
	return order, v.hist[v.missing].count > 0
}

func (v *values) sweep(order []uint8, r span) (int, float64) {
	var left sum
	if r.missingLeft {
		left = v.hist[v.missing]
	}
	best, top, bottom := 0, -1.0, 1.0
	for k, b := range order[:r.to] {
		h := &v.hist[b]
		left.count += h.count
		left.total += h.total
		if k+1 < r.from || left.rows() < v.minLeaf {
			continue
		}
		if v.all.rows()-left.rows() < v.minLeaf {
			break
		}
		if n, m := v.gain(left); float64(n*bottom) > float64(top*m) {
			best, top, bottom = k+1, n, m
		}
	}
	if best == 0 {
		return 0, 0
	}
	return best, top / float64(bottom*float64(v.all.weight()))
}

// gain is the decrease for what is on the left, as a fraction, times the
// weight of all.
func (v *values) gain(left sum) (top, bottom float64) {
	a := float64(left.weight())
	b := float64(v.all.weight()) - a
	d := float64(float64(left.total)*b) - float64(float64(v.all.total-left.total)*a)
	return float64(d * d), float64(a * b)
}

func (v *values) key(bin uint8, _ int) float64 {
	return float64(v.hist[bin].total) / float64(v.hist[bin].weight())
}

func (v *values) clear(order []uint8) {
	if !v.sparse {
		clear(v.hist[:int(v.missing)+1])
		return
	}
	for _, b := range order {
		v.hist[b] = sum{}
	}
	v.hist[v.missing] = sum{}
}

func (v *values) leaf(out []float32) []float32 {
	return append(out, v.share(float64(v.all.weight()), float64(v.all.total)))
}
