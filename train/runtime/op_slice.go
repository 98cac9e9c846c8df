package runtime

import "fmt"

// buildSlice makes the operator Slice.
func buildSlice(n *node) (*kernel, error) {
	if err := n.wantOf(Int64, 1, 2, 3, 4); err != nil {
		return nil, err
	}
	k := viewing(n.in[0].typ, sliceShape, func(in []*Tensor, _ *Tensor) (view, error) { return slice(in) })
	k.extents = 1
	k.rows = nil
	if axes := n.constant(3); axes != nil {
		k.rows = func(in []*fact, out *fact, mark int) bool {
			set, err := axesOf(axes.Ints, in[0].rank())
			return err == nil && !set[0] && first(in, out, mark)
		}
	}
	return k, nil
}

func sliceShape(in, out []*Tensor) error {
	v, err := slice(in)
	if err == nil {
		out[0].setDims(v.dims[:v.rank]...)
	}
	return err
}

// slice is the part of the first input that the others describe: starts, ends,
// axes and steps.
func slice(in []*Tensor) (view, error) {
	dims := in[0].Dims
	v := viewOf(dims)
	v.steps = stepsOf(dims)
	for _, t := range in[1:] {
		if t != nil && t.Ints == nil {
			return v, errUnknown
		}
	}
	starts, ends := in[1].Ints, in[2].Ints
	axes := make([]int64, len(starts))
	for i := range axes {
		axes[i] = int64(i)
	}
	if len(in) > 3 && in[3] != nil {
		axes = in[3].Ints
	}
	var steps []int64
	if len(in) > 4 && in[4] != nil {
		steps = in[4].Ints
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return v, fmt.Errorf("%d starts, %d ends, %d axes, %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	if _, err := axesOf(axes, len(dims)); err != nil {
		return v, err
	}
	for i, a := range axes {
		axis, _ := axisOf(a, len(dims)) // checked above
		step := int64(1)
		if steps != nil {
			step = steps[i]
		}
		if step == 0 {
			return v, fmt.Errorf("a step of 0")
		}
		v.cut(axis, [3]int64{starts[i], ends[i], step})
	}
	return v, nil
}

// cut keeps the elements from start to before end of an axis, each step-th of
// them. Positions below zero count from the end, and those outside are moved
// to the nearest end.
func (v *view) cut(axis int, by [3]int64) {
	n := int64(v.dims[axis])
	start, end, step := by[0], by[1], by[2]
	if start < 0 {
		start += n
	}
	if end < 0 && end >= -n {
		end += n
	} else if end < 0 {
		end = -1
		if step > 0 {
			end = 0
		}
	}
	kept := int64(0)
	if step > 0 {
		start, end = min(max(start, 0), n), min(end, n)
		if end > start {
			kept = (end-start-1)/step + 1
		}
	} else {
		start, end = min(max(start, 0), n-1), min(end, n-1)
		if start > end && n > 0 {
			kept = (start-end-1)/-max(step, -n-1) + 1
		}
	}
	v.dims[axis] = int(kept)
	v.offset += int(start) * v.steps[axis]
	v.steps[axis] *= int(max(min(step, n+1), -n-1))
}
