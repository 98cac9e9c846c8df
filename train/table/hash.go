package table

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/parallel"
)

// RowHashes are 64 bits of each row's values in the given columns. Rows of two
// tables that are read to the same kinds have the same bits where the values are
// the same, and different ones but for a chance of about one in 2^64 a pair.
func (t *Table) RowHashes(names []string) []uint64 {
	var columns []valueHashes
	for _, name := range names {
		c, _ := t.Column(name)
		columns = append(columns, newValueHashes(c))
	}
	out := make([]uint64, t.rows)
	blocks := parallel.Blocks(t.rows, 1<<14)
	err := parallel.Do(context.Background(), len(blocks), func(b int) {
		for row := blocks[b].From; row < blocks[b].To; row++ {
			h := uint64(0)
			for i := range columns {
				h = mix(h ^ columns[i].row(row) + uint64(i))
			}
			out[row] = h
		}
	})
	if err != nil {
		panic(err) // nothing ends this context
	}
	return out
}

// Hash is 64 bits of all values of the column in their order.
func (c *Column) Hash() uint64 {
	values, h := newValueHashes(c), uint64(c.Kind)
	for row := range c.rows() {
		h = mix(h ^ values.row(row))
	}
	return h
}

// Constant says whether every row has the same value, or none has one.
func (c *Column) Constant() bool {
	values := newValueHashes(c)
	for row := 1; row < c.rows(); row++ {
		if values.row(row) != values.row(0) {
			return false
		}
	}
	return true
}

func (c *Column) rows() int {
	switch c.Kind {
	case Text:
		return len(c.Codes)
	case Vector:
		return len(c.Numbers) / max(1, c.Width)
	}
	return max(len(c.Numbers), len(c.Exact))
}

// valueHashes hashes the values of a column, each distinct text once.
type valueHashes struct {
	*Column
	texts []uint64
}

func newValueHashes(c *Column) valueHashes {
	v := valueHashes{Column: c}
	for _, text := range c.Values {
		h := uint64(14695981039346656037) // FNV-1a
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
		v.texts = append(v.texts, mix(h))
	}
	return v
}

// absent is the hash of a missing value.
const absent = 0x9e3779b97f4a7c15

func (v *valueHashes) row(row int) uint64 {
	switch v.Kind {
	case Float32:
		return number32(v.Numbers[row])
	case Float64, Date, Time:
		x := v.Exact[row]
		if x != x {
			return absent
		}
		return mix(math.Float64bits(x + 0))
	case Text:
		if k := v.Codes[row]; k >= 0 {
			return v.texts[k]
		}
	case Vector:
		h := uint64(absent)
		for _, x := range v.Numbers[row*v.Width : (row+1)*v.Width] {
			h = mix(h ^ number32(x))
		}
		return h
	}
	return absent
}

func number32(x float32) uint64 {
	if x != x {
		return absent
	}
	return mix(uint64(math.Float32bits(x + 0)))
}

// mix spreads the bits of a number over all bits (Steele, Lea and Flood,
// SplitMix64, 2014).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
