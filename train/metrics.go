package train

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// ClassMetrics are one class's. A ratio without a denominator is zero.
type ClassMetrics struct {
	Rows      int     `json:"rows"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Confusion counts rows by true class, then by predicted class.
type Confusion struct {
	Classes []string `json:"classes"`
	Matrix  [][]int  `json:"matrix"`
}

// confuse counts the predictions.
func confuse(p Predictions) Confusion {
	c := Confusion{Classes: p.Classes, Matrix: make([][]int, len(p.Classes))}
	for k := range c.Matrix {
		c.Matrix[k] = make([]int, len(p.Classes))
	}
	for i, a := range p.Actual {
		c.Matrix[a][p.Predicted[i]]++
	}
	return c
}

// totals are the numbers of rows truly of class k and predicted as k.
func (c Confusion) totals(k int) (actual, predicted int) {
	for j := range c.Matrix {
		actual += c.Matrix[k][j]
		predicted += c.Matrix[j][k]
	}
	return actual, predicted
}

// class computes the metrics of class k: precision tp/predicted, recall
// tp/actual, F1 2tp/(actual+predicted).
func (c Confusion) class(k int) ClassMetrics {
	actual, predicted := c.totals(k)
	hits := c.Matrix[k][k]
	return ClassMetrics{Rows: actual, Precision: ratio(hits, predicted), Recall: ratio(hits, actual), F1: ratio(2*hits, actual+predicted)}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// score computes every metric of the catalogue, over one row or more.
// Averages follow scikit-learn: macro ones over classes that occur or were
// predicted, balanced accuracy over classes that occur.
func score(p Predictions) map[string]float64 {
	c := confuse(p)
	var sum ClassMetrics
	var hits, seen, occurring int
	var recall, weighted float64
	for k := range c.Classes {
		hits += c.Matrix[k][k]
		m := c.class(k)
		actual, predicted := c.totals(k)
		if actual+predicted == 0 {
			continue
		}
		seen++
		sum.Precision += m.Precision
		sum.Recall += m.Recall
		sum.F1 += m.F1
		weighted += float64(m.F1 * float64(actual))
		if actual > 0 {
			occurring++
			recall += m.Recall
		}
	}
	n := len(p.Rows)
	return map[string]float64{
		"accuracy":          ratio(hits, n),
		"balanced_accuracy": recall / float64(occurring),
		"log_loss":          logLoss(p),
		"macro_f1":          sum.F1 / float64(seen),
		"macro_precision":   sum.Precision / float64(seen),
		"macro_recall":      sum.Recall / float64(seen),
		"weighted_f1":       weighted / float64(n),
	}
}

// logLoss is the mean of -log p of the true class, with p no less than the
// distance from 1 to the next float64, as in scikit-learn.
func logLoss(p Predictions) float64 {
	const least = 2.220446049250313e-16
	sum := 0.0
	for i, a := range p.Actual {
		sum -= fpmath.Log(math.Max(least, p.Probabilities[i][a]))
	}
	return sum / float64(len(p.Actual))
}
