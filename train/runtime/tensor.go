package runtime

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// Type is the type of a tensor's elements.
type Type uint8

// The types that tensors have here.
const (
	Float  Type = iota + 1 // float32
	Double                 // float64
	Int64                  // int64, which stands for int32 too
	String                 // string
	Bool                   // bool
)

// String is the type's name in Go.
func (t Type) String() string {
	if t > Bool {
		t = 0
	}
	return [...]string{"unknown", "float32", "float64", "int64", "string", "bool"}[t]
}

// typeOf is the type of an ONNX element type; zero where it is not supported.
func typeOf(element int64) Type {
	switch element {
	case onnx.Float:
		return Float
	case onnx.Double:
		return Double
	case onnx.Int64, onnx.Int32:
		return Int64
	case onnx.String:
		return String
	case onnx.Bool:
		return Bool
	}
	return 0
}

// Tensor is an array of elements in row-major order. One of the slices, that of
// its type, holds as many elements as the product of Dims; a tensor without
// dimensions is a scalar.
type Tensor struct {
	Dims    []int
	Floats  []float32
	Doubles []float64
	Ints    []int64
	Strings []string
	Bools   []bool
}

// Element is a type of tensor elements.
type Element interface {
	float32 | float64 | int64 | string | bool
}

// Column is a tensor of one value a row, which is what the inputs of exported
// models are. It keeps the slice.
func Column[T Element](values []T) Tensor { return Matrix(values, len(values), 1) }

// Matrix is a tensor of rows by width values in row-major order. It keeps the
// slice.
func Matrix[T Element](values []T, rows, width int) Tensor {
	t := Tensor{Dims: []int{rows, width}}
	*elements[T](&t) = values
	return t
}

// Rows and Unknown stand for dimensions without a fixed size: that of the rows
// of a batch, and any other.
const (
	Rows    = onnx.Rows
	Unknown = onnx.Unknown
)

// Value describes an input or output of a model. Dims is nil where the model
// declares none.
type Value struct {
	Name string
	Type Type
	Dims []int
}

// String is the value as name: type[dims].
func (v Value) String() string { return v.Name + ": " + v.Type.String() + dimsText(v.Dims) }

func dimsText(dims []int) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		switch d {
		case Rows:
			parts[i] = "rows"
		case Unknown:
			parts[i] = "?"
		default:
			parts[i] = fmt.Sprint(d)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// elements is the slice of a tensor that holds elements of a type.
func elements[T Element](t *Tensor) *[]T {
	var p any
	switch any(*new(T)).(type) {
	case float32:
		p = &t.Floats
	case float64:
		p = &t.Doubles
	case int64:
		p = &t.Ints
	case string:
		p = &t.Strings
	default:
		p = &t.Bools
	}
	return p.(*[]T)
}

// size is the number of elements of a type that a tensor holds.
func (t *Tensor) size(typ Type) int {
	switch typ {
	case Float:
		return len(t.Floats)
	case Double:
		return len(t.Doubles)
	case Int64:
		return len(t.Ints)
	case String:
		return len(t.Strings)
	}
	return len(t.Bools)
}

// resize makes room for n elements, whose content is not defined.
func (t *Tensor) resize(typ Type, n int) {
	switch typ {
	case Float:
		t.Floats = grow(t.Floats, n)
	case Double:
		t.Doubles = grow(t.Doubles, n)
	case Int64:
		t.Ints = grow(t.Ints, n)
	case String:
		t.Strings = grow(t.Strings, n)
	default:
		t.Bools = grow(t.Bools, n)
	}
}

// grow returns a slice of n elements, not nil, in the memory of s where that is
// enough.
func grow[T any](s []T, n int) []T {
	if n <= cap(s) && s != nil {
		return s[:n]
	}
	return make([]T, n)
}

// setDims sets the dimensions in the tensor's own memory.
func (t *Tensor) setDims(dims ...int) { t.Dims = append(t.Dims[:0], dims...) }
