package train

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
)

// GateResult is a gate with what was reached.
type GateResult struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"`
	Value  float64 `json:"value"`
	Actual float64 `json:"actual"`
	Met    bool    `json:"met"`
	// Tolerance is how far beyond the value still passes.
	Tolerance float64 `json:"tolerance,omitempty"`
}

// gate compares the metrics with their bounds.
func (m *Metrics) gate(gates []job.Gate) error {
	var ps job.Problems
	for _, g := range gates {
		field := g.Field
		if field == "" {
			field = "evaluate.gates." + g.Metric
		}
		actual, ok := m.Metrics[g.Metric]
		if !ok {
			ps = append(ps, job.Problem{Code: job.CodeMetric, Field: field, Name: g.Metric, Excerpt: g.Metric,
				Message: fmt.Sprintf("no metric %q %s", g.Metric, m.whose()),
				Hint:    "there are " + joined(slices.Sorted(maps.Keys(m.Metrics)))})
			continue
		}
		met, ok := g.Met(actual)
		if !ok {
			return fmt.Errorf("evaluate: gate %s has operator %q", g.Metric, g.Op)
		}
		m.Gates = append(m.Gates, GateResult{g.Metric, g.Op, g.Value, actual, met, g.Tolerance})
		if !met {
			ps = append(ps, job.Problem{Code: job.CodeGate, Field: field, Name: g.Metric,
				Excerpt: bound(g.Op, g.Value, g.Tolerance),
				Message: fmt.Sprintf("%s is %.6g %s; the gate wants %s", g.Metric, actual, m.where(), bound(g.Op, g.Value, g.Tolerance)),
				Hint:    m.Baseline.hint(g.Metric)})
		}
	}
	return ps.Err()
}

// bound writes a gate as the specification does.
func bound(op string, value, tolerance float64) string {
	if tolerance == 0 {
		return fmt.Sprintf("%s %v", op, value)
	}
	return fmt.Sprintf("%s %v ± %v", op, value, tolerance)
}

// String is the gate with whether it is met, for logs.
func (g GateResult) String() string {
	verdict := "met"
	if !g.Met {
		verdict = "NOT met"
	}
	return fmt.Sprintf("%s %s: %s", g.Metric, g.Bound(), verdict)
}

// Bound is the gate as the specification writes it.
func (g GateResult) Bound() string { return bound(g.Op, g.Value, g.Tolerance) }
