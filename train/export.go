package train

import (
	"cmp"
	"fmt"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Outputs of an exported model. Numbers are float32, or float64 where the job asks
// for that.
const (
	OutputLabel         = "label"         // classification: string [rows]
	OutputProbabilities = "probabilities" // classification: [rows, classes], in the order of Schema.Classes
	OutputScores        = "scores"        // margin classifiers: the same, not probabilities; clustering: [rows, clusters]
	OutputPrediction    = "prediction"    // regression: [rows, 1]
	OutputCluster       = "cluster"       // clustering: int64 [rows], from 0; -1 where a row belongs to none
	OutputScore         = "score"         // anomaly: [rows, 1], higher for what is less usual
	OutputAnomaly       = "anomaly"       // anomaly: int64 [rows], 1 for an anomaly
	OutputComponents    = "components"    // decomposition: [rows, components]
)

// outputNames are the names that a model of a task may use for its outputs.
func outputNames(task string) []string {
	switch task {
	case job.TaskClassification:
		return []string{OutputLabel, OutputProbabilities, OutputScores}
	case job.TaskRegression:
		return []string{OutputPrediction}
	case job.TaskClustering:
		return []string{OutputCluster, OutputScores}
	case job.TaskAnomaly:
		return []string{OutputScore, OutputAnomaly}
	}
	return []string{OutputComponents}
}

// exporter adds to a graph what follows the model.
type exporter struct {
	onnx.Builder
	width  int64 // of the model's result
	double bool  // whether that is float64
}

// precision is that of the model's numbers.
func (in *input) precision() string { return cmp.Or(in.job.Export.Precision, job.Float32) }

// double says whether it is float64.
func (in *input) double() bool { return in.precision() == job.Float64 }

// export builds the graph from raw columns to the outputs and returns its
// bytes.
func (in *input) export(f *fitted, width int) []byte {
	x := &exporter{width: int64(width), double: in.double()}
	out := f.model.Export(&x.Builder, f.exportFeatures(&x.Builder))
	switch in.job.Task {
	case job.TaskClassification:
		name := OutputProbabilities
		if f.algorithm.scores {
			name = OutputScores
		}
		x.classify(out, name, in.classes, f.threshold)
	case job.TaskRegression:
		x.output(out, OutputPrediction)
	case job.TaskClustering:
		x.cluster(out, f.noise())
	case job.TaskAnomaly:
		x.anomaly(out, f.cutoff())
	default:
		x.output(out, OutputComponents)
	}
	model := onnx.Model{Graph: x.Graph, Metadata: []onnx.Property{{Key: "modelbuild.schema", Value: fmt.Sprint(SchemaVersion)}}}
	return model.Encode()
}

// output declares an output of numbers of the model's width.
func (x *exporter) output(from, name string) {
	x.Node(onnx.Node{Op: "Identity", Inputs: []string{from}, Outputs: []string{name}})
	kind := int32(onnx.Float)
	if x.double {
		kind = onnx.Double
	}
	x.declare(name, kind, onnx.Rows, x.width)
}

func (x *exporter) declare(name string, kind int32, dims ...int64) {
	x.Graph.Outputs = append(x.Graph.Outputs, onnx.Value{Name: name, Type: kind, Dims: dims})
}

// largest is the index of the largest score of each row.
func (x *exporter) largest(scores string) string {
	return x.With("ArgMax", "largest", []onnx.Attribute{onnx.Int("axis", 1), onnx.Int("keepdims", 0)}, scores)
}

// decide is the index of the predicted class.
func (x *exporter) decide(probabilities string, threshold float64) string {
	if threshold == 0 {
		return x.largest(probabilities)
	}
	second := x.With("Gather", "second", []onnx.Attribute{onnx.Int("axis", 1)}, probabilities, x.Constant("column", nil, []int64{1}))
	reached := x.Apply("GreaterOrEqual", "reached", second, x.Number("threshold", nil, threshold, x.double))
	return x.With("Cast", "class", []onnx.Attribute{onnx.Int("to", onnx.Int64)}, reached)
}

func (x *exporter) classify(out, name string, classes []string, threshold float64) {
	indices := make([]int64, len(classes))
	for k := range classes {
		indices[k] = int64(k)
	}
	x.Node(onnx.Node{Op: "LabelEncoder", Domain: onnx.DomainML, Inputs: []string{x.decide(out, threshold)}, Outputs: []string{OutputLabel},
		Attributes: []onnx.Attribute{{Name: "keys_int64s", Value: indices}, {Name: "values_strings", Value: classes}}})
	x.declare(OutputLabel, onnx.String, onnx.Rows)
	x.output(out, name)
}

func (x *exporter) cluster(out string, noise bool) {
	label := x.largest(out)
	if noise {
		last := x.Constant("noise", []int64{1}, []int64{x.width - 1})
		isNoise := x.Apply("Equal", "is_noise", label, last)
		label = x.Apply("Where", "clusters", isNoise, x.Constant("none", []int64{1}, []int64{-1}), label)
	}
	x.Node(onnx.Node{Op: "Identity", Inputs: []string{label}, Outputs: []string{OutputCluster}})
	x.declare(OutputCluster, onnx.Int64, onnx.Rows)
	x.output(out, OutputScores)
}

func (x *exporter) anomaly(out string, cutoff float32) {
	x.output(out, OutputScore)
	above := x.Apply("Greater", "above", out, x.Number("cutoff", []int64{1}, float64(cutoff), x.double))
	flag := x.With("Cast", "flag", []onnx.Attribute{onnx.Int("to", onnx.Int64)}, above)
	x.Node(onnx.Node{Op: "Reshape", Inputs: []string{flag, x.Constant("flat", []int64{1}, []int64{-1})}, Outputs: []string{OutputAnomaly}})
	x.declare(OutputAnomaly, onnx.Int64, onnx.Rows)
}
