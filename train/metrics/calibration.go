package metrics

import "math"

// Bin is the rows whose probability of a class lies in one of ten equal ranges.
type Bin struct {
	Rows      int     `json:"rows"`
	Predicted float64 `json:"predicted"` // mean probability
	Observed  float64 `json:"observed"`  // share of rows of the class
}

// calibrationBins is the number of ranges.
const calibrationBins = 10

// Calibration compares the probability of a class with how often it occurs, in
// the ranges that have rows, and returns the expected calibration error: the
// mean distance between the two, weighted by rows.
func (s *Scorer) Calibration(class int) (bins []Bin, expected float64) {
	all := make([]Bin, calibrationBins)
	for i, c := range s.Class {
		p := s.Scores.Row(i)[class]
		b := &all[min(calibrationBins-1, max(0, int(math.Floor(float64(p*calibrationBins)))))]
		b.Rows++
		b.Predicted += p
		if c == class {
			b.Observed++
		}
	}
	for _, b := range all {
		if b.Rows == 0 {
			continue
		}
		b.Predicted /= float64(b.Rows)
		b.Observed /= float64(b.Rows)
		bins = append(bins, b)
		expected += float64(math.Abs(b.Predicted-b.Observed) * (float64(b.Rows) / float64(len(s.Class))))
	}
	return bins, expected
}

// Point is a point of a curve.
type Point struct{ X, Y float64 }

// ROC is the curve of the true positive rate over the false positive rate of a
// class that is ranked, from (0,0) to (1,1), one point for each threshold.
func (s *Scorer) ROC(ranked int) []Point {
	r := s.rankings[ranked]
	positives, negatives := r.totals(nil)
	var p, n float64
	curve := []Point{{}}
	r.ties(nil, func(positive, negative float64) {
		p, n = p+positive, n+negative
		curve = append(curve, Point{n / math.Max(1, negatives), p / math.Max(1, positives)})
	})
	return curve
}

// PrecisionRecall is the curve of precision over recall of a class that is
// ranked, one point for each threshold.
func (s *Scorer) PrecisionRecall(ranked int) []Point {
	r := s.rankings[ranked]
	total, _ := r.totals(nil)
	var hits, seen float64
	var curve []Point
	r.ties(nil, func(positive, negative float64) {
		hits, seen = hits+positive, seen+positive+negative
		curve = append(curve, Point{hits / math.Max(1, total), hits / seen})
	})
	return curve
}

// Ranked are the classes that ROC and PrecisionRecall are of: with two classes
// the second, with more all of them.
func (s *Scorer) Ranked() []string { return s.Columns[len(s.Columns)-len(s.rankings):] }
