package spec

import (
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

func (c *checker) evaluate() {
	if v := c.m.Evaluate.Confidence; v.Set && (v.V <= 0 || v.V >= 1) {
		c.diags.Add(diag.BadValue, v.At, "as in confidence: 0.95", "evaluate.confidence must lie between 0 and 1, not %v", v.V)
	}
	for _, e := range c.m.Evaluate.Gates.Entries {
		c.metric(e.Key, e.KeyAt, true)
		if !e.Value.Set {
			continue
		}
		if _, err := ParseGate(e.Value.V); err != nil {
			c.diags.Add(diag.BadGate, e.Value.At, `as in ">= 0.95"; the operators are >= > <= < ==`, "evaluate.gates.%s: %s", e.Key, err)
		}
	}
	c.importance()
	c.partialDependence()
}

// importance checks how the importance of columns is measured.
func (c *checker) importance() {
	o := c.m.Evaluate.Importance
	if !o.Set || !c.explains("evaluate.importance", job.Supervised, "has no target, so no metric that a column is important for") {
		return
	}
	for _, v := range []struct {
		key string
		v   Value[uint64]
		max uint64
	}{{"repeats", o.Repeats, job.MaxRepeats}, {"rows", o.Rows, job.MaxExplainRows}} {
		if v.v.Set && (v.v.V < 1 || v.v.V > v.max) {
			c.diags.Add(diag.BadValue, v.v.At, "", "evaluate.importance.%s must lie between 1 and %d, not %d", v.key, v.max, v.v.V)
		}
	}
	var names []string
	for _, m := range job.ImportanceMetrics(c.m.Task()) {
		names = append(names, m.Name)
	}
	if o.Metric.Set && !slices.Contains(names, o.Metric.V) {
		c.diags.Add(diag.UnknownMetric, o.Metric.At, diag.DidYouMean(o.Metric.V, names), "importance in %s is not measured by %q", c.m.Task(), o.Metric.V)
	}
}

// explains reports a key for which the model is scored again where that cannot be
// done for the task, or where the built-in engine is not used.
func (c *checker) explains(key string, has func(task string) bool, why string) bool {
	task := c.m.Task()
	switch {
	case c.m.Train.Engine.V == EngineExec:
		c.diags.Add(diag.Conflict, c.m.keyAt(key), "take it out", "%s is for models of the built-in engine", key)
	case !slices.Contains(job.Tasks(), task): // reported already
	case !has(task):
		c.diags.Add(diag.Conflict, c.m.keyAt(key), "leave the key out", "%s: %s %s", key, task, why)
	default:
		return true
	}
	return false
}

// partialDependence checks that the columns are features, of a type that can be
// set to one value after the other. Whether they are in the data is found when it
// is read.
func (c *checker) partialDependence() {
	columns := c.m.Evaluate.PartialDependence
	if !columns.Set || !c.explains("evaluate.partial_dependence", job.HasDependence, "has no output that means something by itself") {
		return
	}
	for i, v := range columns.Items {
		if !v.Set {
			continue
		}
		twice := slices.ContainsFunc(columns.Items[:i], func(w Value[string]) bool { return w.V == v.V })
		if why, hint := c.noDependence(v.V, twice); why != "" {
			c.diags.Add(diag.Conflict, v.At, hint, "evaluate.partial_dependence: %q %s", v.V, why)
		}
	}
}

func (c *checker) noDependence(column string, twice bool) (why, hint string) {
	f := c.m.Features
	declared, ok := f.Columns.Get(column)
	switch {
	case twice:
		return "is here twice", "name each column once"
	case column == f.Target.V:
		return "is the target", "name a column that the model learns from"
	case column == f.Weight.V:
		return "is the weight of the rows, which is not learnt from", "name a column that the model learns from"
	case slices.ContainsFunc(f.Exclude.Items, func(x Value[string]) bool { return x.V == column }):
		return "is excluded", "name a column that the model learns from"
	case column == c.m.Split.Column.V && !ok:
		return "is read for the split alone", "declare it in features.columns to learn from it"
	case declared.Type.Set && !job.HasGrid(declared.Type.V):
		return "is a " + declared.Type.V + " column, which cannot be set to one value after the other", "number, binary, date and category columns can"
	}
	return "", ""
}
