package train

import (
	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// SchemaVersion is the layout version of [Schema]; the model's metadata names
// it.
const SchemaVersion = 2

// Schema describes a model to those who call it.
type Schema struct {
	Version       int      `json:"version"`
	Task          string   `json:"task"`
	Target        string   `json:"target,omitempty"`
	Classes       []string `json:"classes,omitempty"`
	MissingValues []string `json:"missing_values"` // texts that mean a missing category; a missing number is NaN
	Inputs        []Input  `json:"inputs"`
	Outputs       []Output `json:"outputs"`
	// Statistics are of the training part, to compare other data with.
	Statistics *drift.Statistics `json:"statistics,omitempty"`
}

// Input is one input of the model.
type Input = features.Input

// Output is one output of the model.
type Output struct {
	Name   string `json:"name"`
	Tensor string `json:"tensor"`
	Shape  []any  `json:"shape"` // "rows" or a number
}

func (in *input) schema(f *fitted, width int) Schema {
	return Schema{
		Version: SchemaVersion, Task: in.job.Task, Target: in.job.Features.Target, Classes: in.classes,
		MissingValues: table.MissingValues(), Inputs: f.enc.Inputs(), Outputs: outputs(in.job.Task, f.algorithm.scores, width, in.precision()),
	}
}

// outputs describes what [input.export] declares.
func outputs(task string, scores bool, width int, numbers string) []Output {
	matrix := func(name string) Output { return Output{Name: name, Tensor: numbers, Shape: []any{"rows", width}} }
	vector := func(name, tensor string) Output { return Output{Name: name, Tensor: tensor, Shape: []any{"rows"}} }
	switch task {
	case job.TaskClassification:
		if scores {
			return []Output{vector(OutputLabel, "string"), matrix(OutputScores)}
		}
		return []Output{vector(OutputLabel, "string"), matrix(OutputProbabilities)}
	case job.TaskRegression:
		return []Output{matrix(OutputPrediction)}
	case job.TaskClustering:
		return []Output{vector(OutputCluster, "int64"), matrix(OutputScores)}
	case job.TaskAnomaly:
		return []Output{matrix(OutputScore), vector(OutputAnomaly, "int64")}
	}
	return []Output{matrix(OutputComponents)}
}
