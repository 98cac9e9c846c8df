package boost

import (
	"math"

	"github.com/modelbuild/modelbuild/train/tree"
)

// leaf is a leaf of the tree being grown.
type leaf struct {
	node      int // in the tree
	from, to  int // its rows, in the grower's list
	sum       int64
	depth     int
	low, high float64 // what monotone constraints leave its value
	histogram tree.Histogram
	best      split

	// exact holds the count of each bin for features whose estimated counts
	// promised too much.
	exact map[int]*[256]int
}

func (l *leaf) rows() int { return l.to - l.from }

// split is a way to divide a leaf in two; it is one where its gain is positive.
type split struct {
	gain        float64
	feature     int
	bin         int // of a number: the last bin that goes left
	missingLeft bool
	category    bool
	left        []uint8 // of a category: the bins that go left
	sum         int64   // of the left side
}

// side returns which bins go left.
func (s *split) side(b *tree.Binning) *tree.Side {
	if s.category {
		return tree.CategorySide(s.left)
	}
	return b.NumberSide(s.bin, s.missingLeft)
}

// node returns the split as part of a tree.
func (s *split) node(b *tree.Binning) (tree.Node, []uint64) {
	if s.category {
		return b.Category(s.feature, s.left)
	}
	return b.Number(s.feature, s.bin, s.missingLeft), nil
}

// rule is what values and gains of leaves follow.
type rule struct {
	scale
	l1, l2    float64
	step      func(float64) float64
	minWeight float64
	minRows   int
	minGain   float64
}

// value returns the value of a leaf, before the learning rate.
func (r *rule) value(sum int64, low, high float64) float64 {
	return r.valueOf(float64(gradientOf(sum)*r.gradient), float64(hessianOf(sum)*r.hessian)+r.l2, low, high)
}

func (r *rule) valueOf(g, h, low, high float64) float64 {
	if h <= 0 {
		return max(low, min(high, 0))
	}
	v := r.step(-shrink(g, r.l1) / h)
	return max(low, min(high, v))
}

// shrink moves g towards zero by l1.
func shrink(g, l1 float64) float64 {
	if l1 == 0 {
		return g
	}
	return math.Copysign(max(0, math.Abs(g)-l1), g)
}

// reduction returns twice what a leaf of value v takes off the loss.
func (r *rule) reduction(g, h, v float64) float64 {
	return -(float64(2*float64(g*v)) + float64(h*float64(v*v)) + float64(2*float64(r.l1*math.Abs(v))))
}
