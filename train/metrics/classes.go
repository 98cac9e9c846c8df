package metrics

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// Class are the metrics of one class. A ratio without a denominator is zero.
type Class struct {
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

// Confuse counts the predictions.
func (s *Scorer) Confuse(times []int32) *Confusion {
	c := &Confusion{Classes: s.Columns, Matrix: make([][]int, len(s.Columns))}
	cells := make([]int, len(s.Columns)*len(s.Columns))
	for k := range c.Matrix {
		c.Matrix[k] = cells[k*len(s.Columns) : (k+1)*len(s.Columns)]
	}
	for i, a := range s.Class {
		n := 1
		if times != nil {
			n = int(times[i])
		}
		c.Matrix[a][s.Predicted[i]] += n
	}
	return c
}

// totals are the numbers of rows truly of class k and predicted as k.
func (c *Confusion) totals(k int) (actual, predicted int) {
	for j := range c.Matrix {
		actual += c.Matrix[k][j]
		predicted += c.Matrix[j][k]
	}
	return actual, predicted
}

// Class computes the metrics of class k: precision tp/predicted, recall
// tp/actual, F1 2tp/(actual+predicted).
func (c *Confusion) Class(k int) Class {
	actual, predicted := c.totals(k)
	hits := c.Matrix[k][k]
	return Class{Rows: actual, Precision: ratio(hits, predicted), Recall: ratio(hits, actual), F1: ratio(2*hits, actual+predicted)}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s *Scorer) scoreClasses(c counts) map[string]float64 {
	m := s.Confuse(c).score()
	if s.Probabilities {
		m["log_loss"], m["brier"] = mean(s.losses, c), mean(s.squares, c)
	}
	s.scoreRanks(c, m)
	return m
}

// score computes what follows from the predicted classes. Averages follow
// scikit-learn: macro ones over classes that occur or were predicted, balanced
// accuracy over classes that occur.
func (c *Confusion) score() map[string]float64 {
	var sum Class
	var hits, rows, seen, occurring int
	var recall, weighted float64
	for k := range c.Classes {
		hits += c.Matrix[k][k]
		m := c.Class(k)
		actual, predicted := c.totals(k)
		if actual+predicted == 0 {
			continue
		}
		seen++
		rows += actual
		sum.Precision += m.Precision
		sum.Recall += m.Recall
		sum.F1 += m.F1
		weighted += float64(m.F1 * float64(actual))
		if actual > 0 {
			occurring++
			recall += m.Recall
		}
	}
	return map[string]float64{
		"accuracy":          ratio(hits, rows),
		"balanced_accuracy": recall / float64(occurring),
		"macro_f1":          sum.F1 / float64(seen),
		"macro_precision":   sum.Precision / float64(seen),
		"macro_recall":      sum.Recall / float64(seen),
		"mcc":               c.correlation(),
		"weighted_f1":       weighted / float64(rows),
	}
}

// correlation is the Matthews correlation coefficient for any number of classes
// (Gorodkin 2004), zero where the true or the predicted class is always the same.
func (c *Confusion) correlation() float64 {
	var n, hits, cross, actualSquares, predictedSquares float64
	for k := range c.Classes {
		actual, predicted := c.totals(k)
		a, p := float64(actual), float64(predicted)
		n += a
		hits += float64(c.Matrix[k][k])
		cross += float64(a * p)
		actualSquares += float64(a * a)
		predictedSquares += float64(p * p)
	}
	square := float64(n * n)
	below := float64(math.Sqrt(square-actualSquares) * math.Sqrt(square-predictedSquares))
	if below == 0 {
		return 0
	}
	return (float64(hits*n) - cross) / below
}

// logLosses are -log p of the true class, with p no less than the distance from
// 1 to the next float64, as in scikit-learn.
func logLosses(s Sample) []float64 {
	const least = 2.220446049250313e-16
	out := make([]float64, len(s.Class))
	for i, a := range s.Class {
		out[i] = -fpmath.Log(math.Max(least, s.Scores.Row(i)[a]))
	}
	return out
}

// briers are the squared distances between the probabilities and the true class,
// over all classes, halved so that they lie between 0 and 1.
func briers(s Sample) []float64 {
	out := make([]float64, len(s.Class))
	for i, a := range s.Class {
		for k, v := range s.Scores.Row(i) {
			if k == a {
				v--
			}
			out[i] += float64(v * v)
		}
		out[i] /= 2
	}
	return out
}

func mean(values []float64, c counts) float64 {
	var sum, n float64
	for i, v := range values {
		sum += float64(v * c.of(i))
		n += c.of(i)
	}
	return sum / n
}
