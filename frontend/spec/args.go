package spec

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// Types of a build argument.
const (
	ArgString  = "string"
	ArgNumber  = "number"
	ArgInteger = "integer"
	ArgBoolean = "boolean"
)

var argTypes = []string{ArgString, ArgNumber, ArgInteger, ArgBoolean}

// Arg is one build argument: declared under args, given with --build-arg, used as
// ${name}.
type Arg struct {
	Pos
	Type        Value[string]   `key:"type" doc:"string, number, integer or boolean; string when left out"`
	Default     Value[any]      `key:"default" doc:"value where none is given; without one the argument must be given"`
	Description Value[string]   `key:"description" doc:"one line for people"`
	Choices     Seq[Value[any]] `key:"choices" doc:"the values allowed"`
	Sensitive   Value[bool]     `key:"sensitive" doc:"keep the value out of provenance; it may be used in train.env only"`

	name   string
	text   string
	broken bool // declared, but without a usable value
}

// Name is the argument's name.
func (a Arg) Name() string { return a.name }

// Text is the argument's value in this build, as text.
func (a Arg) Text() string { return a.text }

func (a Arg) tag() string {
	switch a.Type.Or(ArgString) {
	case ArgNumber:
		return "!!float"
	case ArgInteger:
		return "!!int"
	case ArgBoolean:
		return "!!bool"
	}
	return "!!str"
}

// arguments decodes args and settles each one's value from the build's own.
func (d *decoder) arguments(n *yaml.Node, given map[string]string) []Arg {
	var m Map[Arg]
	d.value(n, &m, keyArgs)
	var out []Arg
	for _, e := range m.Entries {
		a := e.Value
		a.name = e.Key
		a.broken = !d.argument(&a, e.KeyAt, given)
		out = append(out, a)
	}
	return out
}

func (d *decoder) argument(a *Arg, at diag.Span, given map[string]string) bool {
	if !argName(a.name) {
		d.diags.Add(diag.BadValue, at, "letters, digits and _, not a digit first", "%q is not an argument name", a.name)
		return false
	}
	if a.Type.Set && !slices.Contains(argTypes, a.Type.V) {
		d.diags.Add(diag.BadValue, a.Type.At, diag.DidYouMean(a.Type.V, argTypes), "args.%s.type cannot be %q", a.name, a.Type.V)
		return false
	}
	v, ok := given[a.name]
	switch {
	case ok:
		a.text = v
	case a.Default.Set:
		a.text, at = scalarText(a.Default.V), a.Default.At
	default:
		d.diags.Add(diag.MissingArg, at, "give it with --build-arg "+a.name+"=VALUE, or give it a default", "argument %q has no value", a.name)
		return false
	}
	if !a.fits() {
		shown := strconv.Quote(a.text)
		if a.Sensitive.V {
			shown = "that value"
		}
		d.diags.Add(diag.BadArg, at, a.wants(), "argument %q cannot be %s", a.name, shown)
		return false
	}
	return true
}

// fits reports whether the value is of the argument's type and among its choices.
func (a *Arg) fits() bool {
	switch a.Type.Or(ArgString) {
	case ArgNumber:
		if f, err := strconv.ParseFloat(a.text, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return false
		}
	case ArgInteger:
		if _, err := strconv.ParseInt(a.text, 10, 64); err != nil {
			return false
		}
	case ArgBoolean:
		if a.text != "true" && a.text != "false" {
			return false
		}
	}
	if !a.Choices.Set {
		return true
	}
	return slices.ContainsFunc(a.Choices.Items, func(v Value[any]) bool { return scalarText(v.V) == a.text })
}

func (a *Arg) wants() string {
	if a.Choices.Set {
		var all []string
		for _, v := range a.Choices.Items {
			all = append(all, scalarText(v.V))
		}
		return "one of " + strings.Join(all, ", ")
	}
	return map[string]string{
		ArgNumber:  "a number, as in 0.1",
		ArgInteger: "a whole number, as in 42",
		ArgBoolean: "true or false",
	}[a.Type.V]
}

func argName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func scalarText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case uint64:
		return strconv.FormatUint(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return ""
}
