package boost

import (
	"cmp"
	"slices"
)

// Splits by category are found among the categories sorted by G/H, as in
// LightGBM. Where there are more than fewCategories of them, its guards against
// chance apply: categories of fewer than about minCategory rows go right, G/H is
// shrunk, the penalty is larger, and at most maxLeft categories go left.
const (
	fewCategories = 4
	minCategory   = 10
	smoothing     = 10
	morePenalty   = 10
	maxLeft       = 32
)

// category tries to send left the categories of the smallest G/H, then those of
// the largest. What is missing goes right.
func (s *search) category(c column) {
	order, penalty, limit := s.order(c)
	for range 2 {
		left, rows, at := int64(0), 0, -1
		for i, bin := range order[:limit] {
			left += c.h[bin]
			rows += c.count(int(bin))
			if !s.allowed(c, left, rows) {
				continue
			}
			if score := s.sides(left, penalty); score > s.bar {
				at = i
				s.bar, s.best = score, split{feature: c.f, category: true, sum: left}
			}
		}
		if at >= 0 {
			s.best.left = slices.Clone(order[:at+1])
		}
		slices.Reverse(order)
	}
}

// order returns the bins that occur, sorted by G/H and then by bin, with the
// penalty of splits among them and the most that may go left.
func (s *search) order(c column) (order []uint8, penalty float64, limit int) {
	few := c.bins <= fewCategories
	perRow := s.h / float64(s.leaf.rows())
	least, smooth, penalty := 0.0, 0.0, s.penalty
	if !few {
		least = float64((minCategory - 0.5) * perRow)
		smooth, penalty = smoothing/s.hessian, penalty+morePenalty/s.hessian
	}
	var ratio [256]float64
	for bin, pair := range c.h[:c.bins] {
		if h := hessianOf(pair); h > 0 && h >= least {
			order = append(order, uint8(bin))
			ratio[bin] = gradientOf(pair) / (h + smooth)
		}
	}
	slices.SortFunc(order, func(a, b uint8) int {
		return cmp.Or(cmp.Compare(ratio[a], ratio[b]), cmp.Compare(a, b))
	})
	limit = len(order)
	if !few {
		limit = min(maxLeft, (len(order)+1)/2)
	}
	return order, penalty, limit
}
