package forest

import (
	"cmp"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// best tries features until there were enough, and at least one that is not
// constant, or until no better cut is possible. It returns the cut of the
// largest gain.
func (g *grower) best(items []item) cut {
	best := cut{feature: -1}
	useful, most := false, g.scorer.most()
	for i := range g.perm {
		if i >= g.tried && useful || best.feature >= 0 && best.gain >= most {
			break
		}
		f := int32(i)
		if g.tried < g.width {
			f = g.random.next(g.perm, i)
		}
		useful = g.compare(items, f, &best) || useful
	}
	return best
}

// compare compares the cuts of a feature with the best one and says whether
// there are any.
func (g *grower) compare(items []item, f int32, best *cut) bool {
	g.scorer.fill(items, int(f))
	order, missing := g.scorer.occupied(g.order[:0])
	useful := len(order) > 1 || len(order) == 1 && missing
	switch {
	case useful && g.features[f].Categorical():
		g.category(f, order, missing, best)
	case useful:
		g.number(f, order, missing, best)
	}
	g.scorer.clear(order)
	g.order = order
	return useful
}

// number compares the cuts of a number with the best one, or a single cut that
// is drawn.
func (g *grower) number(f int32, order []uint8, missing bool, best *cut) {
	ft := &g.features[f]
	all := spans(len(order), missing)
	drawn := float32(0)
	if g.options.RandomCuts && len(order) > 1 {
		var at int
		at, drawn = g.draw(ft, order)
		all = [2]span{{from: at, to: at}}
		if missing {
			all[1] = span{from: at, to: at, missingLeft: true}
		}
	}
	for _, r := range all {
		at, gain := g.scorer.sweep(order, r)
		if at == 0 || best.feature >= 0 && gain <= best.gain {
			continue
		}
		*best = cut{feature: f, gain: gain, missing: missing, missingLeft: r.missingLeft, last: order[at-1], threshold: largest}
		switch {
		case at == len(order):
		case g.options.RandomCuts:
			best.threshold = drawn
		default:
			best.threshold = between(ft.high[order[at-1]], ft.low[order[at]])
		}
	}
}

// draw draws a threshold between the smallest and the largest value of the bins
// and returns the number of bins below it. One inside of a bin moves to the
// nearer end.
func (g *grower) draw(f *feature, order []uint8) (int, float32) {
	first, last := order[0], order[len(order)-1]
	low, high := float64(f.low[first]), float64(f.high[last])
	v := float32(low + float64(fpmath.Uniform(g.random.PCG)*(high-low)))
	// The first bin that reaches beyond v.
	b, end := first, last
	for b < end {
		if mid := b + (end-b)/2; f.high[mid] > v {
			end = mid
		} else {
			b = mid + 1
		}
	}
	if v >= f.low[b] && float64(v)-float64(f.low[b]) >= float64(f.high[b])-float64(v) {
		b++
	}
	b = min(max(b, first+1), last)
	if l, h := f.high[b-1], f.low[b]; v < l || v >= h {
		v = between(l, h)
	}
	at, _ := slices.BinarySearch(order, b)
	return at, v
}

// spans lists the numbers of bins that may be on the left of a cut: not all
// without something missing on the right, and not none. A span that is not
// needed is empty.
func spans(bins int, missing bool) [2]span {
	if !missing {
		return [2]span{{from: 1, to: bins - 1}}
	}
	return [2]span{{from: 1, to: bins}, {from: 1, to: bins - 1, missingLeft: true}}
}

// category compares the cuts of a category with the best one: between bins in
// the order of their means, or of the share of each class, or in one drawn at
// random.
func (g *grower) category(f int32, order []uint8, missing bool, best *cut) {
	if g.options.RandomCuts {
		for i := len(order) - 1; i > 0; i-- {
			j := g.random.below(i + 1)
			order[i], order[j] = order[j], order[i]
		}
		g.ordered(f, order, missing, best)
		return
	}
	orders := 1
	if g.classes > 2 && len(order) > 2 {
		orders = g.classes
	}
	for k := range orders {
		class := k
		if g.classes == 2 {
			class = 1
		}
		var keys [256]float64
		for _, b := range order {
			keys[b] = g.scorer.key(b, class)
		}
		slices.SortFunc(order, func(a, b uint8) int {
			return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(a, b))
		})
		g.ordered(f, order, missing, best)
	}
}

// ordered compares the cuts between bins in the given order. What is missing
// goes right ([tree.Binning.Category]), so where it is better off with the
// first bins, those are the right side.
func (g *grower) ordered(f int32, order []uint8, missing bool, best *cut) {
	for _, r := range spans(len(order), missing) {
		if g.options.RandomCuts && len(order) > 1 && r.to > 0 {
			r.from = 1 + g.random.below(len(order)-1)
			r.to = r.from
		}
		at, gain := g.scorer.sweep(order, r)
		if at == 0 || best.feature >= 0 && gain <= best.gain {
			continue
		}
		*best = cut{feature: f, gain: gain, missing: missing, missingLeft: r.missingLeft, left: slices.Clone(order[:at])}
		if r.missingLeft {
			best.left = slices.Clone(order[at:])
		}
	}
}
