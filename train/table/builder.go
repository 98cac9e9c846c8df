package table

import "slices"

// builder puts a column together from the chunks of the blocks.
type builder struct {
	Column
	texts   *dictionary
	codes   []int32 // of a chunk's texts
	vectors vectors
}

// newBuilder begins a column. An inferred one is a number or a text by what a
// probe of the first block found; where the rest does not agree it is read
// again.
func newBuilder(name string, want Kind, first chunk) *builder {
	b := &builder{Column: Column{Name: name, Kind: want}}
	if want == Infer || want == inferText {
		b.Guess.Inferred = true
		b.Kind = Float32
		if want == inferText || first.bad.N > 0 {
			b.Kind = Text
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

// add appends a chunk whose rows begin at base.
func (b *builder) add(base int, c *chunk) {
	b.Missing.join(base, c.missing)
	b.Infinite.join(base, c.infinite)
	switch {
	case !b.Guess.Inferred:
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

// again says whether an inferred number turned out to be a text, which has to
// be read from the beginning.
func (b *builder) again() bool {
	return b.Guess.Inferred && b.Kind == Float32 && b.Guess.Texts.N > 0 && !b.Guess.Mixed()
}

func (b *builder) column() Column {
	if b.texts != nil {
		b.Values = b.texts.values
	}
	if b.Kind == Vector {
		b.Numbers, b.Width = b.vectors.numbers, b.vectors.width
	}
	return b.Column
}
