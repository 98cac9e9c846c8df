package drift

import (
	"math"
	"slices"
	"strconv"
)

// Numbers are the distribution of numbers.
type Numbers struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"` // population standard deviation
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
	// Quantiles by their share, interpolated linearly.
	Quantiles map[string]float64 `json:"quantiles"`
	// Edges cut the numbers into bins: the deciles, those that are equal once. Bin
	// i holds the numbers up to and including Edges[i] that no earlier bin holds,
	// the last one all others. A single value is a bin of its own between two.
	Edges  []float64 `json:"edges"`
	Counts []int     `json:"counts"` // of the bins
}

// shares are those of the quantiles that are kept.
func shares() []float64 { return []float64{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99} }

// bins is the largest number of bins.
const bins = 10

// OfNumbers describes numbers, of which NaN stands for a missing one. It is nil
// where there are none.
func OfNumbers[T float32 | float64](values []T) (numbers *Numbers, missing int) {
	present, sum, low, high := 0, 0.0, math.Inf(1), math.Inf(-1)
	for _, x := range values {
		v := float64(x)
		if v != v {
			continue
		}
		present++
		sum += v
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	missing = len(values) - present
	if present == 0 {
		return nil, missing
	}
	mean, squares := sum/float64(present), 0.0
	for _, x := range values {
		if v := float64(x); v == v {
			d := v - mean
			squares += float64(d * d)
		}
	}
	n := &Numbers{Mean: mean, Std: math.Sqrt(squares / float64(present)), Min: low + 0, Max: high + 0, // no -0
		Quantiles: map[string]float64{}}
	o := sortedParts(values, present)
	for _, share := range shares() {
		n.Quantiles[strconv.FormatFloat(share, 'g', -1, 64)] = o.quantile(share)
	}
	n.cut(o)
	return n, missing
}

// cut finds the edges and counts what is between them. The largest number is no
// edge: nothing of the training part is above it.
func (n *Numbers) cut(o *parts) {
	if n.Min == n.Max {
		n.Edges = []float64{before(n.Min), n.Min}
		n.Counts = []int{0, o.n, 0}
		return
	}
	n.Edges = []float64{} // never null
	below := 0
	for k := 1; k < bins; k++ {
		edge, upTo := o.at((o.n*k+bins-1)/bins - 1)
		if edge == n.Max || len(n.Edges) > 0 && edge == n.Edges[len(n.Edges)-1] {
			continue
		}
		n.Edges, n.Counts = append(n.Edges, edge), append(n.Counts, upTo-below)
		below = upTo
	}
	n.Counts = append(n.Counts, o.n-below)
}

// bin is the bin of a number.
func (n *Numbers) bin(v float64) int {
	k, _ := slices.BinarySearch(n.Edges, v)
	return k
}

// before is the largest number below v.
func before(v float64) float64 {
	switch b := math.Float64bits(v); {
	case v > 0:
		return math.Float64frombits(b - 1)
	case v < 0:
		return math.Float64frombits(b + 1)
	}
	return -math.SmallestNonzeroFloat64
}
