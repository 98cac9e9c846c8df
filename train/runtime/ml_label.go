package runtime

import (
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// buildLabelEncoder makes the operator LabelEncoder: a table of keys and
// values, the first of equal keys counts, and a default.
func buildLabelEncoder(n *node) (*kernel, error) {
	if n.version < 2 {
		return nil, errors.New("version 1 of this operator is not supported")
	}
	var keys, values lists
	var missing Tensor
	for _, name := range []string{"strings", "int64s", "floats", "tensor"} {
		if err := keys.add(n, "keys_"+name); err != nil {
			return nil, err
		}
		if err := values.add(n, "values_"+name); err != nil {
			return nil, err
		}
	}
	missing.Strings = []string{n.text("default_string", "_Unused")}
	missing.Ints = []int64{n.int("default_int64", -1)}
	missing.Floats = []float32{n.float("default_float", 0)}
	if t := attributeOf(n, "default_tensor", onnx.Tensor{}); t.Data != nil {
		v, typ := constantOf(t)
		if v.size(typ) != 1 || typ != values.typ {
			return nil, errors.New("default_tensor is no single value of the values' type")
		}
		missing = *v
	}
	if keys.typ == 0 || values.typ == 0 || keys.size(keys.typ) != values.size(values.typ) {
		return nil, errors.New("keys and values are not given, or not equally many")
	}
	if n.in[0].typ != keys.typ {
		return nil, fmt.Errorf("elements of type %v for keys of type %v", n.in[0].typ, keys.typ)
	}
	keys.nan = n.version >= 4
	return encoderOf(&keys, &values, &missing), nil
}

// lists is a tensor of the one type that an attribute gave.
type lists struct {
	Tensor
	typ Type
	nan bool // as a key, NaN equals itself
}

func (l *lists) add(n *node, name string) error {
	was := l.typ
	switch v := n.attribute(name).(type) {
	case nil:
		return nil
	case []string:
		l.Strings, l.typ = v, String
	case []int64:
		l.Ints, l.typ = v, Int64
	case []float32:
		l.Floats, l.typ = v, Float
	case onnx.Tensor:
		t, typ := constantOf(v)
		l.Tensor, l.typ = *t, typ
	default:
		return fmt.Errorf("attribute %s is a %T", name, v)
	}
	if was != 0 {
		return fmt.Errorf("attribute %s beside another of its kind", name)
	}
	return nil
}

func encoderOf(keys, values *lists, missing *Tensor) *kernel {
	switch keys.typ {
	case String:
		return encoderFrom[string](keys, values, missing)
	case Int64:
		return encoderFrom[int64](keys, values, missing)
	default:
		return encoderFrom[float32](keys, values, missing)
	}
}

func encoderFrom[K Element](keys, values *lists, missing *Tensor) *kernel {
	switch values.typ {
	case String:
		return encoder[K, string](keys, values, missing)
	case Int64:
		return encoder[K, int64](keys, values, missing)
	default:
		return encoder[K, float32](keys, values, missing)
	}
}

func encoder[K, V Element](keys, values *lists, missing *Tensor) *kernel {
	from, to := *elements[K](&keys.Tensor), *elements[V](&values.Tensor)
	other := (*elements[V](missing))[0]
	table := make(map[K]V, len(from))
	nan, hasNaN := other, false // NaN is not found in a map
	for i, k := range from {
		if _, twice := table[k]; !twice && !isNaN(k) {
			table[k] = to[i]
		} else if isNaN(k) && !hasNaN && keys.nan {
			nan, hasNaN = to[i], true
		}
	}
	return unary(values.typ, func(dst []V, src []K) {
		for i, k := range src {
			v, ok := table[k]
			if !ok {
				v = other
				if isNaN(k) {
					v = nan
				}
			}
			dst[i] = v
		}
	})
}

// isNaN is true for what does not equal itself.
func isNaN[T comparable](v T) bool {
	w := v
	return v != w
}

// buildOneHotEncoder makes the operator OneHotEncoder: of equal categories the
// last counts.
func buildOneHotEncoder(n *node) (*kernel, error) {
	ints, texts, zeros := n.ints("cats_int64s"), n.texts("cats_strings"), n.flag("zeros", true)
	t, err := n.want(0, Int64, Float, String)
	if err != nil {
		return nil, err
	}
	if len(ints) > 0 == (len(texts) > 0) || (t == String) != (len(texts) > 0) {
		return nil, fmt.Errorf("categories do not fit elements of type %v", t)
	}
	width := len(ints) + len(texts)
	k := &kernel{types: []Type{Float}, rows: first,
		shape: func(in, out []*Tensor) error {
			out[0].setDims(in[0].Dims...)
			out[0].Dims = append(out[0].Dims, width)
			return nil
		}}
	switch t {
	case Int64:
		k.run = oneHotOf(positions(ints), width, zeros)
	case String:
		k.run = oneHotOf(positions(texts), width, zeros)
	default:
		find := positions(ints)
		k.run = oneHotOf(func(v float32) (int, bool) { return find(truncated(float64(v))) }, width, zeros)
	}
	return k, nil
}

// positions is a function from a value to its last position.
func positions[T comparable](values []T) func(T) (int, bool) {
	at := make(map[T]int, len(values))
	for i, v := range values {
		at[v] = i
	}
	return func(v T) (int, bool) {
		i, ok := at[v]
		return i, ok
	}
}

func oneHotOf[T Element](find func(T) (int, bool), width int, zeros bool) func(in, out []*Tensor, s *scratch) error {
	return func(in, out []*Tensor, _ *scratch) error {
		dst := out[0].Floats
		fill(dst, 0)
		for i, v := range *elements[T](in[0]) {
			at, ok := find(v)
			if ok {
				dst[i*width+at] = 1
			} else if !zeros {
				return fmt.Errorf("%v is not a category", v)
			}
		}
		return nil
	}
}
