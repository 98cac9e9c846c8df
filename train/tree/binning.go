package tree

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/matrix"
)

// Limits of binning.
const (
	MaxBins       = 255     // bins of a feature beside the one for what is missing
	DefaultSample = 200_000 // rows that quantiles are taken from
)

// Binning maps the values of a feature to bins, from 0 to Bins-1. Bin number
// Bins is for what is missing and for categories too rare for a bin.
type Binning struct {
	Bins  int
	Cuts  []float32 // of a number: bin b holds what is at most Cuts[b], the last bin what is more than every cut
	Codes []int32   // of a category: the code that bin b holds, from the most frequent on
	codes int       // of a category: how many codes there are
}

// Categorical says whether the feature is a category.
func (b *Binning) Categorical() bool { return b.codes > 0 }

// Number returns the split of feature f, a number, between bin and the next.
// The last bin's is between what is there and what is missing.
func (b *Binning) Number(f, bin int, missingLeft bool) Node {
	threshold := float32(math.MaxFloat32)
	if bin < len(b.Cuts) {
		threshold = b.Cuts[bin]
	}
	return Node{Feature: int32(f), Threshold: threshold, Set: Number, MissingLeft: missingLeft}
}

// Category returns the split of feature f, a category, whose left side is the
// given bins, and its set of codes. What is missing goes right, as do
// categories without a bin.
func (b *Binning) Category(f int, left []uint8) (Node, []uint64) {
	set := make([]uint64, (b.codes+63)/64)
	for _, bin := range left {
		c := b.Codes[bin]
		set[c>>6] |= 1 << (c & 63)
	}
	return Node{Feature: int32(f)}, set
}

// fitCategories gives the most frequent codes a bin each, the lower code first
// among equals.
func fitCategories(f matrix.Feature, limit int) Binning {
	count := make([]int, f.Categories)
	for _, c := range f.Codes {
		if c >= 0 {
			count[c]++
		}
	}
	codes := make([]int32, 0, f.Categories)
	for c, n := range count {
		if n > 0 {
			codes = append(codes, int32(c))
		}
	}
	slices.SortStableFunc(codes, func(a, b int32) int { return cmp.Compare(count[b], count[a]) })
	codes = codes[:min(len(codes), limit)]
	return Binning{Bins: len(codes), Codes: slices.Clone(codes), codes: f.Categories}
}

// fitNumber cuts a number at quantiles of its values in some rows, or in all
// where they are nil, at every distinct value where there are no more than
// limit.
func fitNumber(f matrix.Feature, limit int, rows []uint32) Binning {
	var keys []uint32
	if rows == nil {
		keys = make([]uint32, 0, len(f.Values))
		for _, v := range f.Values {
			if v == v {
				keys = append(keys, key(v))
			}
		}
	} else {
		keys = make([]uint32, 0, len(rows))
	}
	for _, r := range rows {
		if v := f.Values[r]; v == v {
			keys = append(keys, key(v))
		}
	}
	sortKeys(keys)
	cuts := cutQuantiles(keys, limit)
	return Binning{Bins: len(cuts) + 1, Cuts: cuts}
}

// draw returns k rows of n, one from each of k blocks, at places that follow no
// period of the data; nil where k is no less than n.
func draw(n, k int) []uint32 {
	if k >= n {
		return nil
	}
	rows := make([]uint32, k)
	for i := range rows {
		from, to := i*n/k, (i+1)*n/k
		hash := uint64(i+1) * 0x9e3779b97f4a7c15
		hash = (hash ^ hash>>29) * 0xbf58476d1ce4e5b9
		rows[i] = uint32(from) + uint32((hash>>32)%uint64(to-from))
	}
	return rows
}

// cutQuantiles returns cuts for bins of nearly equal counts of sorted keys.
// Equal keys are never cut apart, and those that fill a bin alone have it alone
// unless too few come before them to fill half a bin.
func cutQuantiles(keys []uint32, limit int) []float32 {
	few := distinct(keys, limit+1) <= limit
	var cuts []float32
	rest, bins := len(keys), limit
	from, at := 0, equal(keys, 0) // of the bin; behind the equal keys at its end
	for at < len(keys) && bins > 1 {
		next := equal(keys, at)
		count := at - from
		full := count*bins >= rest
		nextFull := (next-at)*bins >= rest && 2*count*bins >= rest
		if few || full || nextFull {
			cuts = append(cuts, between(unkey(keys[at-1]), unkey(keys[at])))
			rest -= count
			from = at
			bins--
		}
		at = next
	}
	return cuts
}

// equal returns the end of the run of equal keys that begins at from.
func equal(keys []uint32, from int) int {
	at := from
	for at < len(keys) && keys[at] == keys[from] {
		at++
	}
	return at
}

// distinct counts the distinct keys, up to a limit.
func distinct(keys []uint32, limit int) int {
	n := 0
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			if n++; n == limit {
				break
			}
		}
	}
	return n
}

// between returns a threshold t with a <= t < b, the midpoint where it is one.
func between(a, b float32) float32 {
	m := float32(float64(0.5 * (float64(a) + float64(b))))
	if m >= a && m < b {
		return m
	}
	return a
}
