package serve

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/train/runtime"
)

// datatype is the protocol's name of a type.
func datatype(t runtime.Type) string {
	switch t {
	case runtime.Float:
		return "FP32"
	case runtime.Double:
		return "FP64"
	case runtime.Int64:
		return "INT64"
	case runtime.Bool:
		return "BOOL"
	}
	return "BYTES"
}

// shape are the dimensions of a value as the protocol has them: -1 for what has no
// size of its own.
func shape(v runtime.Value) []int {
	out := make([]int, len(v.Dims))
	for i, d := range v.Dims {
		out[i] = max(d, -1)
	}
	return out
}

// shapeText is a shape for people.
func shapeText(v runtime.Value) string {
	parts := make([]string, len(v.Dims))
	for i, d := range v.Dims {
		switch {
		case d == runtime.Rows:
			parts[i] = "rows"
		case d < 0:
			parts[i] = "any"
		default:
			parts[i] = fmt.Sprint(d)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// product is the number of elements of a shape; false where that is more than limit.
func product(dims []int, limit int) (int, bool) {
	n := 1
	for _, d := range dims {
		if d == 0 {
			return 0, true
		}
	}
	for _, d := range dims {
		if d > limit/n {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// fitted gives a tensor the dimensions that the model asks for, where those differ by
// a last one of 1 alone: a column is [rows] to some clients and [rows, 1] to others.
func fitted(dims []int, v runtime.Value) []int {
	switch {
	case len(dims) == 1 && len(v.Dims) == 2 && v.Dims[1] == 1:
		return []int{dims[0], 1}
	case len(dims) == 2 && dims[1] == 1 && len(v.Dims) == 1:
		return dims[:1]
	}
	return dims
}

// fits compares dimensions with what the model asks for.
func fits(dims []int, v runtime.Value) bool {
	if v.Dims == nil {
		return true
	}
	if len(dims) != len(v.Dims) {
		return false
	}
	for i, d := range v.Dims {
		if d >= 0 && d != dims[i] {
			return false
		}
	}
	return true
}
