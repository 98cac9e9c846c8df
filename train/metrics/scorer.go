package metrics

import (
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Sample is predictions with what is known of the rows.
type Sample struct {
	Task          string
	Columns       []string     // what the columns of Scores are: classes, clusters, or one value
	Class         []int        // classification: the class of each row
	Value         []float64    // regression: the value of each row
	Predicted     []int        // index of the class or cluster; 1 for an anomaly and 0 for none
	Scores        matrix.Dense // rows by columns
	Probabilities bool         // whether the scores of a classification are probabilities
}

// Rows is the number of rows.
func (s Sample) Rows() int { return s.Scores.Rows }

// Scorer computes the metrics of a sample.
type Scorer struct {
	Sample
	losses   []float64 // classification: log loss of each row
	squares  []float64 // classification: Brier score of each row
	rankings []ranking // classification: one for each class that is ranked
	errors   *errors   // regression
}

// New prepares a sample of one row or more.
func New(s Sample) *Scorer {
	c := &Scorer{Sample: s}
	switch s.Task {
	case job.TaskClassification:
		if s.Probabilities {
			c.losses, c.squares = logLosses(s), briers(s)
		}
		c.rankings = rank(s)
	case job.TaskRegression:
		c.errors = newErrors(s)
	}
	return c
}

// counts is how often each row counts; nil for once each.
type counts []int32

func (c counts) of(i int) float64 {
	if c == nil {
		return 1
	}
	return float64(c[i])
}

// Score computes every metric that is defined for the rows, at least one of
// which must count. How often each counts is in times; nil is once each.
func (s *Scorer) Score(times []int32) map[string]float64 {
	c := counts(times)
	switch s.Task {
	case job.TaskClassification:
		return s.scoreClasses(c)
	case job.TaskRegression:
		return s.errors.score(c)
	case job.TaskClustering:
		return s.scoreClusters(c)
	case job.TaskAnomaly:
		return map[string]float64{"anomaly_share": s.share(1, c)}
	}
	return map[string]float64{}
}

// share is how many of the rows are predicted as k.
func (s *Scorer) share(k int, c counts) float64 {
	var n, all float64
	for i, p := range s.Predicted {
		if p == k {
			n += c.of(i)
		}
		all += c.of(i)
	}
	return n / all
}

// scoreClusters computes what the labels alone say.
func (s *Scorer) scoreClusters(c counts) map[string]float64 {
	rows := make([]float64, len(s.Columns))
	var all, largest float64
	for i, k := range s.Predicted {
		rows[k] += c.of(i)
		all += c.of(i)
	}
	for _, n := range rows {
		largest = max(largest, n)
	}
	m := map[string]float64{"largest_share": largest / all, "noise_share": 0}
	if last := len(rows) - 1; s.Columns[last] == Noise {
		m["noise_share"] = rows[last] / all
	}
	return m
}

// Noise is the name of the cluster of rows that belong to none.
const Noise = "-1"
