package table

import "math"

// chunk is the part of a column that is in one block.
type chunk struct {
	kind    Kind
	numbers []float32
	exact   []float64
	codes   []int32
	texts   *dictionary

	present                int
	missing, bad, infinite Cells
}

func (c *chunk) reset(kind Kind) {
	c.kind, c.present = kind, 0
	c.numbers, c.exact, c.codes = c.numbers[:0], c.exact[:0], c.codes[:0]
	c.missing, c.bad, c.infinite = Cells{}, Cells{}, Cells{}
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
}

// put adds the cell of a row.
func (c *chunk) put(row int, cell []byte) {
	if c.kind == Skip {
		return
	}
	if missing(cell) {
		c.missing.add(row, "")
		if c.missing.N == 1 {
			c.missing.Text = string(cell)
		}
		c.none()
		return
	}
	c.present++
	if c.kind == Text {
		c.codes = append(c.codes, c.texts.code(cell))
		return
	}
	v, ok := Number(string(cell))
	if !ok {
		c.bad.add(row, "")
		if c.bad.N == 1 {
			c.bad.Text = string(cell)
		}
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
			c.infinity(row, cell)
		}
		c.numbers = append(c.numbers, f)
	case Float64:
		if math.IsInf(v, 0) {
			c.infinity(row, cell)
		}
		c.exact = append(c.exact, v)
	}
}

func (c *chunk) infinity(row int, cell []byte) {
	c.infinite.add(row, "")
	if c.infinite.N == 1 {
		c.infinite.Text = string(cell)
	}
}

// none adds a row without a value.
func (c *chunk) none() {
	switch c.kind {
	case Float32:
		c.numbers = append(c.numbers, float32(math.NaN()))
	case Float64:
		c.exact = append(c.exact, math.NaN())
	case Text:
		c.codes = append(c.codes, -1)
	}
}

// missing is [Missing] for bytes.
func missing(cell []byte) bool {
	return len(cell) <= 4 && Missing(string(cell)) // the conversion does not allocate
}
