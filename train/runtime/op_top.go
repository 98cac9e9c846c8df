package runtime

import (
	"fmt"
	"slices"
)

// arg builds the operators ArgMax and ArgMin: the position of the first element
// along an axis that no other one beats, or of the last.
func arg(smallest bool) builder {
	return func(n *node) (*kernel, error) {
		t, err := n.want(0, Float, Double)
		a := argument{axis: n.int("axis", 0), keep: n.flag("keepdims", true), last: n.flag("select_last_index", false), smallest: smallest}
		return &kernel{types: []Type{Int64}, shape: a.shape, rows: along(a.axis),
			run: onReals(t, findArg[float32](a), findArg[float64](a))}, err
	}
}

type argument struct {
	axis                 int64
	keep, last, smallest bool
}

func (a argument) shape(in, out []*Tensor) error {
	axis, err := axisOf(a.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	if in[0].Dims[axis] == 0 {
		return fmt.Errorf("no elements along axis %d", axis)
	}
	out[0].setDims(in[0].Dims[:axis]...)
	if a.keep {
		out[0].Dims = append(out[0].Dims, 1)
	}
	out[0].Dims = append(out[0].Dims, in[0].Dims[axis+1:]...)
	return nil
}

func findArg[T real](a argument) runner {
	return func(in, out []*Tensor, _ *scratch) error {
		axis, err := axisOf(a.axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		outer, n, inner := around(in[0].Dims, axis)
		src := *elements[T](in[0])
		for o := range outer {
			for i := range inner {
				out[0].Ints[o*inner+i] = int64(argOf(a, src[o*n*inner+i:], n, inner))
			}
		}
		return nil
	}
}

// argOf looks at n elements that are step apart.
func argOf[T real](a argument, src []T, n, step int) int {
	best := 0
	for k := 1; k < n; k++ {
		v, top := src[k*step], src[best*step]
		if v == top && a.last || v > top && !a.smallest || v < top && a.smallest {
			best = k
		}
	}
	return best
}

// buildTopK makes the operator TopK. Equal elements keep their order, and NaN
// comes last.
func buildTopK(n *node) (*kernel, error) {
	t := n.in[0].typ
	if t != Float && t != Double {
		return nil, fmt.Errorf("elements of type %v", t)
	}
	k := topK{axis: n.int("axis", -1), smallest: !n.flag("largest", true)}
	n.flag("sorted", true) // the sorted order is one of those that are allowed
	return &kernel{types: []Type{t, Int64}, shape: k.shape, rows: along(k.axis),
		run: onReals(t, findTop[float32](k), findTop[float64](k))}, n.wantOf(Int64, 1)
}

type topK struct {
	axis     int64
	smallest bool
}

func (t topK) shape(in, out []*Tensor) error {
	axis, err := axisOf(t.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	if in[1].Ints == nil {
		return errUnknown
	}
	k, _, err := scalar[int64](in, 1)
	if err != nil || k < 0 || k > int64(in[0].Dims[axis]) {
		return fmt.Errorf("the first %v of %d elements", in[1].Ints, in[0].Dims[axis])
	}
	for _, o := range out {
		o.setDims(in[0].Dims...)
		o.Dims[axis] = int(k)
	}
	return nil
}

func findTop[T real](t topK) runner {
	return func(in, out []*Tensor, s *scratch) error {
		axis, err := axisOf(t.axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		outer, n, inner := around(in[0].Dims, axis)
		src, dst, k := *elements[T](in[0]), *elements[T](out[0]), out[0].Dims[axis]
		if k == 0 {
			return nil
		}
		line := room[T](s, 0, n)
		for o := range outer {
			for i := range inner {
				for j := range line {
					line[j] = src[(o*n+j)*inner+i]
					if t.smallest {
						line[j] = -line[j]
					}
				}
				for j, at := range top(line, k, s) {
					to := (o*k+j)*inner + i
					dst[to] = src[(o*n+at)*inner+i]
					out[1].Ints[to] = int64(at)
				}
			}
		}
		return nil
	}
}

// fewest is the most elements that top keeps in order by moving them.
const fewest = 64

// top returns the positions of the k largest elements in order.
func top[T real](line []T, k int, s *scratch) []int {
	if k > fewest {
		at := s.indices(len(line))
		for i := range at {
			at[i] = i
		}
		slices.SortFunc(at, func(a, b int) int {
			switch {
			case beats(line[a], line[b]):
				return -1
			case beats(line[b], line[a]):
				return 1
			}
			return a - b
		})
		return at[:k]
	}
	best := s.indices(k)[:0]
	for i, v := range line {
		if len(best) == k && !beats(v, line[best[k-1]]) {
			continue
		}
		if len(best) < k {
			best = best[:len(best)+1]
		}
		j := len(best) - 1
		for ; j > 0 && beats(v, line[best[j-1]]); j-- {
			best[j] = best[j-1]
		}
		best[j] = i
	}
	return best
}

// beats is true for what comes before: the larger one, and any number before
// NaN.
func beats[T real](a, b T) bool { return a > b || isNaN(b) && !isNaN(a) }
