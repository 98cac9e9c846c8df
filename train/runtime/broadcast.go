package runtime

import "fmt"

// broadcastShape is the shape function of element-wise operators: dimensions
// are aligned at the end, and one of size 1 is repeated.
func broadcastShape(in, out []*Tensor) error {
	rank := 0
	for _, t := range in {
		rank = max(rank, len(t.Dims))
	}
	if rank > maxRank {
		return fmt.Errorf("%d dimensions are more than %d", rank, maxRank)
	}
	o := out[0]
	o.Dims = grow(o.Dims, rank)
	for i := range rank {
		d := 1
		for _, t := range in {
			j := i - rank + len(t.Dims)
			if j < 0 || t.Dims[j] == 1 {
				continue
			}
			if d != 1 && d != t.Dims[j] {
				return fmt.Errorf("dimensions %v and %v do not fit each other", in[0].Dims, t.Dims)
			}
			d = t.Dims[j]
		}
		o.Dims[i] = d
	}
	return nil
}

// maxOperands is the number of tensors that a walk follows beside the output.
const maxOperands = 3

// walk is the order in which an element-wise operator visits its output: runs
// of elements along the innermost dimension, within loops over the others.
// Neighbouring dimensions that no operand tells apart are one.
type walk struct {
	run    int               // elements in a run
	unit   [maxOperands]bool // the operand advances along a run; else it is repeated
	dims   [maxRank]int      // of the loops, innermost first
	stride [maxOperands][maxRank]int
	loops  int
	at     [maxRank]int
	offset [maxOperands]int // of the current run in the operands
}

// start prepares a walk over dimensions. Runs of zero elements are not visited.
func (w *walk) start(dims []int, operands ...*Tensor) {
	*w = walk{run: 1}
	var strides [maxOperands][maxRank]int
	for k, t := range operands {
		stridesTo(&strides[k], dims, t.Dims)
	}
	first := true
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] == 1 {
			continue
		}
		switch {
		case first:
			first = false
			w.run = dims[i]
			for k := range operands {
				w.unit[k] = strides[k][i] != 0
			}
		case w.joins(&strides, i, len(operands)):
			if w.loops == 0 {
				w.run *= dims[i]
			} else {
				w.dims[w.loops-1] *= dims[i]
			}
		default:
			w.dims[w.loops] = dims[i]
			for k := range operands {
				w.stride[k][w.loops] = strides[k][i]
			}
			w.loops++
		}
	}
}

// stridesTo sets how far each dimension moves in a tensor of dimensions from
// that is broadcast to dims; zero where it is repeated.
func stridesTo(strides *[maxRank]int, dims, from []int) {
	step := 1
	for i, j := len(dims)-1, len(from)-1; j >= 0; i, j = i-1, j-1 {
		if from[j] != 1 {
			strides[i] = step
		}
		step *= from[j]
	}
}

// joins is true where dimension i continues the loop inside it for every
// operand.
func (w *walk) joins(strides *[maxOperands][maxRank]int, i, operands int) bool {
	for k := range operands {
		inner, n := 0, w.run
		if w.unit[k] {
			inner = 1
		}
		if w.loops > 0 {
			inner, n = w.stride[k][w.loops-1], w.dims[w.loops-1]
		}
		if strides[k][i] != inner*n {
			return false
		}
	}
	return true
}

// next moves to the next run; false after the last.
func (w *walk) next() bool {
	for l := range w.loops {
		w.at[l]++
		for k := range w.offset {
			w.offset[k] += w.stride[k][l]
		}
		if w.at[l] < w.dims[l] {
			return true
		}
		for k := range w.offset {
			w.offset[k] -= w.stride[k][l] * w.dims[l]
		}
		w.at[l] = 0
	}
	return false
}

// runOf is the run of an operand: its elements, or its one element repeated
// into room.
func runOf[T any](w *walk, k int, src, room []T) []T {
	at := w.offset[k]
	if w.unit[k] {
		return src[at : at+w.run]
	}
	fill(room, src[at])
	return room
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}
