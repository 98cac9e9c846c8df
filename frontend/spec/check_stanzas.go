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
	c.sign(m.Sign)
	c.from(m.From)
	c.vex(m.VEX)
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

// isSet reports whether the file has a value: every type of the model has a field
// Set, its own or that of Pos.
func isSet(v reflect.Value) bool { return v.FieldByName("Set").Bool() }
