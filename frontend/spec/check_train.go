package spec

import (
	"errors"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

// Engines of train.engine.
const (
	EngineBuiltin = "builtin" // the default
	EngineExec    = job.EngineExec
)

func (c *checker) train() {
	t := c.m.Train
	if !t.Set {
		return
	}
	c.choice(t.Engine, "train.engine", engines)
	if c.m.Exec() {
		c.exec(t)
		return
	}
	c.builtinOnly(t)
	c.choice(t.Network, "train.network", networks)
	c.choice(t.Task, "train.task", job.Tasks())
	if !t.Algorithm.Set {
		if c.m.spans["train.algorithm"] == nil && !c.m.meant["train.algorithm"] {
			c.diags.Add(diag.MissingKey, c.m.keyAt("train"), "one of "+quoteAll(algorithmNames()), "train.algorithm is missing")
		}
		return
	}
	a, ok := job.LookupAlgorithm(t.Algorithm.V)
	if !ok {
		c.diags.Add(diag.UnknownAlgorithm, t.Algorithm.At, diag.DidYouMean(t.Algorithm.V, algorithmNames()), "unknown algorithm %q", t.Algorithm.V)
		return
	}
	if t.Task.Set && slices.Contains(job.Tasks(), t.Task.V) && !slices.Contains(a.Tasks, t.Task.V) {
		c.diags.Add(diag.Conflict, t.Task.At, a.Name+" does "+quoteAll(a.Tasks), "%s does not do %s", a.Name, t.Task.V)
	}
	c.target()
	c.probabilities()
	c.learningCurve()
	c.export()
	c.params(a)
}

// export checks that the algorithm's models can be written as the file asks for.
func (c *checker) export() {
	t := c.m.Train
	c.choice(t.Export.Precision, "train.export.precision", job.Precisions())
	if !slices.Contains(job.Precisions(), t.Export.Precision.Or(job.Float32)) {
		return
	}
	for _, p := range (job.Train{Algorithm: t.Algorithm.V, Calibrate: t.Calibrate.V, Export: c.m.Export()}).CheckExport() {
		c.diags.Add(diag.Conflict, c.m.At(p.Field), p.Hint, "%s: %s", p.Field, p.Message)
	}
}

// Export is what the file asks for, with nothing set that is the default.
func (m *Model) Export() job.Export {
	e := job.Export{Safetensors: m.Train.Export.Safetensors.V}
	if p := m.Train.Export.Precision.V; p != job.Float32 {
		e.Precision = p
	}
	return e
}

// target checks that there is one where the task has one, and none elsewhere.
func (c *checker) target() {
	task, f := c.m.Task(), c.m.Features
	if !slices.Contains(job.Tasks(), task) {
		return
	}
	switch supervised := job.Supervised(task); {
	case !supervised && f.Target.Set:
		c.diags.Add(diag.Conflict, c.m.keyAt("features.target"), "leave the key out, and exclude the column", "%s has no target", task)
	case supervised && !f.Set:
		c.diags.Add(diag.MissingKey, c.m.At("train"), "add features: with target: and the column to predict", "features is missing")
	case supervised && !f.Target.Set:
		if _, bad := c.m.spans["features.target"]; !bad && !c.m.meant["features.target"] {
			c.diags.Add(diag.MissingKey, c.m.keyAt("features"), "name the column to predict, as in target: species", "features.target is missing")
		}
	}
}

// probabilities checks what is done with those of a classifier.
func (c *checker) probabilities() {
	t := c.m.Train
	c.choice(t.Calibrate, "train.calibrate", calibrations)
	if t.Threshold.Set && (t.Threshold.V <= 0 || t.Threshold.V >= 1) {
		c.diags.Add(diag.BadValue, t.Threshold.At, "as in threshold: 0.3", "train.threshold must lie between 0 and 1, not %v", t.Threshold.V)
	}
	if c.m.Task() == job.TaskClassification {
		return
	}
	for _, v := range []struct {
		path string
		at   diag.Span
		set  bool
	}{{"train.calibrate", t.Calibrate.At, t.Calibrate.Set}, {"train.threshold", t.Threshold.At, t.Threshold.Set}} {
		if v.set {
			c.diags.Add(diag.Conflict, v.at, "leave the key out", "%s is for classification; the task is %s", v.path, c.m.Task())
		}
	}
}

// learningCurve checks that its shares rise, within the training part.
func (c *checker) learningCurve() {
	shares := c.m.Train.LearningCurve
	at := c.m.keyAt("train.learning_curve")
	switch n := len(shares.Items); {
	case n == 0:
		return
	case !job.Supervised(c.m.Task()) && slices.Contains(job.Tasks(), c.m.Task()):
		c.diags.Add(diag.Conflict, at, "leave the key out", "train.learning_curve: %s has no target", c.m.Task())
	case n > job.MaxCurve:
		c.diags.Add(diag.BadValue, at, "every share is a training of its own", "train.learning_curve has %d shares; at most %d are fitted", n, job.MaxCurve)
	}
	last := 0.0
	for i, v := range shares.Items {
		switch {
		case !v.Set:
		case v.V <= 0 || v.V >= 1:
			c.diags.Add(diag.BadValue, v.At, "the whole training part is added by itself", "train.learning_curve[%d] must lie between 0 and 1, not %v", i, v.V)
		case v.V <= last:
			c.diags.Add(diag.BadValue, v.At, "list the shares in rising order", "train.learning_curve[%d]: %v is not more than %v", i, v.V, last)
		default:
			last = v.V
		}
	}
}

// Task is what the model does: of the built-in engine always, of a program where the
// file says so.
func (m *Model) Task() string {
	if m.Exec() {
		return m.Train.Task.V
	}
	return m.Train.Task.Or(job.DefaultTask(m.Train.Algorithm.V))
}

// Exec reports whether a program of the user's own trains the model.
func (m *Model) Exec() bool { return m.Train.Engine.V == EngineExec }

func (c *checker) params(a job.Algorithm) {
	given := c.m.Params()
	_, err := a.Resolve(given)
	var problems job.Problems
	if !errors.As(err, &problems) {
		return
	}
	known := make([]string, len(a.Params))
	for i, p := range a.Params {
		known[i] = p.Name
	}
	for _, p := range problems {
		name := p.Field[len("train.params."):]
		if slices.Contains(known, name) {
			c.diags.Add(diag.BadParam, c.m.At(p.Field), p.Hint, "train.params.%s", p.Message)
			continue
		}
		c.diags.Add(diag.UnknownParam, c.m.keyAt(p.Field), diag.DidYouMean(name, known), "%s", p.Message)
	}
}

// Params are the algorithm's parameters as the file gives them.
func (m *Model) Params() job.Params {
	out := job.Params{}
	for _, e := range m.Train.Params.Entries {
		if e.Value.Set {
			out[e.Key] = e.Value.V
		}
	}
	return out
}

func algorithmNames() []string {
	var names []string
	for _, a := range job.Algorithms() {
		names = append(names, a.Name)
	}
	return names
}
