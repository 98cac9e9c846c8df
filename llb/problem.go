package llb

import (
	"cmp"
	"fmt"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

// Diagnostics places the problems that a step found in the spec: at the field
// that each names, or at the dataset, with the row of the data file beside it.
func (p *Plan) Diagnostics(ps job.Problems) diag.List {
	var l diag.List
	for _, q := range ps {
		field := q.Field
		if q.Dataset != "" && (field == "" || field == "data."+q.Dataset) {
			field = "data." + q.Dataset + ".source"
		}
		if q.Dataset != "" && q.Row > 0 { // a file without lines to point at
			q.Message += fmt.Sprintf("; row %d of %s", q.Row, p.dataFile(q.Dataset))
		}
		d := l.Add(diag.Code(q.Code), p.Model.At(field), q.Hint, "%s", q.Message)
		if q.File != "" && q.Line > 0 {
			d.Related = append(d.Related, diag.Related{
				Span:    diag.Span{File: q.File, Start: diag.Position{Line: q.Line, Column: q.Column}},
				Message: "this place",
				Excerpt: q.Excerpt,
			})
		}
		if q.Dataset == "" || q.Line == 0 {
			continue
		}
		d.Related = append(d.Related, diag.Related{
			Span:    diag.Span{File: p.dataFile(q.Dataset), Start: diag.Position{Line: q.Line}},
			Message: rowOf(q),
			Excerpt: q.Excerpt,
		})
	}
	return l
}

func rowOf(p job.Problem) string {
	if p.Name == "" {
		return "this row"
	}
	return "this row, column " + p.Name
}

func (p *Plan) dataFile(dataset string) string {
	for _, s := range p.Sources {
		if s.Name == dataset {
			return cmp.Or(s.Source.Path, s.Source.URL)
		}
	}
	return dataset
}
