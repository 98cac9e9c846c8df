package features

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/table"
)

// Fitted is a column with what was estimated from the training rows.
//
// A number x becomes (x-Offset)/Divisor in float32 after a missing one was
// replaced by Fill. A category becomes one indicator for each of Categories; a
// missing one counts as Categories[FillCategory], one not among them has no
// indicator set.
type Fitted struct {
	Column
	Fill         float32  `json:"fill"`
	Offset       float32  `json:"offset"`
	Divisor      float32  `json:"divisor"`
	Categories   []string `json:"categories,omitempty"`
	FillCategory int      `json:"fill_category"`
}

// Width is how many features the column becomes.
func (f Fitted) Width() int {
	if f.Type == job.TypeCategory {
		return len(f.Categories)
	}
	return 1
}

// Encoder encodes rows. Columns holds the numbers first, then the categories,
// each in file order, which is the order of the features too.
type Encoder struct {
	Columns []Fitted
}

// Matrix is what rows are encoded to.
type Matrix = matrix.Dense

// Fit estimates what the plan needs from the given rows.
func Fit(t *table.Table, plan []Column, rows []int) (*Encoder, error) {
	e := &Encoder{}
	var categories []Fitted
	var ps job.Problems
	for _, p := range plan {
		c, _ := t.Column(p.Name)
		if p.Type == job.TypeCategory {
			categories = append(categories, fitCategory(p, c, rows))
			continue
		}
		ps = append(ps, floats(t, c)...)
		e.Columns = append(e.Columns, fitNumber(p, pick(c.Numbers, rows)))
	}
	e.Columns = append(e.Columns, categories...)
	return e, ps.Err()
}

// Width is the number of features.
func (e *Encoder) Width() int {
	width := 0
	for _, c := range e.Columns {
		width += c.Width()
	}
	return width
}

// Names lists the features: a number column's name, or a category column's
// name with the category, "island=Biscoe".
func (e *Encoder) Names() []string {
	var names []string
	for _, c := range e.Columns {
		if c.Type == job.TypeNumber {
			names = append(names, c.Name)
		}
		for _, category := range c.Categories {
			names = append(names, c.Name+"="+category)
		}
	}
	return names
}

// Encode turns rows of a table into a matrix. The table must hold every column
// of the encoder; others are ignored.
func (e *Encoder) Encode(t *table.Table, rows []int) (Matrix, error) {
	m := Matrix{Rows: len(rows), Width: e.Width()}
	m.Data = make([]float64, m.Rows*m.Width)
	var ps job.Problems
	at := 0
	for _, f := range e.Columns {
		c, ok := t.Column(f.Name)
		switch {
		case !ok:
			ps = append(ps, t.NoColumn(job.CodeNoColumn, "data."+t.Name, f.Name))
		case f.Type == job.TypeCategory:
			f.indicate(m, at, c, rows)
		default:
			ps = append(ps, floats(t, c)...)
			f.scale(m, at, pick(c.Numbers, rows))
		}
		at += f.Width()
	}
	return m, ps.Err()
}

func (f Fitted) scale(m Matrix, at int, values []float32) {
	for i, x := range values {
		if x != x {
			x = f.Fill
		}
		m.Data[i*m.Width+at] = float64((x - f.Offset) / f.Divisor)
	}
}

func (f Fitted) indicate(m Matrix, at int, c *table.Column, rows []int) {
	index := make([]int, len(c.Values)) // of a code's category
	for k, text := range c.Values {
		index[k] = -1
		if i, ok := slices.BinarySearch(f.Categories, text); ok {
			index[k] = i
		}
	}
	for i, r := range rows {
		k := f.FillCategory
		if code := c.Codes[r]; code >= 0 {
			k = index[code]
		}
		if k >= 0 && k < len(f.Categories) {
			m.Data[i*m.Width+at+k] = 1
		}
	}
}

// fitCategory collects the categories in byte order and the one that stands
// in for missing values: the most frequent, the first of those in a tie.
func fitCategory(p Column, c *table.Column, rows []int) Fitted {
	counts := make([]int, len(c.Values))
	for _, r := range rows {
		if code := c.Codes[r]; code >= 0 {
			counts[code]++
		}
	}
	f := Fitted{Column: p, Divisor: 1}
	count := map[string]int{}
	for code, n := range counts {
		if n > 0 {
			f.Categories = append(f.Categories, c.Values[code])
			count[c.Values[code]] = n
		}
	}
	slices.SortFunc(f.Categories, strings.Compare)
	if p.Missing == job.MissingOwnCategory {
		f.Categories = slices.Insert(f.Categories, 0, "")
		return f
	}
	for k, category := range f.Categories {
		if count[category] > count[f.Categories[f.FillCategory]] {
			f.FillCategory = k
		}
	}
	return f
}

func fitNumber(p Column, values []float32) Fitted {
	f := Fitted{Column: p, Divisor: 1}
	present := make([]float32, 0, len(values))
	for _, v := range values {
		if v == v {
			present = append(present, v)
		}
	}
	slices.Sort(present)
	f.Fill = fill(p.Missing, present)
	filled := slices.Clone(values)
	for i, v := range filled {
		if v != v {
			filled[i] = f.Fill
		}
	}
	if len(filled) == 0 {
		return f
	}
	switch p.Scale {
	case job.ScaleStandard:
		f.Offset, f.Divisor = standard(filled)
	case job.ScaleMinMax:
		f.Offset = slices.Min(filled)
		f.Divisor = slices.Max(filled) - f.Offset
	}
	if !(f.Divisor > 0) || math.IsInf(float64(f.Divisor), 0) { // a constant column is only centred
		f.Divisor = 1
	}
	return f
}

// fill computes the value for missing ones from the sorted present values;
// zero where there are none.
func fill(how string, present []float32) float32 {
	n := len(present)
	if n == 0 {
		return 0
	}
	switch how {
	case job.MissingMedian:
		return float32((float64(present[(n-1)/2]) + float64(present[n/2])) / 2)
	case job.MissingMean:
		return float32(mean(present))
	case job.MissingMostFrequent:
		return mode(present)
	case job.MissingZero:
		return 0
	}
	panic(fmt.Sprintf("features: %q was not checked", how))
}

// mode is the most frequent of sorted values, the least of those in a tie.
func mode(present []float32) float32 {
	best, length, run := present[0], 0, 0
	for i, v := range present {
		if i > 0 && v != present[i-1] {
			run = 0
		}
		if run++; run > length {
			best, length = v, run
		}
	}
	return best
}

func mean(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

// standard returns the mean and the population standard deviation.
func standard(values []float32) (offset, divisor float32) {
	m := mean(values)
	sum := 0.0
	for _, v := range values {
		d := float64(v) - m
		sum += float64(d * d)
	}
	return float32(m), float32(math.Sqrt(sum / float64(len(values))))
}

func pick[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}
