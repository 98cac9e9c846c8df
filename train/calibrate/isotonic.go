package calibrate

import (
	"cmp"
	"slices"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// segments is a piecewise linear, rising function: through (X[k], Y[k]), and
// constant beyond the ends. X rises strictly.
type segments struct{ X, Y []float64 }

func (f segments) at(s float64) float64 {
	k, _ := slices.BinarySearch(f.X, s)
	switch {
	case k == 0:
		return f.Y[0]
	case k == len(f.X):
		return f.Y[k-1]
	}
	slope := (f.Y[k] - f.Y[k-1]) / (f.X[k] - f.X[k-1])
	return f.Y[k-1] + float64(slope*(s-f.X[k-1]))
}

// block is rows that share a value.
type block struct{ low, high, weight, sum float64 }

func (b block) mean() float64 { return b.sum / b.weight }

// fitIsotonic is the weighted least-squares rising fit, by pooling adjacent
// violators (Ayer et al. 1955). Each block becomes its two ends, between which
// and the next the function is linear, as in scikit-learn.
func fitIsotonic(scores []float64, positive []bool, weight matrix.Weights) segments {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := cmp.Compare(scores[a], scores[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	var blocks []block
	for _, i := range order {
		b := block{scores[i], scores[i], weight.Of(i), 0}
		if positive[i] {
			b.sum = weight.Of(i)
		}
		last := len(blocks) - 1
		if last >= 0 && blocks[last].high == b.low { // equal scores are one point
			blocks[last].weight += b.weight
			blocks[last].sum += b.sum
		} else {
			blocks = append(blocks, b)
		}
	}
	return ends(pool(blocks))
}

// pool merges neighbours until the means rise.
func pool(points []block) []block {
	var out []block
	for _, b := range points {
		for len(out) > 0 && out[len(out)-1].mean() >= b.mean() {
			last := out[len(out)-1]
			b = block{last.low, b.high, last.weight + b.weight, last.sum + b.sum}
			out = out[:len(out)-1]
		}
		out = append(out, b)
	}
	return out
}

func ends(blocks []block) segments {
	var f segments
	for _, b := range blocks {
		f.X, f.Y = append(f.X, b.low), append(f.Y, b.mean())
		if b.high > b.low {
			f.X, f.Y = append(f.X, b.high), append(f.Y, b.mean())
		}
	}
	return f
}
