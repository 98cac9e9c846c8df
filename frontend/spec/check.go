package spec

import (
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
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

func (c *checker) image() {
	i := c.m.Image
	c.imageBase(i.Base)
	c.imageFiles(i.Files)
	if i.User.Set && !userForm.MatchString(i.User.V) {
		c.diags.Add(diag.BadValue, i.User.At, `as in "65532" or "65532:65532"; the image has no user names`, "image.user must be a numeric uid[:gid], not %q", i.User.V)
	}
	c.entrypoint(i)
	c.serve(i)
	for _, e := range i.Labels.Entries {
		switch {
		case strings.HasPrefix(e.Key, LabelPrefix):
			c.diags.Add(diag.Conflict, e.KeyAt, "choose another prefix", "label %q is set by modelbuild", e.Key)
		case strings.HasPrefix(e.Key, LaunchPrefix):
			c.diags.Add(diag.Conflict, e.KeyAt, "write a launch_policy, which is checked", "label %q is set by launch_policy", e.Key)
		}
	}
}

func (m *Model) keyAt(path string) diag.Span {
	if p, ok := m.spans[path]; ok && !p.key.IsZero() {
		return p.key
	}
	return m.At(path)
}

func quoteAll(names []string) string { return strings.Join(names, ", ") }
