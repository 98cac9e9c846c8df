package features

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// Layout is what an algorithm wants of its input; the defaults of a treatment
// depend on it.
type Layout int

// Layouts of encoded rows.
const (
	Dense   Layout = iota // [matrix.Dense]: numbers alone, none missing, scaled
	Columns               // [matrix.Columns]: values as they are
)

// Column is a column's complete treatment, with no default left open.
type Column struct {
	Name string `json:"name"`
	job.Column
	Inferred bool `json:"inferred"` // whether the type was inferred from the data
}

// Wants says how a dataset is to be read for a plan to be made of it. The kind
// of the target is the caller's to decide.
func Wants(f job.Features) table.Options {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Infer}
	for name, c := range f.Columns {
		if kind, ok := kinds[c.Type]; ok {
			o.Columns[name] = kind
		}
	}
	for _, name := range f.Exclude {
		o.Columns[name] = table.Skip
	}
	return o
}

// kinds is how the column types are read.
var kinds = map[string]table.Kind{
	job.TypeNumber: table.Float32, job.TypeCategory: table.Text, job.TypeBinary: table.Text,
	job.TypeDate: table.Date, job.TypeText: table.Text, job.TypeVector: table.Vector,
}

// Needs says how another dataset is to be read to be encoded by a plan.
func Needs(plan []Column) table.Options {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Skip}
	for _, c := range plan {
		o.Columns[c.Name] = kinds[c.Type]
	}
	return o
}

// Plan decides the treatment of every column that is neither the target nor
// excluded, in file order. Types that are not declared are inferred from all
// rows: a column is a number where every value that is present is one.
func Plan(t *table.Table, f job.Features, l Layout) ([]Column, error) {
	ps := named(t, f)
	var plan []Column
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Name == f.Target || c.Name == f.Weight || slices.Contains(f.Exclude, c.Name) {
			continue
		}
		column, problems := resolve(t, c, f.Columns[c.Name], l)
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
	if _, ok := t.Column(f.Target); !ok && f.Target != "" {
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

func resolve(t *table.Table, c *table.Column, declared job.Column, l Layout) (Column, job.Problems) {
	out := Column{Name: c.Name, Column: declared}
	var ps job.Problems
	if out.Type == "" {
		out.Inferred = true
		out.Type, ps = infer(t, c)
	}
	r, ok := job.Treatments(out.Type, l == Columns)
	if !ok {
		return out, append(ps, out.problem("type", out.Type, fmt.Sprintf("%q is not a column type", out.Type),
			"types are number, category, binary, date, text and vector"))
	}
	if p := out.check(r); len(p) > 0 {
		return out, append(ps, p...)
	}
	out.complete(r, c)
	return out, append(ps, values(t, c, out)...)
}

// infer says what a column holds. Two kinds of column are too doubtful to
// guess: almost only numbers, and more categories than can be meant as such.
func infer(t *table.Table, c *table.Column) (string, job.Problems) {
	g := c.Guess
	switch {
	case c.Kind == table.Date:
		return job.TypeDate, nil
	case c.Kind == table.Vector:
		return job.TypeVector, nil
	case g.Boolean:
		return job.TypeBinary, nil
	case g.Texts.N == 0:
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
		q.Hint = "exclude it, or declare its type: category, date or text"
	default:
		return job.TypeCategory, nil
	}
	return job.TypeCategory, job.Problems{q}
}

// values reports what is wrong with the values of a column.
func values(t *table.Table, c *table.Column, p Column) job.Problems {
	var ps job.Problems
	field := "features.columns." + c.Name
	bad := c.Bad
	if p.Type == job.TypeBinary {
		bad = notBinary(c)
	}
	if bad.N > 0 {
		q := t.Problem(job.CodeBadValue, field+".type", c, bad)
		q.Message = fmt.Sprintf("column %q: %q is not a %s%s", c.Name, q.Excerpt, nouns[p.Type], table.More(bad.N-1))
		q.Hint = hints[p.Type]
		if p.Type == job.TypeNumber {
			q.Code = job.CodeBadNumber
		}
		if p.Type == job.TypeVector && c.Width > 0 {
			q.Message = fmt.Sprintf("column %q: %q is not a list of %d numbers%s", c.Name, q.Excerpt, c.Width, table.More(bad.N-1))
		}
		ps = append(ps, q)
	}
	if large := c.TooLarge(); large.N > 0 && p.Type == job.TypeNumber {
		q := t.Problem(job.CodeInfinite, field, c, large)
		q.Message = fmt.Sprintf("column %q: %s is too large for float32%s", c.Name, q.Excerpt, table.More(large.N-1))
		q.Hint = "use a larger unit, or exclude the column"
		ps = append(ps, q)
	}
	return ps
}

var nouns = map[string]string{job.TypeNumber: "number", job.TypeBinary: "yes or a no", job.TypeDate: "date", job.TypeVector: "list of numbers"}

var hints = map[string]string{
	job.TypeNumber: "missing values are written as nothing, NA, N/A, NaN or null",
	job.TypeBinary: "yes and no are written as true and false, yes and no, t and f, y and n, or 1 and 0",
	job.TypeDate:   "dates are written as in 2026-11-24, with a time as in 2026-11-24T18:30:00Z",
	job.TypeVector: "lists are written as in [0.5, 1, 2], 0.5;1;2 or 0.5 1 2, the same number in each row",
}
