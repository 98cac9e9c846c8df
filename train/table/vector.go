package table

import (
	"math"
	"strings"
)

// ParseVector appends the numbers of a list to out: separated by commas,
// semicolons or spaces, with or without brackets around them, as in
// [0.5, -1, 2e-3].
func ParseVector(out []float32, cell string) (_ []float32, ok bool) {
	s := strings.Trim(cell, " ")
	if n := len(s); n >= 2 && (s[0] == '[' && s[n-1] == ']' || s[0] == '(' && s[n-1] == ')') {
		s = s[1 : n-1]
	}
	items := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",; \t", r) })
	for _, item := range items {
		v, ok := Number(item)
		f := float32(v)
		if !ok || math.IsInf(float64(f), 0) {
			return out, false
		}
		out = append(out, f)
	}
	return out, len(items) > 0
}

// vectors collects the rows of a column of vectors, whose width is that of the
// first row with a value.
type vectors struct {
	width   int // 0 while there was none
	rows    int
	numbers []float32
}

// missing adds a row of NaN.
func (v *vectors) missing() { v.pad(1) }

func (v *vectors) pad(rows int) {
	v.rows += rows
	for range rows * v.width {
		v.numbers = append(v.numbers, float32(math.NaN()))
	}
}

// widen fixes the width, for the rows before too.
func (v *vectors) widen(width int) {
	rows := v.rows
	v.width, v.rows = width, 0
	v.pad(rows)
}

// add adds a row and says whether it has the width of those before it; else it
// counts as missing.
func (v *vectors) add(row []float32) bool {
	if v.width == 0 {
		v.widen(len(row))
	}
	if len(row) != v.width {
		v.missing()
		return false
	}
	v.numbers, v.rows = append(v.numbers, row...), v.rows+1
	return true
}

func (v *vectors) truncate(rows int) {
	if rows < v.rows {
		v.rows, v.numbers = rows, v.numbers[:rows*v.width]
	}
}
