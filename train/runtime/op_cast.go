package runtime

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// buildCast makes the operator Cast.
func buildCast(n *node) (*kernel, error) {
	from, err := n.want(0, Float, Double, Int64, String, Bool)
	if err != nil {
		return nil, err
	}
	element := n.int("to", 0)
	to := typeOf(element)
	n.int("saturate", 1) // for types that are not supported here
	k := cast(from, to)
	if k == nil {
		return nil, fmt.Errorf("cast from %v to ONNX type %d is not supported", from, element)
	}
	k.inOrder = true
	if element == onnx.Int32 && from != Bool {
		k = narrowed(k)
	}
	if from == Int64 && to == Int64 {
		k.extents = 1
	}
	return k, nil
}

func cast(from, to Type) *kernel {
	switch from {
	case Float:
		return castReal[float32](to)
	case Double:
		if to == String {
			return nil // ONNX Runtime's form is not known well enough
		}
		return castReal[float64](to)
	case Int64:
		return castInt(to)
	case String:
		return castText(to)
	default:
		return castBool(to)
	}
}

func castReal[T real](to Type) *kernel {
	switch to {
	case Float:
		return unary(to, convert(func(v T) float32 { return float32(v) }))
	case Double:
		return unary(to, convert(func(v T) float64 { return float64(v) }))
	case Int64:
		return unary(to, convert(func(v T) int64 { return truncated(float64(v)) }))
	case Bool:
		return unary(to, convert(func(v T) bool { return v != 0 }))
	case String:
		return unary(to, convert(func(v T) string { return floatText(float32(v)) }))
	}
	return nil
}

func castInt(to Type) *kernel {
	switch to {
	case Float:
		return unary(to, convert(func(v int64) float32 { return float32(v) }))
	case Double:
		return unary(to, convert(func(v int64) float64 { return float64(v) }))
	case Int64:
		return same(to)
	case Bool:
		return unary(to, convert(func(v int64) bool { return v != 0 }))
	case String:
		return unary(to, convert(func(v int64) string { return strconv.FormatInt(v, 10) }))
	}
	return nil
}

func castBool(to Type) *kernel {
	switch to {
	case Float:
		return unary(to, convert(func(v bool) float32 { return float32(bit(v)) }))
	case Double:
		return unary(to, convert(func(v bool) float64 { return float64(bit(v)) }))
	case Int64:
		return unary(to, convert(bit))
	case Bool:
		return same(to)
	}
	return nil
}

func castText(to Type) *kernel {
	switch to {
	case Float:
		return parsing(to, parseReal[float32](32))
	case Double:
		return parsing(to, parseReal[float64](64))
	case Int64:
		return parsing(to, func(s string) (int64, error) { return strconv.ParseInt(strings.TrimSpace(s), 10, 64) })
	case String:
		return same(to)
	}
	return nil
}

// narrowed keeps the lower 32 bits of the integers that a kernel makes.
func narrowed(k *kernel) *kernel {
	run := k.run
	k.run = func(in, out []*Tensor, s *scratch) error {
		err := run(in, out, s)
		for i, v := range out[0].Ints {
			out[0].Ints[i] = int64(int32(v))
		}
		return err
	}
	return k
}

// convert makes of a function of an element one of runs.
func convert[T, U Element](f func(T) U) func(dst []U, src []T) {
	return func(dst []U, src []T) {
		for i, v := range src {
			dst[i] = f(v)
		}
	}
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// truncated is v without its fraction; the smallest integer where that does
// not fit, which is what processors of the x86 family give.
func truncated(v float64) int64 {
	if v >= -(1<<63) && v < 1<<63 {
		return int64(v)
	}
	return math.MinInt64
}

// floatText is a float with eight significant digits, as ONNX Runtime has it.
func floatText(v float32) string {
	switch f := float64(v); {
	case v != v:
		return "NaN"
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	default:
		return strconv.FormatFloat(f, 'g', 8, 32)
	}
}

func parseReal[T real](bits int) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), bits)
		return T(v), err
	}
}

func parsing[T Element](to Type, f func(string) (T, error)) *kernel {
	k := unary(to, func([]T, []string) {})
	k.run = func(in, out []*Tensor, _ *scratch) (err error) {
		dst := *elements[T](out[0])
		for i, v := range in[0].Strings {
			if dst[i], err = f(v); err != nil {
				return err
			}
		}
		return nil
	}
	return k
}

// same is the kernel that copies.
func same(t Type) *kernel {
	return &kernel{types: []Type{t}, shape: sameShape, rows: first, inOrder: true,
		run: runFor(t, duplicate[float32], duplicate[float64], duplicate[int64], duplicate[string], duplicate[bool])}
}

func duplicate[T Element](in, out []*Tensor, _ *scratch) error {
	copy(*elements[T](out[0]), *elements[T](in[0]))
	return nil
}

func buildIdentity(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64, String, Bool)
	if err != nil {
		return nil, err
	}
	k := same(t)
	k.extents = 1
	return k, nil
}
