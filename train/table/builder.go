package table

import (
	"math"
	"slices"
)

// builder puts a column together from the chunks of the blocks.
type builder struct {
	Column
	rows    int
	bools   int
	arrays  int
	texts   *dictionary
	codes   []int32 // of a chunk's texts
	vectors vectors
}

// newBuilder begins a column. An inferred one is a number or a text by what a
// probe of the first block found; where the rest does not agree it is read
// again.
func newBuilder(name string, want Kind, first chunk) *builder {
	b := &builder{Column: Column{Name: name, Kind: want}}
	if want == Infer || want == inferText || want == inferVector {
		b.Guess.Inferred = true
		b.Kind = Float32
		switch {
		case want == inferText || first.bad.N > 0:
			b.Kind = Text
		case want == inferVector || first.arrays > 0:
			b.Kind = Vector
		}
	}
	if b.Kind == Text {
		b.texts = newDictionary()
	}
	return b
}

// reserve makes room for about the given number of rows.
func (b *builder) reserve(rows int) {
	switch b.Kind {
	case Float32:
		b.Numbers = slices.Grow(b.Numbers, rows)
	case Float64, Date, Time:
		b.Exact = slices.Grow(b.Exact, rows)
	case Text:
		b.Codes = slices.Grow(b.Codes, rows)
	}
}

// pad adds rows without a value until there are as many as given.
func (b *builder) pad(rows int) {
	n := rows - b.rows
	if n <= 0 {
		return
	}
	b.Missing.join(b.rows, Cells{N: n})
	b.rows = rows
	switch b.Kind {
	case Float32:
		b.Numbers = appendMany(b.Numbers, float32(math.NaN()), n)
	case Float64, Date, Time:
		b.Exact = appendMany(b.Exact, math.NaN(), n)
	case Text:
		if !b.Guess.Many {
			b.Codes = appendMany(b.Codes, -1, n)
		}
	case Vector:
		b.vectors.pad(n)
	}
}

func appendMany[T any](s []T, v T, n int) []T {
	for range n {
		s = append(s, v)
	}
	return s
}

// add appends a chunk whose rows begin at base.
func (b *builder) add(base int, c *chunk) {
	b.pad(base)
	b.rows = base + c.rows
	b.Missing.join(base, c.missing)
	b.Infinite.join(base, c.infinite)
	b.bools += c.bools
	b.arrays += c.arrays
	switch {
	case !b.Guess.Inferred || b.Kind != Float32 && b.Kind != Text:
		b.Bad.join(base, c.bad)
	case b.Kind == Float32:
		b.Guess.Present += c.present
		b.Guess.Numbers += c.present - c.bad.N
		b.Guess.Texts.join(base, c.bad)
	default:
		b.count(base, c)
	}
	b.Numbers = append(b.Numbers, c.numbers...)
	b.Exact = append(b.Exact, c.exact...)
	b.Dates += c.dates
	if b.Kind == Vector {
		b.addVectors(base, c)
	}
	if b.Kind == Text && !b.Guess.Many {
		b.addTexts(c)
	}
}

// count keeps the tally of an inferred column of texts.
func (b *builder) count(base int, c *chunk) {
	if c.typed {
		b.Guess.Present += c.present
		b.Guess.Numbers += c.present - c.strings.N
		b.Guess.Texts.join(base, c.strings)
		return
	}
	rows := make([]int, len(c.texts.values)) // how many rows have each text
	for _, k := range c.codes {
		if k >= 0 {
			rows[k]++
		}
	}
	first := true
	var texts Cells
	for k, text := range c.texts.values {
		switch _, number := Number(text); {
		case number:
			b.Guess.Numbers += rows[k]
		case first:
			first = false
			texts = Cells{Row: slices.Index(c.codes, int32(k)), Text: text}
			fallthrough
		default:
			texts.N += rows[k]
		}
	}
	b.Guess.Present += c.present
	b.Guess.Texts.join(base, texts)
}

func (b *builder) addTexts(c *chunk) {
	b.codes = b.codes[:0]
	for _, text := range c.texts.values {
		b.codes = append(b.codes, b.texts.codeOf(text))
	}
	if b.Guess.Inferred && len(b.texts.values) > MaxInferred {
		b.Guess.Many, b.Codes, b.texts = true, nil, nil
		return
	}
	for _, k := range c.codes {
		if k >= 0 {
			k = b.codes[k]
		}
		b.Codes = append(b.Codes, k)
	}
}

// addVectors appends rows, all of which are bad where their width is not that
// of the rows before them.
func (b *builder) addVectors(base int, c *chunk) {
	switch {
	case c.vectors.width == 0:
		b.vectors.pad(c.vectors.rows)
		return
	case b.vectors.width == 0:
		b.vectors.widen(c.vectors.width)
	case b.vectors.width != c.vectors.width:
		b.vectors.pad(c.vectors.rows)
		b.Bad.join(base, c.good)
		return
	}
	b.vectors.numbers = append(b.vectors.numbers, c.vectors.numbers...)
	b.vectors.rows += c.vectors.rows
}

// again is what an inferred column of numbers is to be read to from the
// beginning, where it turned out to hold something else.
func (b *builder) again() (kind Kind, wrong bool) {
	switch {
	case !b.Guess.Inferred || b.Kind != Float32 || b.Guess.Texts.N == 0:
		return 0, false
	case b.arrays == b.Guess.Present:
		return inferVector, true
	}
	return inferText, !b.Guess.Mixed()
}

func (b *builder) column() Column {
	if b.texts != nil {
		b.Values = b.texts.values
	}
	b.Guess.Boolean = b.Guess.Inferred && b.bools > 0 && b.bools == b.Guess.Present
	if b.Kind == Vector {
		b.Numbers, b.Width = b.vectors.numbers, b.vectors.width
	}
	return b.Column
}
