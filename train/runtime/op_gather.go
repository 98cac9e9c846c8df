package runtime

import "fmt"

// buildGather makes the operator Gather.
func buildGather(n *node) (*kernel, error) {
	if err := n.wantOf(Int64, 1); err != nil {
		return nil, err
	}
	g := gathering{axis: n.int("axis", 0)}
	t := n.in[0].typ
	return &kernel{types: []Type{t}, shape: g.shape, rows: g.rows, extents: 1,
		run: runFor(t, pick[float32](g), pick[float64](g), pick[int64](g), pick[string](g), pick[bool](g))}, nil
}

type gathering struct{ axis int64 }

func (g gathering) shape(in, out []*Tensor) error {
	axis, err := axisOf(g.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	out[0].setDims(in[0].Dims[:axis]...)
	out[0].Dims = append(out[0].Dims, in[1].Dims...)
	out[0].Dims = append(out[0].Dims, in[0].Dims[axis+1:]...)
	return nil
}

// rows: constant positions within the rows, or rows of positions in a constant.
func (g gathering) rows(in []*fact, _ *fact, _ int) bool {
	axis, err := axisOf(g.axis, in[0].rank())
	within := in[0].class == byRow && in[1].class == constant && axis != 0
	lookup := in[0].class == constant && in[1].class == byRow && axis == 0
	return err == nil && (within || lookup)
}

func pick[T Element](g gathering) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		src, dst := *elements[T](in[0]), *elements[T](out[0])
		axis, err := axisOf(g.axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		outer, n, inner := around(in[0].Dims, axis)
		for i := range outer {
			for _, at := range in[1].Ints {
				if at < 0 {
					at += int64(n)
				}
				if at < 0 || at >= int64(n) {
					return fmt.Errorf("position %d of %d elements", at, n)
				}
				from := (i*n + int(at)) * inner
				dst = dst[copy(dst, src[from:from+inner]):]
			}
		}
		return nil
	}
}

// buildGatherElements makes the operator GatherElements.
func buildGatherElements(n *node) (*kernel, error) {
	if err := n.wantOf(Int64, 1); err != nil {
		return nil, err
	}
	g := gathering{axis: n.int("axis", 0)}
	t := n.in[0].typ
	return &kernel{types: []Type{t}, shape: g.elementsShape, rows: g.elementsRows,
		run: runFor(t, pickElements[float32](g), pickElements[float64](g), pickElements[int64](g), pickElements[string](g), pickElements[bool](g))}, nil
}

func (g gathering) elementsShape(in, out []*Tensor) error {
	axis, err := axisOf(g.axis, len(in[0].Dims))
	if err != nil {
		return err
	}
	fits := len(in[0].Dims) == len(in[1].Dims)
	for i := 0; i < len(in[1].Dims) && fits; i++ {
		fits = i == axis || in[1].Dims[i] <= in[0].Dims[i]
	}
	if !fits {
		return fmt.Errorf("positions of dimensions %v in dimensions %v", in[1].Dims, in[0].Dims)
	}
	out[0].setDims(in[1].Dims...)
	return nil
}

func (g gathering) elementsRows(in []*fact, _ *fact, _ int) bool {
	axis, err := axisOf(g.axis, in[0].rank())
	return err == nil && axis != 0 && in[0].class == byRow && in[1].class == byRow
}

func pickElements[T Element](g gathering) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		src, dst := *elements[T](in[0]), *elements[T](out[0])
		axis, err := axisOf(g.axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		n, steps := in[0].Dims[axis], stepsOf(in[0].Dims)
		var at [maxRank]int
		for i, p := range in[1].Ints {
			if p < 0 {
				p += int64(n)
			}
			if p < 0 || p >= int64(n) {
				return fmt.Errorf("position %d of %d elements", p, n)
			}
			from := int(p) * steps[axis]
			for k := range out[0].Dims {
				if k != axis {
					from += at[k] * steps[k]
				}
			}
			dst[i] = src[from]
			advance(&at, out[0].Dims)
		}
		return nil
	}
}

// advance moves a position to the next element in row-major order.
func advance(at *[maxRank]int, dims []int) {
	for k := len(dims) - 1; k >= 0; k-- {
		if at[k]++; at[k] < dims[k] {
			return
		}
		at[k] = 0
	}
}
