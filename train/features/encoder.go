package features

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/table"
)

// Fitted is a column with what was estimated from the training rows. Which of
// the fields are set is decided by the type.
type Fitted struct {
	Column
	Numbers    []Number // number and binary: one; date: one for each part; vector: one for each place
	Categories Categories
	Words      Words
}

// numeric says whether the column becomes Numbers.
func (f *Fitted) numeric() bool { return f.Type != job.TypeCategory && f.Type != job.TypeText }

// Width is how many features the column becomes, less its indicator.
func (f *Fitted) Width() int {
	switch f.Type {
	case job.TypeCategory:
		if f.Encode == job.EncodeOneHot || f.Categories.count() == 0 {
			return f.Categories.count()
		}
		return 1
	case job.TypeText:
		return f.Words.width()
	}
	return len(f.Numbers)
}

// names are those of the features, less the indicator's.
func (f *Fitted) names() []string {
	var names []string
	switch {
	case f.Type == job.TypeDate:
		for _, part := range f.Parts {
			names = append(names, f.Name+"."+part)
		}
	case f.Type == job.TypeVector:
		for i := range f.Numbers {
			names = append(names, fmt.Sprintf("%s[%d]", f.Name, i))
		}
	case f.Type == job.TypeText && f.Words.Buckets != nil:
		for i := range f.Width() {
			names = append(names, fmt.Sprintf("%s#%d", f.Name, i))
		}
	case f.Type == job.TypeText:
		for _, word := range f.Words.Values {
			names = append(names, f.Name+"="+word)
		}
	case f.Encode == job.EncodeOneHot:
		for _, category := range f.Categories.Values {
			names = append(names, f.Name+"="+category)
		}
		if f.Categories.Other {
			names = append(names, f.Name+" other")
		}
	case f.Width() == 1:
		names = append(names, f.Name)
	}
	return names
}

// Encoder encodes rows. Columns holds the numbers first, then the categories,
// then the texts, each in file order. The features are in the same order, with
// the indicators of missing values after the numbers.
type Encoder struct {
	Columns []Fitted
}

// Matrix is what rows are encoded to.
type Matrix = matrix.Dense

// Fit estimates what the plan needs from the given rows.
func Fit(t *table.Table, plan []Column, rows []int) (*Encoder, error) {
	e := &Encoder{}
	for _, group := range [][]string{{job.TypeNumber, job.TypeBinary, job.TypeDate, job.TypeVector}, {job.TypeCategory}, {job.TypeText}} {
		for _, p := range plan {
			if slices.Contains(group, p.Type) {
				e.Columns = append(e.Columns, Fitted{Column: p})
			}
		}
	}
	columns, err := e.find(t)
	if err != nil {
		return nil, err
	}
	return e, parallel.Do(context.Background(), len(columns), func(i int) {
		e.Columns[i].fit(columns[i], rows)
	})
}

// find is the table's column of each of the encoder's.
func (e *Encoder) find(t *table.Table) ([]*table.Column, error) {
	var ps job.Problems
	columns := make([]*table.Column, len(e.Columns))
	for i := range e.Columns {
		c, ok := t.Column(e.Columns[i].Name)
		if !ok {
			ps = append(ps, t.NoColumn(job.CodeNoColumn, "data."+t.Name, e.Columns[i].Name))
			continue
		}
		columns[i] = c
		ps = append(ps, values(t, c, e.Columns[i].Column)...)
		if want := len(e.Columns[i].Numbers); c.Kind == table.Vector && want > 0 && c.Width > 0 && c.Width != want {
			q := t.Problem(job.CodeBadValue, "features.columns."+c.Name+".type", c, table.Cells{})
			q.Line, q.Message = 0, fmt.Sprintf("column %q holds lists of %d numbers, in the training data of %d", c.Name, c.Width, want)
			q.Hint = hints[job.TypeVector]
			ps = append(ps, q)
		}
	}
	return columns, ps.Err()
}

