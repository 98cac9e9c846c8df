package forest

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// counts is the scorer for more than two classes, and for the entropy.
type counts struct {
	occupancy
	k          int
	entropy    bool
	hist       []count // by bin and class
	all, left  []count // by class
	sum        count   // of all
	squares    uint64  // Σ of the squared weights of all classes
	shareUnits float64 // units of a leaf's shares
	logs       []float64
}

var _ scorer = (*counts)(nil)

func newCounts(o occupancy, logs []float64, units float64) *counts {
	k := o.classes
	return &counts{occupancy: o, k: k, entropy: logs != nil, logs: logs, shareUnits: units,
		hist: make([]count, 256*k), all: make([]count, k), left: make([]count, k)}
}

func (c *counts) open(items []item) bool {
	clear(c.all)
	for i := range items {
		it := &items[i]
		c.all[it.target] += it.count()
	}
	c.sum, c.squares = 0, 0
	classes := 0
	for _, n := range c.all {
		c.sum += n
		c.squares += n.weight() * n.weight()
		if n > 0 {
			classes++
		}
	}
	return classes == 1
}

func (c *counts) most() float64 {
	if c.entropy {
		return -c.before()
	}
	return float64(c.sum.weight()) - c.before()
}

func (c *counts) fill(items []item, feature int) {
	bins, width, k := c.start(feature, len(items)), c.width, c.k
	if !c.sparse {
		for i := range items {
			it := &items[i]
			c.hist[int(bins[int(it.row)*width])*k+int(it.target)] += it.count()
		}
		return
	}
	for i := range items {
		it := &items[i]
		b := bins[int(it.row)*width]
		c.mask[b>>6] |= 1 << (b & 63)
		c.hist[int(b)*k+int(it.target)] += it.count()
	}
}

func (c *counts) occupied(order []uint8) ([]uint8, bool) {
	if c.sparse {
		return c.list(order)
	}
	for b := range int(c.missing) {
		if c.total(b).rows() > 0 {
			order = append(order, uint8(b))
		}
	}
	return order, c.total(int(c.missing)).rows() > 0
}

// bin is the counts of a bin by class.
func (c *counts) bin(b int) []count { return c.hist[b*c.k : (b+1)*c.k] }

func (c *counts) total(bin int) (sum count) {
	for _, n := range c.bin(bin) {
		sum += n
	}
	return sum
}

// sweep keeps the sums of the squared weights of both sides up to date: moving
// weight m of a class to a side with weight l of it adds m(2l + m).
func (c *counts) sweep(order []uint8, r span) (int, float64) {
	clear(c.left)
	var sum count
	var left uint64
	right := c.squares
	move := func(bin uint8) {
		for k, n := range c.bin(int(bin)) {
			if n == 0 {
				continue
			}
			l, m := c.left[k].weight(), n.weight()
			left += m * (2*l + m)
			right -= m * (2*(c.all[k].weight()-l) - m)
			c.left[k] += n
			sum += n
		}
	}
	if r.missingLeft {
		move(c.missing)
	}
	best, most := 0, -1.0
	for k, b := range order[:r.to] {
		move(b)
		if k+1 < r.from || sum.rows() < c.minLeaf {
			continue
		}
		if c.sum.rows()-sum.rows() < c.minLeaf {
			break
		}
		if gain := c.gain(sum, left, right); best == 0 || gain > most {
			best, most = k+1, gain
		}
	}
	if best == 0 {
		return 0, 0
	}
	return best, most - c.before()
}

// gain is that of a cut for the classes in left and their sum, up to what is
// the same for all cuts of the node.
func (c *counts) gain(sum count, left, right uint64) float64 {
	if c.entropy {
		return c.information(sum)
	}
	return float64(left)/float64(sum.weight()) + float64(right)/float64(c.sum.weight()-sum.weight())
}

// before is the gain of a cut with everything on one side.
func (c *counts) before() float64 {
	if !c.entropy {
		return float64(c.squares) / float64(c.sum.weight())
	}
	gain := -c.xlogx(c.sum.weight())
	for _, n := range c.all {
		gain += c.xlogx(n.weight())
	}
	return gain
}

// information is the negative entropy of the two sides, weighted by them, for
// the classes in left.
func (c *counts) information(sum count) float64 {
	gain := -c.xlogx(sum.weight()) - c.xlogx(c.sum.weight()-sum.weight())
	for k, l := range c.left {
		gain += c.xlogx(l.weight()) + c.xlogx(c.all[k].weight()-l.weight())
	}
	return gain
}

func (c *counts) xlogx(x uint64) float64 {
	if x < uint64(len(c.logs)) {
		return c.logs[x]
	}
	return float64(float64(x) * fpmath.Log(float64(x)))
}

// tabulate computes x log x for small whole numbers.
func tabulate() []float64 {
	table := make([]float64, 4096)
	for x := 1; x < len(table); x++ {
		table[x] = float64(float64(x) * fpmath.Log(float64(x)))
	}
	return table
}

func (c *counts) key(bin uint8, class int) float64 {
	return float64(c.bin(int(bin))[class].weight()) / float64(c.total(int(bin)).weight())
}

func (c *counts) clear(order []uint8) {
	if !c.sparse {
		clear(c.hist[:(int(c.missing)+1)*c.k])
		return
	}
	for _, b := range order {
		clear(c.bin(int(b)))
	}
	clear(c.bin(int(c.missing)))
}

// leaf is the share of the second of two classes, or of each of more. Shares
// are whole numbers of units that add up to 1: what rounding leaves over goes
// to the largest.
func (c *counts) leaf(out []float32) []float32 {
	round := func(k int) float64 {
		return math.Floor(float64(float64(c.all[k].weight())*c.shareUnits)/float64(c.sum.weight()) + 0.5)
	}
	if c.k == 2 {
		return append(out, float32(round(1)/c.shareUnits))
	}
	top, rest, from := 0, c.shareUnits, len(out)
	for k := range c.k {
		n := round(k)
		rest -= n
		if c.all[k].weight() > c.all[top].weight() {
			top = k
		}
		out = append(out, float32(n/c.shareUnits))
	}
	out[from+top] = float32((round(top) + rest) / c.shareUnits)
	return out
}
