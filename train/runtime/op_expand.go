package runtime

import (
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// buildExpand makes the operator Expand: broadcasting to given dimensions.
func buildExpand(n *node) (*kernel, error) {
	k := viewing(n.in[0].typ, expandShape, func(in []*Tensor, out *Tensor) (view, error) {
		v := viewOf(out.Dims)
		stridesTo(&v.steps, out.Dims, in[0].Dims)
		return v, nil
	})
	k.dims = []int{1}
	k.rows = func(in []*fact, out *fact, mark int) bool { return elementwise(in[:1], out, mark) }
	return k, n.wantOf(Int64, 1)
}

func expandShape(in, out []*Tensor) error {
	want, err := numbers(in[1])
	if err != nil {
		return err
	}
	shape := Tensor{Dims: make([]int, len(want))}
	for i, d := range want {
		if d < 0 || d > maxElements {
			return fmt.Errorf("dimensions %v", want)
		}
		shape.Dims[i] = int(d)
	}
	return broadcastShape([]*Tensor{in[0], &shape}, out)
}

// buildTile makes the operator Tile.
func buildTile(n *node) (*kernel, error) {
	t := n.in[0].typ
	k := &kernel{types: []Type{t}, shape: tileShape, dims: []int{1},
		rows: func(in []*fact, out *fact, mark int) bool {
			return in[0].class == byRow && in[0].rank() == out.rank()
		},
		run: runFor(t, repeat[float32], repeat[float64], repeat[int64], repeat[string], repeat[bool])}
	return k, n.wantOf(Int64, 1)
}

func tileShape(in, out []*Tensor) error {
	repeats, err := numbers(in[1])
	if err != nil {
		return err
	}
	if len(repeats) != len(in[0].Dims) {
		return fmt.Errorf("%d repeats for %d dimensions", len(repeats), len(in[0].Dims))
	}
	out[0].setDims()
	for i, r := range repeats {
		if r < 0 || r > maxElements {
			return fmt.Errorf("repeats %v", repeats)
		}
		out[0].Dims = append(out[0].Dims, in[0].Dims[i]*int(r))
	}
	return nil
}

func repeat[T Element](in, out []*Tensor, _ *scratch) error {
	src, dst := *elements[T](in[0]), *elements[T](out[0])
	steps := stepsOf(in[0].Dims)
	var at [maxRank]int
	for i := range dst {
		from := 0
		for k, d := range in[0].Dims {
			from += at[k] % d * steps[k]
		}
		dst[i] = src[from]
		advance(&at, out[0].Dims)
	}
	return nil
}

// buildConstantOfShape makes the operator ConstantOfShape.
func buildConstantOfShape(n *node) (*kernel, error) {
	value, t := &Tensor{Dims: []int{1}, Floats: []float32{0}}, Float
	if v := attributeOf(n, "value", onnx.Tensor{}); v.Data != nil {
		value, t = constantOf(v)
	}
	if value.size(t) != 1 {
		return nil, errors.New("attribute value must have one element")
	}
	repeated := viewing(t, nil, func(_ []*Tensor, out *Tensor) (view, error) { return viewOf(out.Dims), nil })
	k := &kernel{types: []Type{t}, dims: []int{0}, rows: always,
		shape: func(in, out []*Tensor) error {
			scalar := Tensor{}
			return expandShape([]*Tensor{&scalar, in[0]}, out)
		},
		run: func(_, out []*Tensor, s *scratch) error { return repeated.run([]*Tensor{value}, out, s) }}
	return k, n.wantOf(Int64, 0)
}

// buildConstant makes the operator Constant.
func buildConstant(n *node) (*kernel, error) {
	var value *Tensor
	var t Type
	for _, name := range []string{"value", "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"} {
		switch v := n.attribute(name).(type) {
		case nil:
		case onnx.Tensor:
			value, t = constantOf(v)
		case float32:
			value, t = &Tensor{Floats: []float32{v}}, Float
		case []float32:
			value, t = &Tensor{Dims: []int{len(v)}, Floats: v}, Float
		case int64:
			value, t = &Tensor{Ints: []int64{v}}, Int64
		case []int64:
			value, t = &Tensor{Dims: []int{len(v)}, Ints: v}, Int64
		case string:
			value, t = &Tensor{Strings: []string{v}}, String
		case []string:
			value, t = &Tensor{Dims: []int{len(v)}, Strings: v}, String
		}
	}
	if value == nil {
		return nil, errors.New("no value")
	}
	return &kernel{types: []Type{t},
		shape: func(_, out []*Tensor) error {
			out[0].setDims(value.Dims...)
			return nil
		},
		run: func(_, out []*Tensor, _ *scratch) error {
			copyAt(out[0], 0, value, t)
			return nil
		}}, nil
}

// buildOneHot makes the operator OneHot.
func buildOneHot(n *node) (*kernel, error) {
	if err := n.wantOf(Int64, 1); err != nil {
		return nil, err
	}
	o := oneHot{axis: n.int("axis", -1)}
	t := n.in[2].typ
	k := &kernel{types: []Type{t}, shape: o.shape, run: runFor(t, indicate[float32](o), indicate[float64](o), indicate[int64](o), indicate[string](o), indicate[bool](o)),
		rows: func(in []*fact, out *fact, mark int) bool {
			axis, err := axisOf(o.axis, out.rank())
			return err == nil && axis != 0 && first(in, out, mark)
		}}
	return k, n.wantOf(Int64, 0)
}

type oneHot struct{ axis int64 }

func (o oneHot) shape(in, out []*Tensor) error {
	axis, err := axisOf(o.axis, len(in[0].Dims)+1)
	if err != nil {
		return err
	}
	if in[1].Ints == nil {
		return errUnknown
	}
	depth, _, err := scalar[int64](in, 1)
	if err != nil || depth < 0 || depth > maxElements {
		return fmt.Errorf("a depth of %v", in[1].Ints)
	}
	out[0].setDims(in[0].Dims[:axis]...)
	out[0].Dims = append(append(out[0].Dims, int(depth)), in[0].Dims[axis:]...)
	return nil
}

// indicate: an index below zero counts from the end, and one outside sets
// nothing.
func indicate[T Element](o oneHot) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		values, dst := *elements[T](in[2]), *elements[T](out[0])
		if len(values) != 2 {
			return fmt.Errorf("%d values in place of off and on", len(values))
		}
		axis, err := axisOf(o.axis, len(out[0].Dims))
		if err != nil {
			return err
		}
		_, depth, inner := around(out[0].Dims, axis)
		fill(dst, values[0])
		for i, at := range in[0].Ints {
			if at < 0 {
				at += int64(depth)
			}
			if at >= 0 && at < int64(depth) {
				dst[(i/inner*depth+int(at))*inner+i%inner] = values[1]
			}
		}
		return nil
	}
}
