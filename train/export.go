package train

import (
	"fmt"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Outputs of an exported classifier.
const (
	OutputLabel         = "label"         // string [rows]
	OutputProbabilities = "probabilities" // float32 [rows, classes], in the order of Schema.Classes
)

// exporter adds a model to a graph. Internal values begin with a slash, which a
// feature's name may not ([reserved]), so the two never meet.
type exporter struct{ *onnx.Builder }

// export builds the graph from raw columns to label and probabilities and
// returns its bytes.
func export(enc *features.Encoder, m logistic.Model, classes []string) []byte {
	x := exporter{&onnx.Builder{}}
	in := enc.Export(x.Builder)
	x.classify(x.linear(in, m), classes)
	model := onnx.Model{Graph: x.Graph, Metadata: []onnx.Property{{Key: "modelbuild.schema", Value: fmt.Sprint(SchemaVersion)}}}
	return model.Encode()
}

// linear computes the logits; the coefficients are transposed to features by
// classes.
func (x exporter) linear(in string, m logistic.Model) string {
	transposed := make([]float32, 0, len(m.Coefficients))
	for j := range m.Width {
		for k := range m.Classes {
			transposed = append(transposed, m.Coefficients[k*m.Width+j])
		}
	}
	coefficients := x.Constant("coefficients", []int64{int64(m.Width), int64(m.Classes)}, transposed)
	intercepts := x.Constant("intercepts", []int64{int64(m.Classes)}, m.Intercepts)
	return x.Apply("Gemm", "logits", in, coefficients, intercepts)
}

func (x exporter) classify(logits string, classes []string) {
	indices := make([]int64, len(classes))
	for k := range classes {
		indices[k] = int64(k)
	}
	axis := onnx.Int("axis", 1)
	x.Node(onnx.Node{Op: "Softmax", Inputs: []string{logits}, Outputs: []string{OutputProbabilities}, Attributes: []onnx.Attribute{axis}})
	class := x.With("ArgMax", "class", []onnx.Attribute{axis, onnx.Int("keepdims", 0)}, logits)
	x.Node(onnx.Node{Op: "LabelEncoder", Domain: onnx.DomainML, Inputs: []string{class}, Outputs: []string{OutputLabel},
		Attributes: []onnx.Attribute{{Name: "keys_int64s", Value: indices}, {Name: "values_strings", Value: classes}}})
	x.Graph.Outputs = []onnx.Value{
		{Name: OutputLabel, Type: onnx.String, Dims: []int64{onnx.Rows}},
		{Name: OutputProbabilities, Type: onnx.Float, Dims: []int64{onnx.Rows, int64(len(classes))}},
	}
}
