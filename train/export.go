package train

import (
	"fmt"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/table"
)

// Outputs of an exported classifier.
const (
	OutputLabel         = "label"         // string [rows]
	OutputProbabilities = "probabilities" // float32 [rows, classes], in the order of Schema.Classes
)

// exporter collects a graph. Internal values begin with a slash, which a
// feature's name may not ([reserved]), so the two never meet.
type exporter struct {
	graph onnx.Graph
	parts []string // names of the float [rows, n] blocks of features
}

// export builds the graph from raw columns to label and probabilities and
// returns its bytes.
func export(enc *features.Encoder, m logistic.Model, classes []string) []byte {
	x := &exporter{}
	x.numbers(enc)
	for i, c := range enc.Columns {
		if c.Type == job.TypeCategory {
			x.category(fmt.Sprintf("/category_%d", i), c)
		}
	}
	x.node(onnx.Node{Op: "Concat", Inputs: x.parts, Outputs: []string{"/features"}, Attributes: axis()})
	x.linear(m)
	x.classify(classes)
	model := onnx.Model{Graph: x.graph, Metadata: []onnx.Property{{Key: "modelbuild.schema", Value: fmt.Sprint(SchemaVersion)}}}
	return model.Encode()
}

// numbers fills, centres and scales all number columns at once.
func (x *exporter) numbers(enc *features.Encoder) {
	var names []string
	var fill, offset, divisor []float32
	for _, c := range enc.Columns {
		if c.Type != job.TypeNumber {
			continue
		}
		x.graph.Inputs = append(x.graph.Inputs, onnx.Value{Name: c.Name, Type: onnx.Float, Dims: []int64{onnx.Rows, 1}})
		names = append(names, c.Name)
		fill, offset, divisor = append(fill, c.Fill), append(offset, c.Offset), append(divisor, c.Divisor)
	}
	if len(names) == 0 {
		return
	}
	row := []int64{1, int64(len(names))}
	x.constant("/fill", row, fill)
	x.constant("/offset", row, offset)
	x.constant("/divisor", row, divisor)
	x.node(onnx.Node{Op: "Concat", Inputs: names, Outputs: []string{"/numbers"}, Attributes: axis()})
	x.apply("IsNaN", "/missing", "/numbers")
	x.apply("Where", "/filled", "/missing", "/fill", "/numbers")
	x.apply("Sub", "/centred", "/filled", "/offset")
	x.apply("Div", "/scaled", "/centred", "/divisor")
	x.parts = append(x.parts, "/scaled")
}

// category looks up a text's index, with every spelling of a missing value
// standing for the fill category and others for -1, and sets the indicator.
func (x *exporter) category(name string, c features.Fitted) {
	x.graph.Inputs = append(x.graph.Inputs, onnx.Value{Name: c.Name, Type: onnx.String, Dims: []int64{onnx.Rows, 1}})
	if len(c.Categories) == 0 {
		return
	}
	var keys []string
	var indices, all []int64
	for i, category := range c.Categories {
		all = append(all, int64(i))
		if !table.Missing(category) {
			keys, indices = append(keys, category), append(indices, int64(i))
		}
	}
	for _, missing := range table.MissingValues() {
		keys, indices = append(keys, missing), append(indices, int64(c.FillCategory))
	}
	x.node(onnx.Node{Op: "LabelEncoder", Domain: onnx.DomainML, Inputs: []string{c.Name}, Outputs: []string{name + "/index"},
		Attributes: []onnx.Attribute{{Name: "keys_strings", Value: keys}, {Name: "values_int64s", Value: indices},
			{Name: "default_int64", Value: int64(-1)}}})
	x.node(onnx.Node{Op: "OneHotEncoder", Domain: onnx.DomainML, Inputs: []string{name + "/index"}, Outputs: []string{name + "/indicators"},
		Attributes: []onnx.Attribute{{Name: "cats_int64s", Value: all}, {Name: "zeros", Value: int64(1)}}})
	x.constant(name+"/shape", []int64{2}, []int64{-1, int64(len(c.Categories))})
	x.apply("Reshape", name, name+"/indicators", name+"/shape")
	x.parts = append(x.parts, name)
}

// linear computes the logits; the coefficients are transposed to features by
// classes.
func (x *exporter) linear(m logistic.Model) {
	transposed := make([]float32, 0, len(m.Coefficients))
	for j := range m.Width {
		for k := range m.Classes {
			transposed = append(transposed, m.Coefficients[k*m.Width+j])
		}
	}
	x.constant("/coefficients", []int64{int64(m.Width), int64(m.Classes)}, transposed)
	x.constant("/intercepts", []int64{int64(m.Classes)}, m.Intercepts)
	x.apply("Gemm", "/logits", "/features", "/coefficients", "/intercepts")
}

func (x *exporter) classify(classes []string) {
	indices := make([]int64, len(classes))
	for k := range classes {
		indices[k] = int64(k)
	}
	x.node(onnx.Node{Op: "Softmax", Inputs: []string{"/logits"}, Outputs: []string{OutputProbabilities}, Attributes: axis()})
	x.node(onnx.Node{Op: "ArgMax", Inputs: []string{"/logits"}, Outputs: []string{"/class"},
		Attributes: append(axis(), onnx.Attribute{Name: "keepdims", Value: int64(0)})})
	x.node(onnx.Node{Op: "LabelEncoder", Domain: onnx.DomainML, Inputs: []string{"/class"}, Outputs: []string{OutputLabel},
		Attributes: []onnx.Attribute{{Name: "keys_int64s", Value: indices}, {Name: "values_strings", Value: classes}}})
	x.graph.Outputs = []onnx.Value{
		{Name: OutputLabel, Type: onnx.String, Dims: []int64{onnx.Rows}},
		{Name: OutputProbabilities, Type: onnx.Float, Dims: []int64{onnx.Rows, int64(len(classes))}},
	}
}

func (x *exporter) node(n onnx.Node) { x.graph.Nodes = append(x.graph.Nodes, n) }

// apply adds a node without attributes.
func (x *exporter) apply(op, out string, in ...string) {
	x.node(onnx.Node{Op: op, Inputs: in, Outputs: []string{out}})
}

func (x *exporter) constant(name string, dims []int64, data any) {
	x.graph.Initializers = append(x.graph.Initializers, onnx.Tensor{Name: name, Dims: dims, Data: data})
}

func axis() []onnx.Attribute { return []onnx.Attribute{{Name: "axis", Value: int64(1)}} }
