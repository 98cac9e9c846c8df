package spec

import (
	"reflect"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
)

var platformForm = pattern.New(`^[a-z0-9]+/[a-z0-9]+(/[a-z0-9.]+)?$`)

// setKeys lists the keys of a part of a stanza that the file has.
func setKeys(part any) []string {
	var out []string
	v := reflect.ValueOf(part)
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("key"), ",")
		if name != "" && isSet(v.FieldByIndex(f.Index)) {
			out = append(out, name)
		}
	}
	return out
}

// stanzas checks the smaller stanzas.
func (c *checker) stanzas() {
	m := c.m
	for i, p := range m.Platforms.Items {
		c.form(p, platformForm, "as in linux/amd64", "not a platform")
		if slices.ContainsFunc(m.Platforms.Items[:i], func(q Value[string]) bool { return q.V == p.V }) {
			c.diags.Add(diag.Conflict, p.At, "name each platform once", "platform %s is here twice", p.V)
		}
	}
	c.sweep(m.Sweep)
	c.checkpoint(m.Checkpoint)
	c.sbom(m.SBOM)
	c.choice(m.Provenance.Mode, "provenance.mode", provModes)
	c.choice(m.Provenance.Version, "provenance.version", provVersions)
	c.launchPolicy(m.LaunchPolicy)
	c.form(m.Sign.Key, secretID, "the id given to --secret id=…", "not the id of a secret")
	c.from(m.From)
	c.vex(m.VEX)
	if p := m.Image.Serve.Port; p.Set && (p.V < 1 || p.V > 65535) {
		c.diags.Add(diag.BadValue, p.At, "8080 is usual", "image.serve.port must lie between 1 and 65535, not %d", p.V)
	}
}

func (c *checker) sweep(s Sweep) {
	if !s.Set {
		return
	}
	c.choice(s.Kind, "sweep.kind", sweepKinds)
	c.choice(s.Goal, "sweep.goal", sweepGoals)
	c.metric(s.Metric.V, s.Metric.At, s.Metric.Set)
	switch {
	case s.Kind.V == "random" && !s.Trials.Set:
		c.diags.Add(diag.MissingKey, c.m.keyAt("sweep"), "as in trials: 20", "sweep.trials is missing")
	case s.Kind.V == "grid" && s.Trials.Set:
		c.diags.Add(diag.Conflict, s.Trials.At, "leave trials out", "a grid tries every combination")
	}
	for _, e := range s.Params.Entries {
		path := "sweep.params." + e.Key
		r := e.Value.Range
		switch {
		case r.Set && s.Kind.V == "grid":
			c.diags.Add(diag.Conflict, e.KeyAt, "list the values", "%s: a grid needs values, not a range", path)
		case r.Set && r.Min.Set && r.Max.Set && r.Min.V >= r.Max.V:
			c.diags.Add(diag.BadValue, r.Min.At, "", "%s: min must be less than max", path)
		case r.Set && r.Log.V && r.Min.V <= 0:
			c.diags.Add(diag.BadValue, r.Min.At, "", "%s: a logarithmic range needs min above 0", path)
		case e.Value.List.Set && len(e.Value.List.Items) == 0:
			c.diags.Add(diag.BadValue, e.Value.List.At, "", "%s has no values", path)
		}
	}
}

// metric reports a name that is no metric of the task.
func (c *checker) metric(name string, at diag.Span, set bool) {
	if c.m.Exec() && c.m.scored(job.OutputMetrics) {
		return // the program chooses its names
	}
	metrics := job.Metrics(c.m.Task())
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = m.Name
	}
	if set && len(names) > 0 && !slices.Contains(names, name) {
		c.diags.Add(diag.UnknownMetric, at, diag.DidYouMean(name, names), "%s has no metric %q", c.m.Task(), name)
	}
}
