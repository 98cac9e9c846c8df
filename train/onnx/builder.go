package onnx

import "fmt"

// Builder collects a graph. Names that it makes begin with a slash, so they
// never meet those of inputs and outputs.
type Builder struct {
	Graph Graph
	names map[string]int
}

// Name returns a name for an internal value that was not used before:
// "/" + prefix, with a number where that is taken.
func (b *Builder) Name(prefix string) string {
	if b.names == nil {
		b.names = map[string]int{}
	}
	n := b.names[prefix]
	b.names[prefix] = n + 1
	if n == 0 {
		return "/" + prefix
	}
	return fmt.Sprintf("/%s_%d", prefix, n)
}

// Node adds a node as it is.
func (b *Builder) Node(n Node) { b.Graph.Nodes = append(b.Graph.Nodes, n) }

// Apply adds a node of ai.onnx without attributes and returns its output,
// named after prefix.
func (b *Builder) Apply(op, prefix string, in ...string) string {
	return b.With(op, prefix, nil, in...)
}

// With is [Builder.Apply] with attributes.
func (b *Builder) With(op, prefix string, attributes []Attribute, in ...string) string {
	out := b.Name(prefix)
	b.Node(Node{Op: op, Inputs: in, Outputs: []string{out}, Attributes: attributes})
	return out
}

// ML is [Builder.With] for an operator of ai.onnx.ml.
func (b *Builder) ML(op, prefix string, attributes []Attribute, in ...string) string {
	out := b.Name(prefix)
	b.Node(Node{Op: op, Domain: DomainML, Inputs: in, Outputs: []string{out}, Attributes: attributes})
	return out
}

// reduceInputs is the first version of ai.onnx in which all reductions take
// their axes as an input, and Split says into how many.
const reduceInputs = 18

// Reduce applies a reduction over the columns of a matrix, which keeps its rank.
func (b *Builder) Reduce(op, prefix, in string) string {
	if b.Graph.Opset >= reduceInputs {
		return b.Apply(op, prefix, in, b.Constant("axes", []int64{1}, []int64{1}))
	}
	return b.With(op, prefix, []Attribute{{Name: "axes", Value: []int64{1}}}, in)
}

// Columns cuts a matrix into its n columns.
func (b *Builder) Columns(prefix, in string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = b.Name(prefix)
	}
	attributes := []Attribute{Int("axis", 1)}
	if b.Graph.Opset >= reduceInputs {
		attributes = append(attributes, Int("num_outputs", int64(n)))
	}
	b.Node(Node{Op: "Split", Inputs: []string{in}, Outputs: out, Attributes: attributes})
	return out
}

// Constant adds a tensor and returns its name. Data is a []float32, []float64 or
// []int64 in row-major order.
func (b *Builder) Constant(prefix string, dims []int64, data any) string {
	name := b.Name(prefix)
	b.Graph.Initializers = append(b.Graph.Initializers, Tensor{Name: name, Dims: dims, Data: data})
	return name
}

// Number adds a constant of one number, in float64 or in float32.
func (b *Builder) Number(prefix string, dims []int64, v float64, double bool) string {
	if double {
		return b.Constant(prefix, dims, []float64{v})
	}
	return b.Constant(prefix, dims, []float32{float32(v)})
}

// Int is an integer attribute.
func Int(name string, v int64) Attribute { return Attribute{Name: name, Value: v} }

// Real is a float attribute.
func Real(name string, v float32) Attribute { return Attribute{Name: name, Value: v} }

// Text is a string attribute.
func Text(name, v string) Attribute { return Attribute{Name: name, Value: v} }
