package forest

import (
	"github.com/modelbuild/modelbuild/train/tree"
)

// largest is the largest float32.
const largest = 0x1.fffffep127

// cut is a way to split a node.
type cut struct {
	feature     int32 // -1 where there is none
	gain        float64
	missing     bool    // rows of the node miss the feature
	missingLeft bool    // and go left
	last        uint8   // of a number: the last bin on the left
	left        []uint8 // of a category: the bins on the left
	threshold   float32 // of a number
}

// scorer compares the cuts of a node between the bins of a feature.
type scorer interface {
	// open prepares for a node and says whether its rows have one target.
	open(items []item) (pure bool)

	// most is the gain of a cut into sides of one target each, if there is one.
	most() float64

	// fill adds up the rows of each bin of a feature.
	fill(items []item, feature int)

	// occupied lists the bins that have rows, in ascending order, apart from
	// that for what is missing; missing says whether that has rows.
	occupied(order []uint8) (bins []uint8, missing bool)

	// sweep moves bins to the left in the given order and returns the number of
	// them with which the gain is largest, the smallest such number of those in
	// r, and the gain. The number is zero where no cut leaves enough rows on both
	// sides.
	sweep(order []uint8, r span) (int, float64)

	// key orders the bins of a category: the share of a class, or the mean.
	key(bin uint8, class int) float64

	// clear empties the bins.
	clear(order []uint8)

	// leaf is the values of a leaf for the node that was opened.
	leaf(values []float32) []float32
}

// span is a range of numbers of bins, both ends included.
type span struct {
	from, to    int
	missingLeft bool // what is missing is on the left from the beginning
}

// node returns the split and, for a category, its set.
func (c *cut) node(f *feature) (tree.Node, []uint64) {
	if f.Categorical() {
		return f.Category(int(c.feature), c.left)
	}
	return tree.Node{Feature: c.feature, Threshold: c.threshold, Set: tree.Number, MissingLeft: c.missingLeft}, nil
}

// side fills in which bins go left.
func (c *cut) side(f *feature, side *tree.Side) {
	clear(side[:])
	if f.Categorical() {
		for _, b := range c.left {
			side[b] = 1
		}
		return
	}
	for b := range int(c.last) + 1 {
		side[b] = 1
	}
	side[f.Bins] = 0
	if c.missingLeft {
		side[f.Bins] = 1
	}
}

// between returns a threshold t with a <= t < b, the midpoint where it is one.
func between(a, b float32) float32 {
	m := float32(float64(0.5 * (float64(a) + float64(b))))
	if m >= a && m < b {
		return m
	}
	return a
}
