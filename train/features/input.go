package features

import (
	"github.com/modelbuild/modelbuild/train/job"
)

// Input describes one input of the graph of [Encoder.Export] to those who call
// it: a tensor of the shape [rows, 1], or of a vector [rows, width].
type Input struct {
	Name       string    `json:"name"`
	Tensor     string    `json:"tensor"` // float32, float64 for a date, or string
	Type       string    `json:"type"`   // of the column
	Inferred   bool      `json:"inferred,omitempty"`
	Unit       string    `json:"unit,omitempty"`    // of a date
	Width      int       `json:"width,omitempty"`   // of a vector
	Missing    string    `json:"missing,omitempty"` // how a missing value is filled
	Fill       any       `json:"fill,omitempty"`    // what it is filled with, a number or a text
	Indicator  bool      `json:"indicator,omitempty"`
	Scale      string    `json:"scale,omitempty"`
	Offset     *float32  `json:"offset,omitempty"`  // a number x becomes (x-offset)/divisor
	Divisor    *float32  `json:"divisor,omitempty"` //
	Clip       []float32 `json:"clip,omitempty"`    // after it was held between these
	Parts      []Place   `json:"parts,omitempty"`   // of a date or vector, each treated on its own
	Encode     string    `json:"encode,omitempty"`
	Categories []string  `json:"categories,omitempty"` // others have no indicator
	Other      bool      `json:"other,omitempty"`      // all others are one more category
	Shares     []float32 `json:"shares,omitempty"`     // of the categories, encoded as them
	NGrams     int       `json:"ngrams,omitempty"`
	Words      []string  `json:"words,omitempty"`
	Weights    []float32 `json:"weights,omitempty"` // of the words
	Buckets    []int     `json:"buckets,omitempty"` // of hashed words
}

// Place is one of several numbers that an input becomes.
type Place struct {
	Name    string   `json:"name,omitempty"` // of a date's part
	Fill    *float32 `json:"fill,omitempty"`
	Offset  float32  `json:"offset"`
	Divisor float32  `json:"divisor"`
}

// Inputs describes the inputs in the order of the columns.
func (e *Encoder) Inputs() []Input {
	var inputs []Input
	for i := range e.Columns {
		inputs = append(inputs, e.Columns[i].input())
	}
	return inputs
}

func (f *Fitted) input() Input {
	in := Input{Name: f.Name, Tensor: "float32", Type: f.Type, Inferred: f.Inferred, Missing: f.Missing, Indicator: f.Indicator,
		Scale: f.Scale, Encode: f.Encode}
	switch f.Type {
	case job.TypeDate:
		in.Tensor, in.Unit = "float64", "seconds since 1970-01-01T00:00:00Z"
		in.places(f)
	case job.TypeVector:
		in.Width = len(f.Numbers)
		in.places(f)
	case job.TypeCategory:
		in.categories(f)
	case job.TypeText:
		in.Tensor, in.NGrams = "string", f.NGrams
		in.Words, in.Weights, in.Buckets = f.Words.Values, f.Words.Weights, f.Words.Buckets
	default:
		in.number(f)
	}
	return in
}

func (in *Input) number(f *Fitted) {
	n := f.Numbers[0]
	if f.Type == job.TypeBinary {
		in.Tensor = "string"
	}
	if fill := n.fill(); fill != nil {
		in.Fill = *fill
	}
	in.Offset, in.Divisor = &n.Offset, &n.Divisor
	if n.clips() {
		in.Clip = []float32{n.Low, n.High}
	}
}

func (in *Input) places(f *Fitted) {
	for k, n := range f.Numbers {
		p := Place{Fill: n.fill(), Offset: n.Offset, Divisor: n.Divisor}
		if f.Type == job.TypeDate {
			p.Name = f.Parts[k]
		}
		in.Parts = append(in.Parts, p)
	}
}

// fill is nil where missing values are kept.
func (n Number) fill() *float32 {
	if n.Fill != n.Fill {
		return nil
	}
	return &n.Fill
}

func (in *Input) categories(f *Fitted) {
	in.Tensor, in.Categories, in.Other = "string", f.Categories.Values, f.Categories.Other
	if f.Encode == job.EncodeFrequency {
		in.Shares = f.Categories.Shares
	}
	if f.Categories.Fill < 0 {
		return
	}
	in.Fill = ""
	if f.Categories.Fill < len(in.Categories) {
		in.Fill = in.Categories[f.Categories.Fill]
	}
}
