package spec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

func (c *checker) sweep(s Sweep) {
	if !s.Set {
		return
	}
	if c.m.Exec() {
		c.diags.Add(diag.Conflict, c.m.keyAt("sweep"), "let the program try the values, on rows that it holds out for that",
			"sweep is for algorithms of the built-in engine")
		return
	}
	found := len(c.diags)
	c.choice(s.Kind, "sweep.kind", sweepKinds)
	c.choice(s.Goal, "sweep.goal", sweepGoals)
	c.metric(s.Metric.V, s.Metric.At, s.Metric.Set)
	if s.Metric.Set && !s.Goal.Set && len(c.diags) == found && c.m.Goal() == "" {
		c.diags.Add(diag.MissingKey, s.Metric.At, "say which, as in goal: minimize", "sweep.goal is missing: a %s is not better for being larger or smaller", s.Metric.V)
	}
	c.trials(s)
	c.space(s)
	if len(c.diags) == found && s.Kind.Set && s.Params.Set {
		c.combinations(s)
	}
}

// trials checks what only random trials have.
func (c *checker) trials(s Sweep) {
	switch {
	case s.Kind.V == job.SweepRandom && !s.Trials.Set:
		c.diags.Add(diag.MissingKey, c.m.keyAt("sweep"), "as in trials: 20", "sweep.trials is missing")
	case s.Kind.V == job.SweepGrid && s.Trials.Set:
		c.diags.Add(diag.Conflict, s.Trials.At, "leave trials out", "a grid tries every combination")
	case s.Trials.Set && (s.Trials.V < 1 || s.Trials.V > job.MaxTrials):
		c.diags.Add(diag.BadValue, s.Trials.At, "every trial is a step of the build", "sweep.trials must lie between 1 and %d, not %d", job.MaxTrials, s.Trials.V)
	}
	if s.Kind.V == job.SweepGrid && s.Seed.Set {
		c.diags.Add(diag.Conflict, s.Seed.At, "leave seed out; train.seed is that of the fits", "a grid draws nothing")
	}
}

// space checks the parameters and their values.
func (c *checker) space(s Sweep) {
	if s.Params.Set && len(s.Params.Entries) == 0 {
		c.diags.Add(diag.BadValue, s.Params.At, "as in l2: [0.1, 1, 10]", "sweep.params has no parameters")
	}
	a, ok := job.LookupAlgorithm(c.m.Train.Algorithm.V)
	for _, e := range s.Params.Entries {
		c.sweepShape(s, e)
		if !ok {
			continue // reported already
		}
		i := slices.IndexFunc(a.Params, func(p job.Param) bool { return p.Name == e.Key })
		if i < 0 {
			var known []string
			for _, p := range a.Params {
				known = append(known, p.Name)
			}
			c.diags.Add(diag.UnknownParam, e.KeyAt, diag.DidYouMean(e.Key, known), "%s has no parameter %q", a.Name, e.Key)
			continue
		}
		if _, fixed := c.m.Train.Params.Get(e.Key); fixed {
			c.diags.Add(diag.Conflict, e.KeyAt, "take it out of train.params", "sweep.params.%s: %s is in train.params too", e.Key, e.Key)
		}
		c.sweepList(a, e)
		c.sweepRange(a, a.Params[i], e)
	}
}

// sweepShape checks what needs no algorithm.
func (c *checker) sweepShape(s Sweep, e Entry[SweepValues]) {
	path, r := "sweep.params."+e.Key, e.Value.Range
	switch {
	case r.Set && s.Kind.V == job.SweepGrid:
		c.diags.Add(diag.Conflict, e.KeyAt, "list the values", "%s: a grid needs values, not a range", path)
	case r.Set && r.Min.Set && r.Max.Set && !(r.Min.V < r.Max.V):
		c.diags.Add(diag.BadValue, r.Min.At, "", "%s: min must be less than max", path)
	case r.Set && r.Log.V && r.Min.V <= 0:
		c.diags.Add(diag.BadValue, r.Min.At, "", "%s: a logarithmic range needs min above 0", path)
	case e.Value.List.Set && len(e.Value.List.Items) == 0:
		c.diags.Add(diag.BadValue, e.Value.List.At, "", "%s has no values", path)
	}
}

func (c *checker) sweepList(a job.Algorithm, e Entry[SweepValues]) {
	seen := map[string]bool{}
	for i, v := range e.Value.List.Items {
		value, ok := c.sweepValue(a, e.Key, v.V, v.At)
		if !ok {
			continue
		}
		text := sweep.Text([]string{e.Key}, job.Params{e.Key: value})
		if seen[text] {
			c.diags.Add(diag.Conflict, v.At, "list each value once", "sweep.params.%s[%d]: %v is here twice", e.Key, i, value)
		}
		seen[text] = true
	}
}

func (c *checker) sweepRange(a job.Algorithm, p job.Param, e Entry[SweepValues]) {
	r := e.Value.Range
	if !r.Set {
		return
	}
	if p.Type != job.ParamFloat && p.Type != job.ParamInt {
		c.diags.Add(diag.Conflict, e.KeyAt, "list the values", "sweep.params.%s: %s is not a number", e.Key, e.Key)
		return
	}
	for _, v := range []Value[float64]{r.Min, r.Max} {
		if v.Set {
			c.sweepValue(a, e.Key, v.V, v.At)
		}
	}
}

// sweepValue is a value in the type of its parameter; one that the algorithm does not
// allow is reported.
func (c *checker) sweepValue(a job.Algorithm, name string, v any, at diag.Span) (any, bool) {
	resolved, err := a.Resolve(job.Params{name: v})
	var problems job.Problems
	if errors.As(err, &problems) {
		c.diags.Add(diag.BadParam, at, problems[0].Hint, "sweep.params.%s", problems[0].Message)
		return nil, false
	}
	return resolved[name], true
}

// combinations checks how many there are.
func (c *checker) combinations(s Sweep) {
	space := c.m.Space()
	size := sweep.Size(space)
	if s.Kind.V == job.SweepGrid && size > job.MaxTrials {
		c.diags.Add(diag.BadValue, c.m.keyAt("sweep.params"), "list fewer values, or draw some of the combinations: kind: random, trials: 20",
			"%s is %.0f trials; at most %d are made", product(space), size, job.MaxTrials)
		return
	}
	if _, err := sweep.Trials(space); errors.Is(err, sweep.ErrExhausted) {
		hint, count := "ask for fewer trials", "the"
		if !math.IsInf(size, 1) {
			count = fmt.Sprintf("the %.0f", size)
		}
		if !slices.ContainsFunc(space.Params, func(p job.SpaceParam) bool { return p.Range != nil }) {
			hint = "use kind: grid, which tries all of them"
		}
		c.diags.Add(diag.BadValue, s.Trials.At, hint, "%d trials are more than %s combinations that there are", s.Trials.V, count)
	}
}

// product is the size of a grid, as in 3 × 4.
func product(s job.Space) string {
	var parts []string
	for _, p := range s.Params {
		parts = append(parts, fmt.Sprint(len(p.List)))
	}
	return "a grid of " + strings.Join(parts, " × ")
}
