package lint

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// Rule is one thing that a good spec does.
type Rule struct {
	Name string // kebab-case, as a check directive has it
	Code diag.Code
	Doc  string // what the rule asks for, a sentence
	// Always says that the rule judges what is there, not what is missing, and so
	// makes sense for a spec with errors too.
	Always bool
	// Refuses says that what it finds is an error: a build would publish it.
	Refuses bool
	Check   func(*Context) // nil where only a build can find it
}

// Input is what the rules look at.
type Input struct {
	Model *spec.Model
	// Found are the diagnostics of parsing: where they have errors, rules about
	// what is missing would only repeat them.
	Found diag.List
	// Args are the values that the build gives, by name, without those that belong
	// to BuildKit.
	Args map[string]string
	// Columns gives the names of the columns of a dataset, nil where they are not
	// known. It may be nil itself.
	Columns func(dataset string) []string
	// Unread says that no client has read the file yet, so that it is not known
	// whether one will find the frontend.
	Unread bool
}

// Context is what one rule sees, and where it reports.
type Context struct {
	Input
	Scalars []spec.Scalar // the values as written, of every target

	rule  Rule
	diags diag.List
}

// Run applies the rules to a model and gives what they find, sorted: warnings, or
// errors where the file asks for that.
func Run(in Input) diag.List {
	if in.Model == nil {
		return nil
	}
	d := readDirective(in.Model.Raw)
	c := &Context{Input: in, Scalars: in.Model.Scalars()}
	broken := slices.ContainsFunc(in.Found, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && d.Code != diag.NotYet
	})
	for _, r := range Rules() {
		if r.Check == nil || d.skips(r) || broken && !r.Always {
			continue
		}
		c.rule = r
		r.Check(c)
	}
	if d.err {
		for i := range c.diags {
			c.diags[i].Severity = diag.Error
		}
	}
	return c.diags.Sorted()
}

// warn reports what the rule found.
func (c *Context) warn(at diag.Span, hint, format string, args ...any) *diag.Diagnostic {
	d := c.diags.Warn(c.rule.Code, at, hint, "%s", fmt.Sprintf(format, args...))
	d.Rule = c.rule.Name
	if c.rule.Refuses {
		d.Severity = diag.Error
	}
	return d
}

// builtin reports whether the built-in engine trains.
func (c *Context) builtin() bool {
	return c.Model.Train.Set && c.Model.Train.Engine.Or(spec.EngineBuiltin) == spec.EngineBuiltin
}
