package train

import (
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
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
func confuse(p Predictions) *Confusion {
	c := &Confusion{Classes: p.Columns, Matrix: make([][]int, len(p.Columns))}
	for k := range c.Matrix {
		c.Matrix[k] = make([]int, len(p.Columns))
	}
	for i, a := range p.Class {
		c.Matrix[a][p.Predicted[i]]++
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

// class computes the metrics of class k: precision tp/predicted, recall
// tp/actual, F1 2tp/(actual+predicted).
func (c *Confusion) class(k int) ClassMetrics {
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

// score computes the metrics of the catalogue that are defined for the rows, one
// or more, of a task.
func score(p Predictions, output string) map[string]float64 {
	switch p.Task {
	case job.TaskClassification:
		m := scoreClasses(p)
		if output == OutputProbabilities {
			m["log_loss"], m["brier"] = logLoss(p), brier(p)
		}
		rank(p, m)
		return m
	case job.TaskRegression:
		return scoreValues(p)
	case job.TaskClustering:
		return scoreClusters(p)
	case job.TaskAnomaly:
		return map[string]float64{"anomaly_share": share(p.Predicted, 1)}
	}
	return map[string]float64{}
}

// scoreClasses computes what follows from the predicted classes. Averages follow
// scikit-learn: macro ones over classes that occur or were predicted, balanced
// accuracy over classes that occur.
func scoreClasses(p Predictions) map[string]float64 {
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
		"macro_f1":          sum.F1 / float64(seen),
		"macro_precision":   sum.Precision / float64(seen),
		"macro_recall":      sum.Recall / float64(seen),
		"mcc":               c.correlation(),
		"weighted_f1":       weighted / float64(n),
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

// logLoss is the mean of -log p of the true class, with p no less than the
// distance from 1 to the next float64, as in scikit-learn.
func logLoss(p Predictions) float64 {
	const least = 2.220446049250313e-16
	sum := 0.0
	for i, a := range p.Class {
		sum -= fpmath.Log(math.Max(least, p.Scores.Row(i)[a]))
	}
	return sum / float64(len(p.Class))
}

// brier is the mean squared distance between the probabilities and the true
// class, over all classes, halved so that it lies between 0 and 1.
func brier(p Predictions) float64 {
	sum := 0.0
	for i, a := range p.Class {
		for k, v := range p.Scores.Row(i) {
			if k == a {
				v--
			}
			sum += float64(v * v)
		}
	}
	return sum / float64(2*len(p.Class))
}

func share(values []int, of int) float64 {
	n := 0
	for _, v := range values {
		if v == of {
			n++
		}
	}
	return ratio(n, len(values))
}

// scoreClusters computes what the labels alone say.
func scoreClusters(p Predictions) map[string]float64 {
	rows := make([]int, len(p.Columns))
	for _, k := range p.Predicted {
		rows[k]++
	}
	m := map[string]float64{"largest_share": ratio(slices.Max(rows), len(p.Rows)), "noise_share": 0}
	if last := len(rows) - 1; p.Columns[last] == "-1" {
		m["noise_share"] = ratio(rows[last], len(p.Rows))
	}
	return m
}
