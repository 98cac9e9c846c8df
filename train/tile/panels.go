package tile

import "github.com/modelbuild/modelbuild/train/matrix"

// Width is the number of columns in a panel.
const Width = 4

// Panels is the right factor B of a product, k rows by n columns, packed so
// that a kernel reads it from front to back: panel after panel of Width
// columns, each row by row. The last panel is filled up with zeros. The zero
// value is ready to be packed, and packing again reuses its memory.
type Panels struct {
	k, n int
	data [][Width]float64
}

// Pack takes B as it is.
func (p *Panels) Pack(b matrix.Dense) {
	p.reset(b.Rows, b.Width)
	for k := range b.Rows {
		row := b.Row(k)
		for j := 0; j < len(row); j += Width {
			var quad [Width]float64
			copy(quad[:], row[j:])
			p.data[j/Width*p.k+k] = quad
		}
	}
}

// PackTransposed takes the transpose of B, whose rows become the columns of
// the product.
func (p *Panels) PackTransposed(b matrix.Dense) {
	p.reset(b.Width, b.Rows)
	for j := range b.Rows {
		panel := p.data[j/Width*p.k:]
		for k, v := range b.Row(j) {
			panel[k][j%Width] = v
		}
	}
}

func (p *Panels) reset(k, n int) {
	p.k, p.n = k, n
	size := k * ((n + Width - 1) / Width)
	if cap(p.data) < size {
		p.data = make([][Width]float64, size)
	}
	p.data = p.data[:size]
	if n%Width != 0 {
		clear(p.data[n/Width*k:])
	}
}

// Add adds A·B to c, which has the rows of A and the columns of B.
func (p *Panels) Add(c, a matrix.Dense) { p.AddColumns(c, a, 0, p.n) }

// AddColumns is [Panels.Add] for the panels that hold the columns in
// [from, to); the other columns of c are left alone. From is a multiple of
// Width.
func (p *Panels) AddColumns(c, a matrix.Dense, from, to int) {
	if a.Rows == 0 {
		return
	}
	for j := from; j < to; j += Width {
		panel := p.data[j/Width*p.k:][:p.k]
		if w := p.n - j; w < Width {
			edge(c, a, panel, w)
		} else {
			columns(target{c.Data[j:], c.Width}, a, panel)
		}
	}
}

// target is where a product goes: row i begins at i times stride.
type target struct {
	data   []float64
	stride int
}

func (t target) quad(i int) *[Width]float64 { return (*[Width]float64)(t.data[i*t.stride:]) }

// edge computes the columns of a last panel that has only w.
func edge(c, a matrix.Dense, panel [][Width]float64, w int) {
	var sum [Height * Width]float64
	t := target{sum[:], Width}
	for i := 0; i < a.Rows; i += Height {
		rows := a.Slice(i, min(i+Height, a.Rows))
		for r := range rows.Rows {
			copy(t.quad(r)[:], c.Row(i + r)[c.Width-w:])
		}
		columns(t, rows, panel)
		for r := range rows.Rows {
			copy(c.Row(i + r)[c.Width-w:], t.quad(r)[:])
		}
	}
}

// columns computes a full panel's columns.
func columns(t target, a matrix.Dense, panel [][Width]float64) {
	i := 0
	if wide {
		for ; i+Height <= a.Rows; i += Height {
			eight(&t.data[i*t.stride], t.stride, a.Data[i*a.Width:(i+Height)*a.Width], panel)
		}
	}
	for ; i+1 < a.Rows; i += 2 {
		two(t.quad(i), t.quad(i+1), a.Data[i*a.Width:(i+2)*a.Width], panel)
	}
	if i < a.Rows {
		one(t.quad(i), a.Row(i), panel)
	}
}
