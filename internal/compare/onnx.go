package compare

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// models are the parts in which two ONNX models differ: none where the difference is in what is no part of the
// computation. Numbers that are as close as limit says are no difference. It fails where one cannot be read.
func models(a, b []byte, limit float64) ([]string, error) {
	left, err := onnx.Decode(a)
	if err != nil {
		return nil, err
	}
	right, err := onnx.Decode(b)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, part := range []struct {
		name string
		a, b any
	}{{"metadata", left.Metadata, right.Metadata}, {"inputs", left.Graph.Inputs, right.Graph.Inputs}, {"outputs", left.Graph.Outputs, right.Graph.Outputs}, {"imports", left.Imports, right.Imports}} {
		if !reflect.DeepEqual(part.a, part.b) {
			out = append(out, "the "+part.name+" of the model")
		}
	}
	if len(left.Graph.Nodes) != len(right.Graph.Nodes) {
		out = append(out, fmt.Sprintf("%d nodes, now %d", len(left.Graph.Nodes), len(right.Graph.Nodes)))
	}
	for i := range min(len(left.Graph.Nodes), len(right.Graph.Nodes)) {
		out = append(out, node(i, left.Graph.Nodes[i], right.Graph.Nodes[i], limit)...)
	}
	return append(out, tensors(left.Graph.Initializers, right.Graph.Initializers, limit)...), nil
}

// tensors compares constants by name.
func tensors(a, b []onnx.Tensor, limit float64) []string {
	var out []string
	other := byName(b)
	for _, t := range a {
		u, ok := other[t.Name]
		if !ok {
			out = append(out, fmt.Sprintf("tensor %s: is not there now", t.Name))
			continue
		}
		delete(other, t.Name)
		if !slices.Equal(t.Dims, u.Dims) {
			out = append(out, fmt.Sprintf("tensor %s: of shape %v, now %v", t.Name, t.Dims, u.Dims))
			continue
		}
		if d := values("tensor "+t.Name, t.Data, u.Data, limit); d != "" {
			out = append(out, d)
		}
	}
	for _, t := range b {
		if _, ok := other[t.Name]; ok {
			out = append(out, fmt.Sprintf("tensor %s: was not there", t.Name))
		}
	}
	return out
}

func byName(tensors []onnx.Tensor) map[string]onnx.Tensor {
	out := map[string]onnx.Tensor{}
	for _, t := range tensors {
		out[t.Name] = t
	}
	return out
}

// node compares two nodes at the same position.
func node(i int, a, b onnx.Node, limit float64) []string {
	if a.Op != b.Op || a.Domain != b.Domain || !reflect.DeepEqual(a.Inputs, b.Inputs) || !reflect.DeepEqual(a.Outputs, b.Outputs) {
		return []string{fmt.Sprintf("node %d: %s, now %s", i, a.Op, b.Op)}
	}
	var out []string
	other := map[string]any{}
	for _, attr := range b.Attributes {
		other[attr.Name] = attr.Value
	}
	for _, attr := range a.Attributes {
		if d := values(fmt.Sprintf("node %d %s, attribute %s", i, a.Op, attr.Name), attr.Value, other[attr.Name], limit); d != "" {
			out = append(out, d)
		}
	}
	if len(out) == 0 && len(a.Attributes) != len(b.Attributes) {
		out = append(out, fmt.Sprintf("node %d %s: %d attributes, now %d", i, a.Op, len(a.Attributes), len(b.Attributes)))
	}
	return out
}

// values names the first difference of two lists of values, or of two single ones; "" for equal ones.
func values(what string, a, b any, limit float64) string {
	left, right := numbers(a), numbers(b)
	if left == nil || right == nil || len(left) != len(right) {
		if reflect.DeepEqual(a, b) {
			return ""
		}
		return fmt.Sprintf("%s: %s, now %s", what, short(fmt.Sprint(a)), short(fmt.Sprint(b)))
	}
	at, count, widest := -1, 0, 0.0
	for i := range left {
		if isClose(left[i], right[i], limit) {
			continue
		}
		if at < 0 {
			at = i
		}
		count++
		widest = max(widest, math.Abs(left[i]-right[i]))
	}
	if at < 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d of %d values, by at most %.3g; [%d] is %v, now %v", what, count, len(left), widest, at, left[at], right[at])
}

// isClose reports whether two numbers are the same bits, or at most limit apart: absolutely up to 1, above that in
// proportion to the larger one.
func isClose(a, b, limit float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || limit > 0 && math.Abs(a-b) <= float64(limit*max(1, math.Abs(a), math.Abs(b)))
}

// numbers are the values of a list of floating-point numbers; nil for other values.
func numbers(v any) []float64 {
	switch v := v.(type) {
	case float32:
		return []float64{float64(v)}
	case []float32:
		out := make([]float64, len(v))
		for i, x := range v {
			out[i] = float64(x)
		}
		return out
	case []float64:
		return v
	}
	return nil
}
