package matrix

// Columns is column-major: raw values, neither filled nor scaled.
type Columns struct {
	Rows     int
	Features []Feature
}

// Feature is one column. A number has Values, NaN where there is none; a
// category has Codes from 0 to Categories-1, -1 where there is none or it was
// not seen in training.
type Feature struct {
	Name       string
	Values     []float32
	Codes      []int32
	Categories int // zero for a number
}

// Categorical says whether the feature is a category.
func (f Feature) Categorical() bool { return f.Categories > 0 }

// Slice is a view of the rows in [from, to).
func (c Columns) Slice(from, to int) Columns {
	out := Columns{Rows: to - from, Features: make([]Feature, len(c.Features))}
	for i, f := range c.Features {
		if f.Values != nil {
			f.Values = f.Values[from:to]
		}
		if f.Codes != nil {
			f.Codes = f.Codes[from:to]
		}
		out.Features[i] = f
	}
	return out
}
