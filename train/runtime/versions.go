package runtime

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// formerly lists attributes that became inputs, by the operator: the version in which
// they did, and the attributes in the order of the inputs that follow the first one.
// Converters write the lowest version that has their operators.
func formerly(op string) (version int64, names []string) {
	switch op {
	case "Clip":
		return 11, []string{"min", "max"}
	case "Slice":
		return 10, []string{"starts", "ends", "axes"}
	case "Split":
		return 13, []string{"split"}
	case "Squeeze", "Unsqueeze":
		return 13, []string{"axes"}
	case "TopK":
		return 10, []string{"k"}
	}
	return 0, nil
}

// modern is a node whose attributes that became inputs are inputs.
func (c *compiler) modern(index int, n onnx.Node) (onnx.Node, error) {
	since, names := formerly(n.Op)
	version, _ := c.file.Version(n.Domain)
	if n.Domain != "" || version >= since || len(n.Inputs) == 0 {
		return n, nil
	}
	n.Inputs, n.Attributes = slices.Clone(n.Inputs), slices.Clone(n.Attributes)
	if len(n.Inputs) != 1 {
		return n, fmt.Errorf("%d inputs", len(n.Inputs))
	}
	for _, name := range names {
		at := slices.IndexFunc(n.Attributes, func(a onnx.Attribute) bool { return a.Name == name })
		if at < 0 {
			n.Inputs = append(n.Inputs, "")
			continue
		}
		value := fmt.Sprintf("\x00%d.%s", index, name)
		t, typ := constantOf(tensorOf(n.Attributes[at].Value))
		if f := c.facts[n.Inputs[0]]; typ == Float && f != nil && f.typ == Double {
			t.Doubles, typ = doublesOf(t, Float, nil), Double
		}
		if err := c.define(value, &fact{typ: typ, class: constant, known: true, value: t}); err != nil {
			return n, err
		}
		n.Inputs, n.Attributes = append(n.Inputs, value), slices.Delete(n.Attributes, at, at+1)
	}
	for n.Inputs[len(n.Inputs)-1] == "" {
		n.Inputs = n.Inputs[:len(n.Inputs)-1]
	}
	return n, nil
}

// tensorOf is the value of an attribute as a tensor.
func tensorOf(value any) onnx.Tensor {
	switch v := value.(type) {
	case int64:
		return onnx.Tensor{Dims: []int64{1}, Data: []int64{v}}
	case float32:
		return onnx.Tensor{Data: []float32{v}}
	case []int64:
		return onnx.Tensor{Dims: []int64{int64(len(v))}, Data: v}
	case []float32:
		return onnx.Tensor{Dims: []int64{int64(len(v))}, Data: v}
	case []string:
		return onnx.Tensor{Dims: []int64{int64(len(v))}, Data: v}
	case string:
		return onnx.Tensor{Data: []string{v}}
	}
	return value.(onnx.Tensor)
}
