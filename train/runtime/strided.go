package runtime

import "fmt"

// view is a way through the elements of a tensor: dimensions, and how far a
// step along each moves. Steps may be zero or negative.
type view struct {
	rank   int
	dims   [maxRank]int
	steps  [maxRank]int
	offset int
}

// viewOf is a view with the given dimensions, without steps.
func viewOf(dims []int) view {
	v := view{rank: len(dims)}
	copy(v.dims[:], dims)
	return v
}

// stepsOf are the steps of a tensor's own order.
func stepsOf(dims []int) (steps [maxRank]int) {
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		steps[i] = n
		n *= dims[i]
	}
	return steps
}

// gather copies the elements of a view in its order.
func gather[T Element](dst, src []T, v *view) {
	if len(dst) == 0 {
		return
	}
	n, step := 1, 0
	if v.rank > 0 {
		n, step = v.dims[v.rank-1], v.steps[v.rank-1]
	}
	var at [maxRank]int
	for from := v.offset; ; {
		if step == 1 {
			copy(dst[:n], src[from:])
		} else {
			for i, j := 0, from; i < n; i, j = i+1, j+step {
				dst[i] = src[j]
			}
		}
		dst = dst[n:]
		axis := v.rank - 2
		for ; axis >= 0; axis-- {
			at[axis]++
			from += v.steps[axis]
			if at[axis] < v.dims[axis] {
				break
			}
			from -= at[axis] * v.steps[axis]
			at[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}

// scalar is the one element of input i; false where it is left out.
func scalar[T Element](in []*Tensor, i int) (v T, given bool, err error) {
	if i >= len(in) || in[i] == nil {
		return v, false, nil
	}
	values := *elements[T](in[i])
	if len(values) != 1 {
		return v, true, fmt.Errorf("input %d has %d elements in place of 1", i, len(values))
	}
	return values[0], true, nil
}

// viewed is the run function of operators that copy a view: f makes it for the
// dimensions of the input and the output.
func viewed[T Element](f func(in []*Tensor, out *Tensor) (view, error)) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		v, err := f(in, out[0])
		if err == nil {
			gather(*elements[T](out[0]), *elements[T](in[0]), &v)
		}
		return err
	}
}

// viewing is the kernel of an operator that copies a view.
func viewing(t Type, shape func(in, out []*Tensor) error, f func(in []*Tensor, out *Tensor) (view, error)) *kernel {
	return &kernel{types: []Type{t}, shape: shape, rows: first,
		run: runFor(t, viewed[float32](f), viewed[float64](f), viewed[int64](f), viewed[string](f), viewed[bool](f))}
}
