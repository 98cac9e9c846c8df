package spec

import (
	"errors"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

// EngineBuiltin is the value of train.engine that this version builds.
const EngineBuiltin = "builtin"

var tasks = []string{job.TaskClassification}

func (c *checker) train() {
	t := c.m.Train
	if !t.Set {
		return
	}
	if t.Engine.V == "exec" {
		c.diags.Add(diag.NotYet, t.Engine.At, "leave engine out to use the built-in one", "engine exec is not supported by this version")
		return
	}
	c.choice(t.Engine, "train.engine", []string{EngineBuiltin, "exec"})
	c.choice(t.Network, "train.network", []string{"none"})
	c.choice(t.Task, "train.task", tasks)
	if !t.Algorithm.Set {
		if _, bad := c.m.spans["train.algorithm"]; !bad && !c.m.meant["train.algorithm"] {
			c.diags.Add(diag.MissingKey, c.m.keyAt("train"), "one of "+quoteAll(algorithmNames()), "train.algorithm is missing")
		}
		return
	}
	a, ok := job.LookupAlgorithm(t.Algorithm.V)
	if !ok {
		c.diags.Add(diag.UnknownAlgorithm, t.Algorithm.At, diag.DidYouMean(t.Algorithm.V, algorithmNames()), "unknown algorithm %q", t.Algorithm.V)
		return
	}
	c.params(a)
}

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

func (c *checker) evaluate() {
	metrics := job.Metrics(c.m.Train.Task.Or(job.TaskClassification))
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = m.Name
	}
	for _, e := range c.m.Evaluate.Gates.Entries {
		if len(names) > 0 && !slices.Contains(names, e.Key) {
			c.diags.Add(diag.UnknownMetric, e.KeyAt, diag.DidYouMean(e.Key, names), "unknown metric %q", e.Key)
		}
		if !e.Value.Set {
			continue
		}
		if _, err := ParseGate(e.Value.V); err != nil {
			c.diags.Add(diag.BadGate, e.Value.At, `as in ">= 0.95"; the operators are >= > <= < ==`, "evaluate.gates.%s: %s", e.Key, err)
		}
	}
}
