package boost

import (
	"math"

	"github.com/modelbuild/modelbuild/train/tree"
)

// search looks for the best split of a leaf. It counts gradients, hessians and
// gains in units, that is in multiples of the fixed-point scale.
type search struct {
	*rule
	leaf     *leaf
	monotone []int
	g, h     float64 // of the leaf
	penalty  float64 // l2
	least    float64 // hessian of either side
	plain    bool    // a score is g²/(h+l2): no value is bounded or shrunk, no row counted
	bar      float64 // score that the next split has to exceed
	base     float64 // score of the leaf
	floor    float64 // score that the first split has to exceed
	best     split
}

func newSearch(r *rule, l *leaf, monotone []int) search {
	s := search{rule: r, leaf: l, monotone: monotone, g: gradientOf(l.sum), h: hessianOf(l.sum)}
	s.penalty = r.l2 / r.hessian
	s.least = max(r.minWeight/r.hessian, 0.5)
	if r.minRows > 1 { // the number of rows is estimated from their hessians; see grower.divide
		rows := (float64(r.minRows) - 0.5) / float64(l.rows())
		s.least = max(s.least, float64(rows*s.h))
	}
	s.plain = r.l1 == 0 && monotone == nil && l.exact == nil
	s.base = s.score(s.g, s.h, s.penalty)
	// What rounding alone may gain is no gain.
	s.floor = s.base + r.minGain/s.unit() + float64(1e-10*math.Abs(s.base))
	s.bar = s.floor
	return s
}

// unit is the gain that gains are counted in.
func (s *search) unit() float64 { return float64(s.gradient*s.gradient) / s.hessian }

// score returns twice what a leaf takes off the loss.
func (s *search) score(g, h, penalty float64) float64 {
	if s.plain {
		return float64(g*g) / (h + penalty)
	}
	rg, rh := float64(g*s.gradient), float64((h+penalty)*s.hessian)
	return s.reduction(rg, rh, s.valueOf(rg, rh, s.leaf.low, s.leaf.high)) / s.unit()
}

// result returns the best split found.
func (s *search) result() split {
	if s.bar > s.floor {
		s.best.gain = float64((s.bar - s.base) * s.unit())
	}
	return s.best
}

// feature searches one feature.
func (s *search) feature(f int, b *tree.Binning, h *[256]int64) {
	c := column{f: f, h: h, bins: b.Bins, exact: s.leaf.exact[f]}
	if b.Categorical() {
		s.category(c)
		return
	}
	s.number(c, false)
	if h[c.bins] != 0 {
		s.number(c, true)
	}
}

// column is what a leaf's rows have of one feature.
type column struct {
	f     int
	h     *[256]int64
	bins  int       // that of what is missing comes behind them
	exact *[256]int // counts of rows, nil where estimates are to do
}

// number tries to cut a number behind each bin, with what is missing on the
// side given. Where nothing is missing, such values will go to the heavier side.
func (s *search) number(c column, missingLeft bool) {
	before := s.bar
	some := c.h[c.bins] != 0
	last := c.bins // one behind the last bin to cut at
	if missingLeft || !some {
		last--
	}
	if s.plain {
		s.cut(c, c.h[:max(0, last)], missingLeft)
	} else {
		s.cutBounded(c, c.h[:max(0, last)], missingLeft)
	}
	if s.bar > before && !some {
		s.best.missingLeft = hessianOf(s.best.sum) > float64(0.5*s.h)
	}
}

// cut is the search of number where scores are plain.
func (s *search) cut(c column, h []int64, missingLeft bool) {
	bar, bin, sum, left := s.bar, -1, int64(0), int64(0)
	if missingLeft {
		left = c.h[c.bins]
	}
	for b, pair := range h {
		if pair == 0 {
			continue
		}
		left += pair
		hl := hessianOf(left)
		hr := s.h - hl
		if hl < s.least {
			continue
		}
		if hr < s.least {
			break
		}
		gl := gradientOf(left)
		gr := s.g - gl
		score := float64(gl*gl)/(hl+s.penalty) + float64(gr*gr)/(hr+s.penalty)
		if score > bar {
			bar, bin, sum = score, b, left
		}
	}
	if bin >= 0 {
		s.bar, s.best = bar, split{feature: c.f, bin: bin, missingLeft: missingLeft, sum: sum}
	}
}

// cutBounded is the search of number in general.
func (s *search) cutBounded(c column, h []int64, missingLeft bool) {
	left, rows := int64(0), 0
	if missingLeft {
		left, rows = c.h[c.bins], c.count(c.bins)
	}
	for b, pair := range h {
		left += pair
		rows += c.count(b)
		if pair == 0 || !s.allowed(c, left, rows) {
			continue
		}
		if score := s.sides(left, s.penalty); score > s.bar {
			s.bar, s.best = score, split{feature: c.f, bin: b, missingLeft: missingLeft, sum: left}
		}
	}
}

func (c *column) count(bin int) int {
	if c.exact == nil {
		return 0
	}
	return c.exact[bin]
}

// sides returns the score of a split.
func (s *search) sides(left int64, penalty float64) float64 {
	g, h := gradientOf(left), hessianOf(left)
	return s.score(g, h, penalty) + s.score(s.g-g, s.h-h, penalty)
}

// allowed says whether both sides are large enough, and their values in the
// order that the feature's constraint asks for. Rows is the left side's count,
// where rows are counted.
func (s *search) allowed(c column, left int64, rows int) bool {
	if h := hessianOf(left); h < s.least || s.h-h < s.least {
		return false
	}
	if c.exact != nil && min(rows, s.leaf.rows()-rows) < s.minRows {
		return false
	}
	if s.monotone == nil || s.monotone[c.f] == 0 {
		return true
	}
	l := s.value(left, s.leaf.low, s.leaf.high)
	r := s.value(s.leaf.sum-left, s.leaf.low, s.leaf.high)
	return float64(float64(s.monotone[c.f])*(r-l)) >= 0
}
