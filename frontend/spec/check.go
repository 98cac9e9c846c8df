package spec

import (
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
)

var (
	nameForm = pattern.New(`^[a-z0-9]+([._-][a-z0-9]+)*$`)
	userForm = pattern.New(`^[0-9]+(:[0-9]+)?$`)
)

// Check finds the mistakes in a model's meaning.
func Check(m *Model) diag.List { return check(&checker{m: m}) }

func check(c *checker) diag.List {
	c.head()
	c.data()
	c.features()
	c.split()
	c.train()
	c.evaluate()
	c.image()
	c.stanzas()
	c.later()
	return c.diags
}

// LabelPrefix is the prefix of the labels that modelbuild sets itself.
const LabelPrefix = "org.modelbuild."

type checker struct {
	m     *Model
	diags diag.List
	// unpinned says that a remote input may be without a digest.
	unpinned bool
}

// choice reports a value that is none of the allowed ones.
func (c *checker) choice(v Value[string], path string, allowed []string) {
	if !v.Set || slices.Contains(allowed, v.V) {
		return
	}
	c.diags.Add(diag.BadValue, v.At, diag.DidYouMean(v.V, allowed), "%s cannot be %q", path, v.V)
}

func (c *checker) head() {
	if n := c.m.Name; n.Set && (!nameForm.MatchString(n.V) || len(n.V) > 128) {
		c.diags.Add(diag.BadValue, n.At, "lower-case letters and digits, joined by . _ or -", "name %q is not a model name", n.V)
	}
	for _, v := range []struct {
		path string
		v    Value[string]
	}{{"version", c.m.Version}, {"description", c.m.Description}, {"license", c.m.License}} {
		if v.v.Set && strings.TrimSpace(v.v.V) == "" {
			c.diags.Add(diag.BadValue, v.v.At, "leave the key out instead", "%s is empty", v.path)
		}
	}
}

func (c *checker) split() {
	s := c.m.Split
	if !s.Set {
		return
	}
	if !c.notYet(s.Kind, "split.kind", laterSplits) {
		c.choice(s.Kind, "split.kind", slices.Concat(splitKinds, laterSplits))
	}
	if s.Test.Set && (s.Test.V <= 0 || s.Test.V >= 1) {
		c.diags.Add(diag.BadValue, s.Test.At, "0.2 holds out a fifth of the rows", "split.test must lie between 0 and 1, not %v", s.Test.V)
	}
	_, hasTest := c.m.Data.Get(job.DatasetTest)
	switch fixed := s.Kind.V == job.SplitFixed; {
	case fixed && !hasTest:
		c.diags.Add(diag.MissingKey, s.Kind.At, "add data.test, or choose split.kind: stratified", "a fixed split needs the dataset data.test")
	case s.Kind.V == job.SplitStratified && c.m.Train.Engine.V != EngineExec && c.m.Task() != job.TaskClassification:
		c.diags.Add(diag.Conflict, s.Kind.At, "choose split.kind: random", "a stratified split needs classes; the task is %s", c.m.Task())
	case fixed && s.Test.Set:
		c.diags.Add(diag.Conflict, s.Test.At, "leave split.test out", "a fixed split holds out data.test, not a share")
	}
}

func (c *checker) features() {
	f := c.m.Features
	if !f.Set {
		return
	}
	for _, e := range f.Columns.Entries {
		col := e.Value
		for _, v := range []struct {
			key     string
			v       Value[string]
			allowed []string
		}{{".type", col.Type, columnTypes}, {".missing", col.Missing, columnMissing}, {".scale", col.Scale, columnScales}} {
			if v.v.Set && !slices.Contains(v.allowed, v.v.V) { // the path is made for a mistake only: columns may be many
				c.choice(v.v, "features.columns."+e.Key+v.key, v.allowed)
			}
		}
		if col.Type.V == job.TypeCategory && col.Scale.Set {
			c.diags.Add(diag.Conflict, col.Scale.At, "leave scale out", "a category column is not scaled")
		}
	}
	for _, x := range f.Exclude.Items {
		if x.Set && x.V == f.Target.V {
			c.diags.Add(diag.Conflict, x.At, "the target is never learnt from; take it out of exclude", "the target %q is excluded", x.V)
		}
	}
}

func (c *checker) image() {
	i := c.m.Image
	c.imageBase(i.Base)
	if i.User.Set && !userForm.MatchString(i.User.V) {
		c.diags.Add(diag.BadValue, i.User.At, `as in "65532" or "65532:65532"; the image has no user names`, "image.user must be a numeric uid[:gid], not %q", i.User.V)
	}
	for _, e := range i.Labels.Entries {
		if strings.HasPrefix(e.Key, LabelPrefix) {
			c.diags.Add(diag.Conflict, e.KeyAt, "choose another prefix", "label %q is set by modelbuild", e.Key)
		}
	}
}

// imageBase checks a base image and refuses it, since this version builds on
// scratch alone.
func (c *checker) imageBase(base Value[string]) {
	if !base.Set || base.V == "scratch" {
		return
	}
	if c.pinnedImage(base, "image.base") {
		c.diags.Add(diag.NotYet, base.At, "leave base out, or write scratch", "a base image is not supported by this version")
	}
}

func (m *Model) keyAt(path string) diag.Span {
	if p, ok := m.spans[path]; ok && !p.key.IsZero() {
		return p.key
	}
	return m.At(path)
}
