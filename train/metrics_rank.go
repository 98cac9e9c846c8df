package train

import (
	"cmp"
	"slices"
)

// rank adds the metrics that depend on the order of the scores. With two
// classes they are those of the second; with more, the mean over classes of one
// against the others. They are not defined where a class does not occur.
func rank(p Predictions, m map[string]float64) {
	classes := len(p.Columns)
	first := 0
	if classes == 2 {
		first = 1
	}
	var auc, precision float64
	for k := first; k < classes; k++ {
		r := newRanking(p, k)
		if r.positives == 0 || r.positives == len(r.order) {
			return
		}
		auc += r.auc()
		precision += r.averagePrecision()
	}
	m["roc_auc"] = auc / float64(classes-first)
	m["average_precision"] = precision / float64(classes-first)
}

// ranking is rows by falling score of one class.
type ranking struct {
	order     []ranked
	positives int
}

type ranked struct {
	score    float64
	positive bool
}

func newRanking(p Predictions, class int) ranking {
	r := ranking{order: make([]ranked, len(p.Rows))}
	for i, c := range p.Class {
		r.order[i] = ranked{p.Scores.Row(i)[class], c == class}
		if c == class {
			r.positives++
		}
	}
	slices.SortFunc(r.order, func(a, b ranked) int { return cmp.Compare(b.score, a.score) })
	return r
}

// ties calls f for each run of equal scores with the positives and negatives in
// it.
func (r ranking) ties(f func(positives, negatives int)) {
	for from := 0; from < len(r.order); {
		to, positives := from, 0
		for to < len(r.order) && r.order[to].score == r.order[from].score {
			if r.order[to].positive {
				positives++
			}
			to++
		}
		f(positives, to-from-positives)
		from = to
	}
}

// auc is the probability that a positive has a higher score than a negative,
// with ties counting one half: the area under the ROC curve. The counts are
// whole numbers, so the result does not depend on the order within ties.
func (r ranking) auc() float64 {
	var above, twice int // positives seen; twice the pairs in order
	r.ties(func(positives, negatives int) {
		twice += negatives * (2*above + positives)
		above += positives
	})
	return float64(twice) / 2 / (float64(r.positives) * float64(len(r.order)-r.positives))
}

// averagePrecision is the sum of precision times the gain in recall over falling
// thresholds, without interpolation.
func (r ranking) averagePrecision() float64 {
	var hits, seen int
	var sum float64
	r.ties(func(positives, negatives int) {
		hits += positives
		seen += positives + negatives
		sum += float64(ratio(hits, seen) * ratio(positives, r.positives))
	})
	return sum
}