func (f *Fitted) fit(c *table.Column, rows []int) {
	switch f.Type {
	case job.TypeCategory:
		f.Categories = fitCategories(f.Column, c, rows)
	case job.TypeText:
		f.Words = fitWords(f.Column, c, rows)
	default:
		places := 1
		switch f.Type {
		case job.TypeDate:
			places = len(f.Parts)
		case job.TypeVector:
			places = c.Width
		}
		v := view{f: f, c: c}
		v.prepare()
		raw := make([]float32, len(rows))
		for k := range places {
			v.raw(k, rows, raw)
			f.Numbers = append(f.Numbers, fitNumber(f.Column, raw))
		}
	}
}

// Width is the number of features.
func (e *Encoder) Width() int { return len(e.Names()) }

// Names lists the features: a number column's name, or another's with the
// category, part or place, as in island=Biscoe, day.weekday and embedding[3].
func (e *Encoder) Names() []string {
	var names []string
	numeric := true
	for i := range e.Columns {
		if f := &e.Columns[i]; numeric && !f.numeric() {
			numeric = false
			names = append(names, e.indicators()...)
		}
		names = append(names, e.Columns[i].names()...)
	}
	if numeric {
		names = append(names, e.indicators()...)
	}
	return names
}

func (e *Encoder) indicators() []string {
	var names []string
	for _, f := range e.Columns {
		if f.Indicator {
			names = append(names, f.Name+" missing")
		}
	}
	return names
}

// view is a fitted column on a table.
type view struct {
	f         *Fitted
	c         *table.Column
	at        int       // of its first feature
	indicator int       // of its indicator; -1 for none
	byCode    []float32 // binary: value of each text
	category  []int32   // of each text, then of a missing value
	number    []float32 // ordinal, frequency: the same as numbers
}

// prepare works out what belongs to each distinct text.
func (v *view) prepare() {
	switch v.f.Type {
	case job.TypeBinary:
		for _, text := range v.c.Values {
			v.byCode = append(v.byCode, binary(text))
		}
	case job.TypeCategory:
		v.category = v.f.Categories.lookup(v.c.Values)
		for i, k := range v.category {
			v.number = append(v.number, v.f.Categories.value(v.f.Encode, int(k), i == len(v.c.Values)))
		}
	}
}

// raw writes the k-th number of some rows, NaN where it is missing.
func (v *view) raw(k int, rows []int, out []float32) {
	c := v.c
	switch {
	case v.f.Type == job.TypeBinary:
		for i, r := range rows {
			out[i] = float32(math.NaN())
			if code := c.Codes[r]; code >= 0 {
				out[i] = v.byCode[code]
			}
		}
	case v.f.Type == job.TypeDate:
		for i, r := range rows {
			out[i] = datePart(v.f.Parts[k], c.Exact[r])
		}
	case v.f.Type == job.TypeVector && c.Width == 0:
		for i := range rows {
			out[i] = float32(math.NaN())
		}
	case v.f.Type == job.TypeVector:
		for i, r := range rows {
			out[i] = c.Numbers[r*c.Width+k]
		}
	case c.Exact != nil:
		for i, r := range rows {
			out[i] = float32(c.Exact[r])
		}
	default:
		for i, r := range rows {
			out[i] = c.Numbers[r]
		}
	}
}

// code is the category of a row; -1 for none.
func (v *view) code(row int) int32 {
	code := v.c.Codes[row]
	if code < 0 {
		return v.category[len(v.category)-1]
	}
	return v.category[code]
}

// missing says whether a row has no value.
func (v *view) missing(row int) bool {
	switch {
	case v.c.Codes != nil:
		return v.c.Codes[row] < 0
	case v.c.Kind == table.Vector:
		return v.c.Width == 0 || math.IsNaN(float64(v.c.Numbers[row*v.c.Width]))
	case v.c.Exact != nil:
		return math.IsNaN(v.c.Exact[row])
	}
	return math.IsNaN(float64(v.c.Numbers[row]))
}
