package lint

import (
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

// checkAccuracy finds gates that a model passes which never predicts a rare class.
func checkAccuracy(c *Context) {
	gates := c.Model.Evaluate.Gates.Entries
	if c.Model.Task() != job.TaskClassification || len(gates) == 0 {
		return
	}
	for _, e := range gates {
		if e.Key != "accuracy" && e.Key != "log_loss" && e.Key != "weighted_f1" {
			return
		}
	}
	c.warn(gates[0].KeyAt, "add a bound on balanced_accuracy or macro_f1", "no gate sees a class that is rare: always predicting the common ones can pass")
}

func checkGates(c *Context) {
	e := c.Model.Evaluate
	if e.Set && len(e.Gates.Entries) == 0 {
		c.warn(c.Model.At("evaluate"), `as in gates: {macro_f1: ">= 0.9"}`, "evaluate has no gates: metrics are reported, and any model passes")
	}
}

// shares are the metrics whose values lie between 0 and 1. A loss has no upper end.
func shares(metric string) (low, high bool) {
	for _, m := range job.Metrics(job.TaskClassification) {
		if m.Name == metric {
			return metric != "mcc", m.HigherIsBetter
		}
	}
	return false, false
}

func checkAlwaysMet(c *Context) {
	if c.Model.Task() != job.TaskClassification {
		return
	}
	for _, e := range c.Model.Evaluate.Gates.Entries {
		g, err := spec.ParseGate(e.Value.V)
		if err != nil {
			continue
		}
		low, high := shares(e.Key)
		if low && (g.Op == ">=" && g.Value <= 0 || g.Op == ">" && g.Value < 0) ||
			high && (g.Op == "<=" && g.Value >= 1 || g.Op == "<" && g.Value > 1) {
			c.warn(e.Value.At, "write a bound that a bad model misses", "evaluate.gates.%s: every model meets %q", e.Key, e.Value.V)
		}
	}
}
