package table

import "math"

// chunk is the part of a column that is in one block.
type chunk struct {
	kind    Kind
	rows    int // set when the block is parsed
	numbers []float32
	exact   []float64
	codes   []int32
	texts   *dictionary
	vectors vectors
	row     []float32 // scratch

	present                int
	dates                  int   // Time: how many of the values are dates
	good                   Cells // Vector: the values that have the width of the first
	missing, bad, infinite Cells

	// JSON says itself which values are texts.
	typed, strict bool
	strings       Cells
	bools, arrays int
}

func (c *chunk) reset(kind Kind) {
	*c = chunk{kind: kind, numbers: c.numbers[:0], exact: c.exact[:0], codes: c.codes[:0], texts: c.texts,
		vectors: vectors{numbers: c.vectors.numbers[:0]}, row: c.row}
	if kind != Text {
		return
	}
	if c.texts == nil {
		c.texts = newDictionary()
	}
	c.texts.reset()
}

// truncate drops what was kept past a number of rows.
func (c *chunk) truncate(rows int) {
	c.numbers = c.numbers[:min(rows, len(c.numbers))]
	c.exact = c.exact[:min(rows, len(c.exact))]
	c.codes = c.codes[:min(rows, len(c.codes))]
	c.vectors.truncate(rows)
}

// put adds the cell of a row.
func (c *chunk) put(row int, cell []byte) {
	switch {
	case c.kind == Skip:
		return
	case missing(cell):
		c.missing.addBytes(row, cell)
		c.none()
		return
	case c.kind == Text:
		c.present++
		c.codes = append(c.codes, c.texts.code(cell))
		return
	case c.kind == Vector:
		c.vector(row, cell)
		return
	}
	c.present++
	if c.kind == Date || c.kind == Time {
		if v, ok := ParseDate(string(cell)); ok {
			c.dates++
			c.exact = append(c.exact, v)
			return
		}
	}
	v, ok := number(cell)
	if !ok || c.kind == Date {
		c.bad.addBytes(row, cell)
		c.none()
		return
	}
	c.number(row, v, cell)
}

// number adds a number whose text is cell.
func (c *chunk) number(row int, v float64, cell []byte) {
	switch c.kind {
	case Float32:
		f := float32(v)
		if math.IsInf(float64(f), 0) {
			c.infinite.addBytes(row, cell)
		}
		c.numbers = append(c.numbers, f)
	case Float64, Time:
		if math.IsInf(v, 0) {
			c.infinite.addBytes(row, cell)
		}
		c.exact = append(c.exact, v)
	}
}

func (c *chunk) vector(row int, cell []byte) {
	var ok bool
	c.row, ok = ParseVector(c.row[:0], string(cell))
	c.present++
	switch {
	case !ok:
		c.vectors.missing()
	case c.vectors.add(c.row):
		c.good.addBytes(row, cell)
		return
	}
	c.bad.addBytes(row, cell)
}

// none adds a row without a value.
func (c *chunk) none() {
	switch c.kind {
	case Float32:
		c.numbers = append(c.numbers, float32(math.NaN()))
	case Float64, Date, Time:
		c.exact = append(c.exact, math.NaN())
	case Text:
		c.codes = append(c.codes, -1)
	case Vector:
		c.vectors.missing()
	}
}

// number is [Number] for bytes. The byte after them, where there is one, ends the
// number unless it could be part of one.
func number(cell []byte) (float64, bool) {
	if n := len(cell); n > 0 && n < cap(cell) && notDecimal(rune(cell[:n+1][n])) {
		if v, end, ok := scanNumber(cell[:n+1], 0); ok && end == n {
			return v, true
		}
	}
	return Number(string(cell))
}

// missing is [Missing] for bytes.
func missing(cell []byte) bool {
	return len(cell) <= 4 && Missing(string(cell)) // the conversion does not allocate
}
