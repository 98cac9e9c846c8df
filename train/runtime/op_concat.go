package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// buildConcat makes the operator Concat.
func buildConcat(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64, String, Bool)
	if err != nil {
		return nil, err
	}
	if slices.Contains(n.in, nil) {
		return nil, errors.New("an input is left out")
	}
	if !n.has("axis") {
		return nil, errors.New("no attribute axis")
	}
	c := concat{axis: n.int("axis", 0)}
	return &kernel{types: []Type{t}, shape: c.shape, rows: c.rows, extents: many,
		run: runFor(t, concatenate[float32](c), concatenate[float64](c), concatenate[int64](c), concatenate[string](c), concatenate[bool](c))}, nil
}

type concat struct{ axis int64 }

func (c concat) shape(in, out []*Tensor) error {
	axis, err := axisOf(c.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	o := out[0]
	o.setDims(in[0].Dims...)
	for _, t := range in[1:] {
		if len(t.Dims) != len(o.Dims) {
			return fmt.Errorf("dimensions %v and %v do not fit each other", in[0].Dims, t.Dims)
		}
		for i, d := range t.Dims {
			if i != axis && d != o.Dims[i] {
				return fmt.Errorf("dimensions %v and %v do not fit each other", in[0].Dims, t.Dims)
			}
		}
		o.Dims[axis] += t.Dims[axis]
	}
	return nil
}

// rows: every part must have the rows.
func (c concat) rows(in []*fact, out *fact, _ int) bool {
	axis, err := axisOf(c.axis, out.rank())
	return err == nil && axis != 0 && !slices.ContainsFunc(in, func(f *fact) bool { return f.class != byRow })
}

func concatenate[T Element](c concat) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		dst := *elements[T](out[0])
		axis, err := axisOf(c.axis, len(out[0].Dims))
		if err != nil {
			return err
		}
		outer, n, inner := around(out[0].Dims, axis)
		step, at := n*inner, 0
		for _, t := range in {
			width := t.Dims[axis] * inner
			interleave(dst[min(at, len(dst)):], *elements[T](t), [3]int{outer, width, step})
			at += width
		}
		return nil
	}
}

// interleave copies n pieces of a width to positions that are step apart.
func interleave[T any](dst, src []T, by [3]int) {
	n, width, step := by[0], by[1], by[2]
	if width == 1 {
		for i, v := range src[:n] {
			dst[i*step] = v
		}
		return
	}
	for i := range n {
		copy(dst[i*step:i*step+width], src[i*width:])
	}
}

// buildSplit makes the operator Split. Sizes come as an input, or the parts are
// equal; from version 18 the last of equal parts may be shorter.
func buildSplit(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64, String, Bool)
	if n.given(1) {
		t, err = n.in[0].typ, n.wantOf(Int64, 1)
	}
	if err != nil {
		return nil, err
	}
	sp := split{axis: n.int("axis", 0), uneven: n.version >= 18}
	if sp.uneven {
		if k := n.int("num_outputs", int64(n.outputs)); k != int64(n.outputs) {
			return nil, fmt.Errorf("num_outputs is %d for %d outputs", k, n.outputs)
		}
	}
	types := make([]Type, n.outputs)
	fill(types, t)
	return &kernel{types: types, shape: sp.shape, rows: along(sp.axis),
		run: runFor(t, splitting[float32](sp), splitting[float64](sp), splitting[int64](sp), splitting[string](sp), splitting[bool](sp))}, nil
}

type split struct {
	axis   int64
	uneven bool
}

func (sp split) shape(in, out []*Tensor) error {
	axis, err := axisOf(sp.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	sizes, err := sp.sizes(in, len(out), in[0].Dims[axis])
	if err != nil {
		return err
	}
	for i, o := range out {
		o.setDims(in[0].Dims...)
		o.Dims[axis] = sizes(i)
	}
	return nil
}

// sizes tells the sizes of the parts, whose sum is n.
func (sp split) sizes(in []*Tensor, parts, n int) (func(int) int, error) {
	if len(in) < 2 || in[1] == nil {
		size := (n + parts - 1) / parts
		if n%parts != 0 && !sp.uneven {
			return nil, fmt.Errorf("%d elements in %d equal parts", n, parts)
		}
		return func(i int) int { return max(0, min(size, n-i*size)) }, nil
	}
	if in[1].Ints == nil {
		return nil, errUnknown
	}
	sizes := in[1].Ints
	sum := 0
	for _, s := range sizes {
		if s < 0 || s > int64(n) {
			return nil, fmt.Errorf("a part of %d elements out of %d", s, n)
		}
		sum += int(s)
	}
	if len(sizes) != parts || sum != n {
		return nil, fmt.Errorf("sizes %v for %d parts of %d elements", sizes, parts, n)
	}
	return func(i int) int { return int(sizes[i]) }, nil
}

func splitting[T Element](sp split) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		src := *elements[T](in[0])
		axis, err := axisOf(sp.axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		outer, n, inner := around(in[0].Dims, axis)
		at := 0
		for _, o := range out {
			dst, width := *elements[T](o), o.Dims[axis]*inner
			for i := range outer {
				copy(dst[i*width:(i+1)*width], src[i*n*inner+at:])
			}
			at += width
		}
		return nil
	}
}
