package features

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// Column is a column's complete treatment, with no default left open.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Missing  string `json:"missing"`
	Scale    string `json:"scale,omitempty"` // numbers only
	Inferred bool   `json:"inferred"`        // whether the type was inferred from the data
}

// Wants says how a dataset is to be read for a plan to be made of it. The
// target is read as texts.
func Wants(f job.Features) table.Options {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Infer}
	for _, name := range f.Exclude {
		o.Columns[name] = table.Skip
	}
	for name, c := range f.Columns {
		switch c.Type {
		case job.TypeNumber:
			o.Columns[name] = table.Float32
		case job.TypeCategory:
			o.Columns[name] = table.Text
		}
	}
	o.Columns[f.Target] = table.Text
	return o
}

// Needs says how another dataset is to be read to be encoded by a plan.
func Needs(plan []Column, target string) table.Options {
	o := table.Options{Columns: map[string]table.Kind{target: table.Text}, Others: table.Skip}
	for _, c := range plan {
		o.Columns[c.Name] = map[string]table.Kind{job.TypeNumber: table.Float32, job.TypeCategory: table.Text}[c.Type]
	}
	return o
}

// Plan decides the treatment of every column that is neither the target nor
// excluded, in file order. Types that are not declared are inferred from all
// rows: a column is a number where every value that is present is one.
func Plan(t *table.Table, f job.Features) ([]Column, error) {
	ps := named(t, f)
	var plan []Column
	for _, c := range t.Columns {
		if c.Name == f.Target || slices.Contains(f.Exclude, c.Name) {
			continue
		}
		column, problems := resolve(t, &c, f.Columns[c.Name])
		ps = append(ps, problems...)
		plan = append(plan, column)
	}
	if len(plan) == 0 && len(ps) == 0 {
		ps = append(ps, job.Problem{Code: job.CodeNoFeatures, Field: "features.exclude", Dataset: t.Name,
			Message: "no column is left to learn from", Hint: "exclude fewer columns"})
	}
	return plan, ps.Err()
}

// named checks every column name of the job.
func named(t *table.Table, f job.Features) job.Problems {
	var ps job.Problems
	if _, ok := t.Column(f.Target); !ok {
		ps = append(ps, t.NoColumn(job.CodeNoTarget, "features.target", f.Target))
	}
	for i, name := range f.Exclude {
		if _, ok := t.Column(name); !ok {
			ps = append(ps, t.NoColumn(job.CodeNoColumn, fmt.Sprintf("features.exclude[%d]", i), name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Columns)) {
		if _, ok := t.Column(name); !ok {
			ps = append(ps, t.NoColumn(job.CodeNoColumn, "features.columns."+name, name))
		}
	}
	return ps
}

func resolve(t *table.Table, c *table.Column, declared job.Column) (Column, job.Problems) {
	out := Column{Name: c.Name, Type: declared.Type, Missing: declared.Missing, Scale: declared.Scale}
	var ps job.Problems
	if out.Type == "" {
		out.Inferred = true
		out.Type, ps = infer(t, c)
	}
	if out.Missing == "" {
		out.Missing = map[string]string{job.TypeNumber: job.MissingMedian, job.TypeCategory: job.MissingMostFrequent}[out.Type]
	}
	if out.Scale == "" && out.Type == job.TypeNumber {
		out.Scale = job.ScaleStandard
	}
	return out, append(ps, out.check()...)
}

// check reports treatments that the column's type does not have.
func (c Column) check() job.Problems {
	allowed := map[string][2][]string{
		job.TypeNumber: {
			{job.MissingMedian, job.MissingMean, job.MissingMostFrequent, job.MissingZero},
			{job.ScaleStandard, job.ScaleMinMax, job.ScaleNone}},
		job.TypeCategory: {{job.MissingMostFrequent, job.MissingOwnCategory}, {"", job.ScaleNone}},
	}
	field := "features.columns." + c.Name
	kinds, ok := allowed[c.Type]
	if !ok {
		return job.Problems{{Code: job.CodeColumn, Field: field + ".type", Name: c.Name, Excerpt: c.Type,
			Message: fmt.Sprintf("%q is not a column type", c.Type), Hint: "types are number and category"}}
	}
	var ps job.Problems
	report := func(key, value string, choices []string) {
		if slices.Contains(choices, value) {
			return
		}
		choices = slices.DeleteFunc(slices.Clone(choices), func(s string) bool { return s == "" })
		ps = append(ps, job.Problem{Code: job.CodeColumn, Field: field + "." + key, Name: c.Name, Excerpt: value,
			Message: fmt.Sprintf("%s: a %s column has no %s %q", c.Name, c.Type, key, value),
			Hint:    "it has " + strings.Join(choices, ", ")})
	}
	report("missing", c.Missing, kinds[0])
	report("scale", c.Scale, kinds[1])
	return ps
}

// infer says what a column holds. Two kinds of column are too doubtful to
// guess: almost only numbers, and more categories than can be meant as such.
func infer(t *table.Table, c *table.Column) (string, job.Problems) {
	g := c.Guess
	if g.Texts.N == 0 {
		return job.TypeNumber, nil
	}
	q := t.Problem("", "features.columns."+c.Name, c, g.Texts)
	switch {
	case g.Mixed():
		q.Code = job.CodeMixed
		q.Message = fmt.Sprintf("column %q holds %d numbers but %q here%s", c.Name, g.Numbers, q.Excerpt,
			table.More(g.Texts.N-1))
		q.Hint = "correct the data, or declare type: category"
	case g.Many:
		q.Code, q.Line, q.Excerpt = job.CodeCardinality, 0, ""
		q.Message = fmt.Sprintf("column %q has more than %d different texts", c.Name, table.MaxInferred)
		q.Hint = "exclude it, or declare type: category"
	default:
		return job.TypeCategory, nil
	}
	return job.TypeCategory, job.Problems{q}
}

// floats reports what is wrong in a number column.
func floats(t *table.Table, c *table.Column) job.Problems {
	var ps job.Problems
	field := "features.columns." + c.Name
	if c.Bad.N > 0 {
		bad := t.Problem(job.CodeBadNumber, field+".type", c, c.Bad)
		bad.Message = fmt.Sprintf("column %q: %q is not a number%s", c.Name, bad.Excerpt, table.More(c.Bad.N-1))
		bad.Hint = "missing values are written as nothing, NA, N/A, NaN or null"
		ps = append(ps, bad)
	}
	if c.Infinite.N > 0 {
		infinite := t.Problem(job.CodeInfinite, field, c, c.Infinite)
		infinite.Message = fmt.Sprintf("column %q: %s is too large for float32%s", c.Name, infinite.Excerpt, table.More(c.Infinite.N-1))
		infinite.Hint = "use a larger unit, or exclude the column"
		ps = append(ps, infinite)
	}
	return ps
}
