package job

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Resolve fills in every default and checks names, types and ranges. The
// result holds each parameter of the algorithm, as float64, int, bool or
// string by its type.
func (a Algorithm) Resolve(given Params) (Params, error) {
	var ps Problems
	out := make(Params, len(a.Params))
	for _, p := range a.Params {
		out[p.Name] = p.Default
		v, ok := given[p.Name]
		if !ok {
			continue
		}
		checked, reason := p.check(v)
		if reason != "" {
			ps = append(ps, Problem{Code: CodeAlgorithm, Field: "train.params." + p.Name,
				Excerpt: fmt.Sprint(v), Message: fmt.Sprintf("%s: %s", p.Name, reason), Hint: p.Doc})
			continue
		}
		out[p.Name] = checked
	}
	return out, append(ps, a.unknown(given)...).Err()
}

func (a Algorithm) unknown(given Params) Problems {
	known := make([]string, len(a.Params))
	for i, p := range a.Params {
		known[i] = p.Name
	}
	var ps Problems
	for name := range given {
		if !slices.Contains(known, name) {
			ps = append(ps, Problem{Code: CodeAlgorithm, Field: "train.params." + name, Excerpt: name,
				Message: fmt.Sprintf("%s has no parameter %q", a.Name, name),
				Hint:    "it has " + strings.Join(known, ", ")})
		}
	}
	slices.SortFunc(ps, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	return ps
}

// check returns the value in the parameter's own Go type, or why it is not
// one.
func (p Param) check(v any) (any, string) {
	switch p.Type {
	case ParamBool:
		if b, ok := v.(bool); ok {
			return b, ""
		}
		return nil, "want true or false"
	case ParamString:
		s, ok := v.(string)
		if !ok || len(p.Choices) > 0 && !slices.Contains(p.Choices, s) {
			return nil, "want one of " + strings.Join(p.Choices, ", ")
		}
		return s, ""
	}
	f, ok := number(v)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, "want a finite number"
	}
	if p.Min != nil && f < *p.Min {
		return nil, fmt.Sprintf("%v is less than %v", f, *p.Min)
	}
	if p.Max != nil && f > *p.Max {
		return nil, fmt.Sprintf("%v is more than %v", f, *p.Max)
	}
	if p.Type == ParamFloat {
		return f, ""
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return nil, "want a whole number"
	}
	return int(f), ""
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	}
	return 0, false
}
