package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// reshaping is the kernel of an operator that keeps the order of elements.
func reshaping(t Type, shape func(in, out []*Tensor) error) *kernel {
	k := same(t)
	k.shape, k.extents = shape, 1
	k.rows = func(in []*fact, _ *fact, _ int) bool { return in[0].class == byRow }
	return k
}

// buildReshape makes the operator Reshape.
func buildReshape(n *node) (*kernel, error) {
	if n.version >= 14 && n.flag("allowzero", false) {
		return nil, errors.New("allowzero is not supported")
	}
	k := reshaping(n.in[0].typ, reshape)
	k.dims = []int{1}
	return k, n.wantOf(Int64, 1)
}

// reshape: a dimension of 0 is that of the input, one of -1 what is left.
func reshape(in, out []*Tensor) error {
	want, err := numbers(in[1])
	if err != nil {
		return err
	}
	o, total, known, free := out[0], product(in[0].Dims), 1, -1
	o.setDims()
	for i, d := range want {
		switch {
		case d == 0 && i < len(in[0].Dims):
			d = int64(in[0].Dims[i])
		case d == -1 && free < 0:
			free, d = i, 1
		case d <= 0 || d > maxElements:
			return fmt.Errorf("dimensions %v in place of %v", want, in[0].Dims)
		}
		o.Dims = append(o.Dims, int(d))
		known *= int(d)
	}
	if free >= 0 && known > 0 {
		o.Dims[free] = total / known
		known *= o.Dims[free]
	}
	if known != total {
		return fmt.Errorf("dimensions %v in place of %v", want, in[0].Dims)
	}
	return nil
}

// buildFlatten makes the operator Flatten.
func buildFlatten(n *node) (*kernel, error) {
	axis := n.int("axis", 1)
	return reshaping(n.in[0].typ, func(in, out []*Tensor) error {
		dims := in[0].Dims
		at := axis
		if at < 0 {
			at += int64(len(dims))
		}
		if at < 0 || at > int64(len(dims)) {
			return fmt.Errorf("axis %d of %d dimensions", axis, len(dims))
		}
		out[0].setDims(product(dims[:at]), product(dims[at:]))
		return nil
	}), nil
}

// buildSqueeze makes the operator Squeeze.
func buildSqueeze(n *node) (*kernel, error) {
	k := reshaping(n.in[0].typ, squeeze)
	if !n.given(1) {
		k.rows = never // a batch of one row would lose that dimension
	}
	return k, n.wantOf(Int64, 1)
}

func squeeze(in, out []*Tensor) error {
	dims := in[0].Dims
	var set [maxRank]bool
	for i, d := range dims {
		set[i] = d == 1
	}
	if len(in) > 1 && in[1] != nil {
		axes, err := numbers(in[1])
		if err == nil {
			set, err = axesOf(axes, len(dims))
		}
		if err != nil {
			return err
		}
	}
	out[0].setDims()
	for i, d := range dims {
		if set[i] && d != 1 {
			return fmt.Errorf("axis %d of dimensions %v is not 1", i, dims)
		}
		if !set[i] {
			out[0].Dims = append(out[0].Dims, d)
		}
	}
	return nil
}

// buildUnsqueeze makes the operator Unsqueeze.
func buildUnsqueeze(n *node) (*kernel, error) {
	return reshaping(n.in[0].typ, unsqueeze), n.wantOf(Int64, 1)
}

func unsqueeze(in, out []*Tensor) error {
	axes, err := numbers(in[1])
	if err != nil {
		return err
	}
	rank := len(in[0].Dims) + len(axes)
	set, err := axesOf(axes, rank)
	if err != nil {
		return err
	}
	out[0].setDims()
	from := 0
	for i := range rank {
		d := 1
		if !set[i] {
			d = in[0].Dims[from]
			from++
		}
		out[0].Dims = append(out[0].Dims, d)
	}
	return nil
}

// buildShape makes the operator Shape.
func buildShape(n *node) (*kernel, error) {
	start, end := n.int("start", 0), n.int("end", maxRank)
	if n.version < 15 && (n.has("start") || n.has("end")) {
		return nil, errors.New("start and end came with version 15")
	}
	part := func(dims []int) []int {
		from, to := within(start, len(dims)), within(end, len(dims))
		return dims[min(from, to):to]
	}
	return &kernel{types: []Type{Int64}, onlyShapes: true,
		shape: func(in, out []*Tensor) error {
			out[0].setDims(len(part(in[0].Dims)))
			return nil
		},
		run: func(in, out []*Tensor, _ *scratch) error {
			for i, d := range part(in[0].Dims) {
				out[0].Ints[i] = int64(d)
			}
			return nil
		}}, nil
}

// within moves a position, counted from the end where negative, into [0, n].
func within(at int64, n int) int {
	if at < 0 {
		at += int64(n)
	}
	return int(min(max(at, 0), int64(n)))
}

// buildTranspose makes the operator Transpose.
func buildTranspose(n *node) (*kernel, error) {
	perm := n.ints("perm")
	order := func(rank int) ([]int64, error) {
		if perm == nil {
			p := make([]int64, rank)
			for i := range p {
				p[i] = int64(rank - 1 - i)
			}
			return p, nil
		}
		_, err := axesOf(perm, rank)
		if err != nil || len(perm) != rank || slices.ContainsFunc(perm, func(a int64) bool { return a < 0 }) {
			return nil, fmt.Errorf("permutation %v of %d dimensions", perm, rank)
		}
		return perm, nil
	}
	shape := func(in, out []*Tensor) error {
		p, err := order(len(in[0].Dims))
		out[0].setDims()
		for _, a := range p {
			out[0].Dims = append(out[0].Dims, in[0].Dims[a])
		}
		return err
	}
	k := viewing(n.in[0].typ, shape, func(in []*Tensor, out *Tensor) (view, error) {
		p, err := order(len(in[0].Dims))
		v, steps := viewOf(out.Dims), stepsOf(in[0].Dims)
		for i, a := range p {
			v.steps[i] = steps[a]
		}
		return v, err
	})
	k.rows = func(in []*fact, _ *fact, _ int) bool {
		p, err := order(in[0].rank())
		return err == nil && p[0] == 0
	}
	return k, nil
}
