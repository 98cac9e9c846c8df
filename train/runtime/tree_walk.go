package runtime

import "fmt"

// keysOf sets the keys of the used features for up to f.rows rows of x, which
// has the given width. Columns stand one after the other.
func (f *forest) keysOf(keys []uint32, x []float32, width int) {
	for c, feature := range f.features {
		column := keys[c*f.rows : (c+1)*f.rows]
		for r, at := 0, feature; at < len(x); r, at = r+1, at+width {
			column[r] = keyOf(x[at])
		}
	}
}

// keysOfDoubles is keysOf for float64. Tests are of float32 here, as exported models
// have them, so that a number between two of those is an error.
func (f *forest) keysOfDoubles(keys []uint32, x []float64, width int) error {
	for c, feature := range f.features {
		column := keys[c*f.rows : (c+1)*f.rows]
		for r, at := 0, feature; at < len(x); r, at = r+1, at+width {
			v := float32(x[at])
			if float64(v) != x[at] && x[at] == x[at] {
				return fmt.Errorf("a feature of %v, which is no float32", x[at])
			}
			column[r] = keyOf(v)
		}
	}
	return nil
}

// walk4 returns the cells of the leaves that the rows at to at + lanes - 1 come
// to from a root. It has no branch that depends on a comparison, which no
// processor could predict.
func walk4(cells []cell, keys []uint32, root, at uint32) (a, b, c, d uint32) {
	a, b, c, d = root, root, root, root
	for {
		p, q, r, s := &cells[a], &cells[b], &cells[c], &cells[d]
		na := p.next + p.outside(keys[p.column+at])
		nb := q.next + q.outside(keys[q.column+at+1])
		nc := r.next + r.outside(keys[r.column+at+2])
		nd := s.next + s.outside(keys[s.column+at+3])
		if na == a && nb == b && nc == c && nd == d {
			return a, b, c, d
		}
		a, b, c, d = na, nb, nc, nd
	}
}

// outside is 1 for a key that is not in the range, otherwise 0.
func (r keyRange) outside(key uint32) uint32 {
	return uint32((uint64(r.width) - uint64(key-r.low)) >> 63)
}

// total adds the weights that rows of a chunk get from a tree whose leaves have
// one target to acc, which holds stride sums a row.
func (f *forest) total(tree int, keys []uint32, acc []float64, stride int) {
	root, target := f.roots[tree], f.targets[tree]
	for at := 0; at*stride < len(acc); at += lanes {
		a, b, c, d := walk4(f.cells, keys, root, uint32(at))
		sums := acc[at*stride+target:]
		sums[0] += f.sums[a]
		sums[stride] += f.sums[b]
		sums[2*stride] += f.sums[c]
		sums[3*stride] += f.sums[d]
	}
}

// join calls f for each weight that rows of a chunk get from a tree.
func (f *forest) join(tree int, keys []uint32, acc []float64, by joiner) {
	for at := 0; at*by.stride < len(acc); at += lanes {
		a, b, c, d := walk4(f.cells, keys, f.roots[tree], uint32(at))
		for i, leaf := range [lanes]uint32{a, b, c, d} {
			row := acc[(at+i)*by.stride : (at+i+1)*by.stride]
			for _, w := range f.leaves[leaf] {
				row[w.target] = by.f(row[w.target], w.value)
			}
		}
	}
}

// joiner is a way to join weights: stride results a row, each joined by f from
// the start.
type joiner struct {
	stride int
	start  float64
	f      func(acc, v float64) float64
}
