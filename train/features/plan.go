package features

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// maxInferred is the most categories a column may have without being declared
// a category: identifiers and free text have more.
const maxInferred = 256

// Column is a column's complete treatment, with no default left open.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Missing  string `json:"missing"`
	Scale    string `json:"scale,omitempty"` // numbers only
	Inferred bool   `json:"inferred"`        // whether the type was inferred from the data
}

// Plan decides the treatment of every column that is neither the target nor
// excluded, in file order. Types that are not declared are inferred from all
// rows: a column is a number where every value that is present is one.
func Plan(t *table.Table, f job.Features) ([]Column, error) {
	ps := named(t, f)
	var plan []Column
	for _, c := range t.Columns {
		if c.Name == f.Target || c.Name == f.Weight || slices.Contains(f.Exclude, c.Name) {
			continue
		}
		column, problems := resolve(t, c, f.Columns[c.Name])
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

func resolve(t *table.Table, c table.Column, declared job.Column) (Column, job.Problems) {
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
func infer(t *table.Table, c table.Column) (string, job.Problems) {
	present, numbers, first := 0, 0, -1
	distinct := map[string]bool{}
	for row, cell := range c.Cells {
		if table.Missing(cell) {
			continue
		}
		present++
		if _, ok := table.Number(cell); ok {
			numbers++
		} else if first < 0 {
			first = row
		}
		if len(distinct) <= maxInferred {
			distinct[cell] = true
		}
	}
	if numbers == present {
		return job.TypeNumber, nil
	}
	q := job.Problem{Field: "features.columns." + c.Name, Dataset: t.Name, Line: t.Lines[first], Name: c.Name,
		Excerpt: table.Excerpt(c.Cells[first])}
	switch {
	case numbers >= present-present/10:
		q.Code = job.CodeMixed
		q.Message = fmt.Sprintf("column %q holds %d numbers but %q here%s", c.Name, numbers, q.Excerpt,
			table.More(present-numbers-1))
		q.Hint = "correct the data, or declare type: category"
	case len(distinct) > maxInferred:
		q.Code, q.Line, q.Excerpt = job.CodeCardinality, 0, ""
		q.Message = fmt.Sprintf("column %q has more than %d different texts", c.Name, maxInferred)
		q.Hint = "exclude it, or declare type: category"
	default:
		return job.TypeCategory, nil
	}
	return job.TypeCategory, job.Problems{q}
}

// floats parses a number column; NaN stands for a missing value.
func floats(t *table.Table, c table.Column) ([]float32, job.Problems) {
	out := make([]float32, len(c.Cells))
	var bad, infinite job.Problem
	var badRows, infiniteRows int
	for row, cell := range c.Cells {
		if table.Missing(cell) {
			out[row] = float32(math.NaN())
			continue
		}
		v, ok := table.Number(cell)
		out[row] = float32(v)
		switch {
		case !ok:
			if badRows++; badRows == 1 {
				bad = cellProblem(t, c, row)
			}
		case math.IsInf(float64(out[row]), 0):
			if infiniteRows++; infiniteRows == 1 {
				infinite = cellProblem(t, c, row)
			}
		}
	}
	var ps job.Problems
	if badRows > 0 {
		bad.Code, bad.Field = job.CodeBadNumber, bad.Field+".type"
		bad.Message = fmt.Sprintf("column %q: %q is not a number%s", c.Name, bad.Excerpt, table.More(badRows-1))
		bad.Hint = "missing values are written as nothing, NA, N/A, NaN or null"
		ps = append(ps, bad)
	}
	if infiniteRows > 0 {
		infinite.Code = job.CodeInfinite
		infinite.Message = fmt.Sprintf("column %q: %s is too large for float32%s", c.Name, infinite.Excerpt, table.More(infiniteRows-1))
		infinite.Hint = "use a larger unit, or exclude the column"
		ps = append(ps, infinite)
	}
	return out, ps
}

func cellProblem(t *table.Table, c table.Column, row int) job.Problem {
	return job.Problem{Field: "features.columns." + c.Name, Dataset: t.Name, Line: t.Lines[row], Name: c.Name,
		Excerpt: table.Excerpt(c.Cells[row])}
}
