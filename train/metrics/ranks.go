package metrics

import (
	"cmp"
	"slices"
)

// ranking is the rows by falling score of one class.
type ranking struct {
	order []ranked
}

type ranked struct {
	row      int32
	positive bool
	last     bool // of a run of equal scores
}

// rank sorts for each class that is ranked: with two classes the second, with
// more all of them.
func rank(s Sample) []ranking {
	first := 0
	if len(s.Columns) == 2 {
		first = 1
	}
	var out []ranking
	for k := first; k < len(s.Columns); k++ {
		out = append(out, newRanking(s, k))
	}
	return out
}

func newRanking(s Sample, class int) ranking {
	score := func(row int32) float64 { return s.Scores.Data[int(row)*s.Scores.Width+class] }
	r := ranking{order: make([]ranked, s.Rows())}
	for i, c := range s.Class {
		r.order[i] = ranked{row: int32(i), positive: c == class}
	}
	slices.SortFunc(r.order, func(a, b ranked) int {
		if c := cmp.Compare(score(b.row), score(a.row)); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
	for i := range r.order {
		r.order[i].last = i+1 == len(r.order) || score(r.order[i].row) != score(r.order[i+1].row)
	}
	return r
}

// ties calls f for each run of equal scores with the positives and negatives in
// it.
func (r ranking) ties(c counts, f func(positives, negatives float64)) {
	var positives, negatives float64
	for _, x := range r.order {
		n := c.of(int(x.row))
		if x.positive {
			positives += n
		} else {
			negatives += n
		}
		if x.last {
			f(positives, negatives)
			positives, negatives = 0, 0
		}
	}
}

// totals are the numbers of positives and negatives.
func (r ranking) totals(c counts) (positives, negatives float64) {
	r.ties(c, func(p, n float64) { positives, negatives = positives+p, negatives+n })
	return positives, negatives
}

// auc is, of so many positives and negatives, the probability that a positive has a higher score than a negative,
// with ties counting one half: the area under the ROC curve. Sums are of whole
// numbers, exact below 2^53.
func (r ranking) auc(c counts, positives, negatives float64) float64 {
	var above, twice float64 // positives seen; twice the pairs in order
	r.ties(c, func(p, n float64) {
		twice += float64(n * (float64(2*above) + p))
		above += p
	})
	return twice / 2 / float64(positives*negatives)
}

// averagePrecision is the sum of precision times the gain in recall over falling
// thresholds, without interpolation.
func (r ranking) averagePrecision(c counts, total float64) float64 {
	var hits, seen, sum float64
	r.ties(c, func(p, n float64) {
		hits += p
		seen += p + n
		if seen > 0 {
			sum += float64(hits / seen * (p / total))
		}
	})
	return sum
}

// scoreRanks adds the metrics that depend on the order of the scores: the mean
// over the classes that are ranked. They are not defined where one of them, or
// everything but it, does not occur.
func (s *Scorer) scoreRanks(c counts, m map[string]float64) {
	var auc, precision float64
	for _, r := range s.rankings {
		positives, negatives := r.totals(c)
		if positives == 0 || negatives == 0 {
			return
		}
		auc += r.auc(c, positives, negatives)
		precision += r.averagePrecision(c, positives)
	}
	n := float64(len(s.rankings))
	m["roc_auc"], m["average_precision"] = auc/n, precision/n
}
