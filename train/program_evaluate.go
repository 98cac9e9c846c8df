package train

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Parts of the data that metrics are of.
const (
	PartTest     = "test"     // held-out rows, scored here
	PartReported = "reported" // what a program says of itself
)

// EvaluateProgram is [Evaluate] for a model that a program trained: of its
// predictions for held-out rows, where it wrote them, and of the numbers that it
// reports. Where both have a metric the one that is computed here counts.
func EvaluateProgram(ctx context.Context, j job.Evaluate, t *Trained, reported map[string]float64) (*Metrics, error) {
	for name, v := range reported {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("evaluate: %s is %v", name, v)
		}
	}
	m := &Metrics{Version: MetricsVersion, Task: t.Record.Job.Task, Part: PartReported, Metrics: map[string]float64{}}
	if len(t.Predictions.Rows) > 0 {
		t.Record.Split.TestRows = len(t.Predictions.Rows)
		t.Record.Output = outputOf(t.Record.Job.Task, !probabilities(t.Predictions.Scores))
		var err error
		if m, err = Evaluate(ctx, job.Evaluate{Version: j.Version, Confidence: j.Confidence, Slices: j.Slices, Data: j.Data, ONNX: j.ONNX}, *t); err != nil {
			return nil, err
		}
	}
	for name, v := range reported {
		if _, ok := m.Metrics[name]; !ok {
			m.Metrics[name] = v
		}
	}
	return m, m.gate(j.Gates)
}

// probabilities reports whether every row could be those of classes.
func probabilities(scores matrix.Dense) bool {
	const slack = 1e-3
	for i := range scores.Rows {
		sum := 0.0
		for _, v := range scores.Row(i) {
			if v < 0 || v > 1 {
				return false
			}
			sum += v
		}
		if math.Abs(sum-1) > slack {
			return false
		}
	}
	return true
}

// Reported are the metrics that a program wrote: an object of numbers, or one
// under the key metrics. What is no number is left out.
func Reported(all map[string]any) map[string]float64 {
	if inner, ok := all["metrics"].(map[string]any); ok {
		all = maps.Clone(inner)
	}
	out := map[string]float64{}
	for name, v := range all {
		if n, ok := v.(float64); ok {
			out[name] = n
		}
	}
	return out
}

// whose says, in messages, what has the metrics.
func (m *Metrics) whose() string {
	if m.Task == "" {
		return "is among those that the program wrote"
	}
	return "for this " + m.Task
}

// where says, in messages, what the metrics are of.
func (m *Metrics) where() string {
	if m.Part == PartReported {
		return "by the program's own account"
	}
	return fmt.Sprintf("on %d held-out rows", m.Rows)
}
