package train

import (
	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// SchemaVersion is the layout version of [Schema]; the model's metadata names
// it.
const SchemaVersion = 1

// Schema describes a model to those who call it.
type Schema struct {
	Version       int      `json:"version"`
	Task          string   `json:"task"`
	Target        string   `json:"target"`
	Classes       []string `json:"classes"`
	MissingValues []string `json:"missing_values"` // texts that mean a missing category; a missing number is NaN
	Inputs        []Input  `json:"inputs"`
	Outputs       []Output `json:"outputs"`
}

// Input is one input of the model.
type Input = features.Input

// Output is one output of the model.
type Output struct {
	Name   string `json:"name"`
	Tensor string `json:"tensor"`
	Shape  []any  `json:"shape"` // "rows" or a number
}

func schemaOf(j job.Train, enc *features.Encoder, classes []string) Schema {
	s := Schema{
		Version: SchemaVersion, Task: j.Task, Target: j.Features.Target, Classes: classes,
		MissingValues: table.MissingValues(), Inputs: enc.Inputs(),
		Outputs: []Output{
			{Name: OutputLabel, Tensor: "string", Shape: []any{"rows"}},
			{Name: OutputProbabilities, Tensor: "float32", Shape: []any{"rows", len(classes)}},
		},
	}
	return s
}
