package train

import (
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
}

// Input is one input of the model, a tensor of shape [rows, 1].
type Input struct {
	Name       string   `json:"name"`
	Tensor     string   `json:"tensor"`  // float32 or string
	Type       string   `json:"type"`    // number or category
	Missing    string   `json:"missing"` // how a missing value is filled
	Fill       any      `json:"fill"`    // what it is filled with, a number or a text
	Scale      string   `json:"scale,omitempty"`
	Offset     *float32 `json:"offset,omitempty"`     // a number x becomes (x-offset)/divisor
	Divisor    *float32 `json:"divisor,omitempty"`    //
	Categories []string `json:"categories,omitempty"` // others have no indicator
}

// Output is one output of the model.
type Output struct {
	Name   string `json:"name"`
	Tensor string `json:"tensor"`
	Shape  []any  `json:"shape"` // "rows" or a number
}

func (in *input) schema(f *fitted, width int) Schema {
	s := Schema{
		Version: SchemaVersion, Task: in.job.Task, Target: in.job.Features.Target, Classes: in.classes,
		MissingValues: table.MissingValues(), Outputs: outputs(in.job.Task, f.algorithm.scores, width),
	}
	for _, c := range f.enc.Columns {
		s.Inputs = append(s.Inputs, inputOf(c))
	}
	return s
}

// outputs describes what [input.export] declares.
func outputs(task string, scores bool, width int) []Output {
	matrix := func(name string) Output { return Output{Name: name, Tensor: "float32", Shape: []any{"rows", width}} }
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

func inputOf(c features.Fitted) Input {
	in := Input{Name: c.Name, Tensor: "float32", Type: c.Type, Missing: c.Missing, Scale: c.Scale}
	if c.Type == job.TypeNumber {
		in.Fill, in.Offset, in.Divisor = c.Fill, &c.Offset, &c.Divisor
		return in
	}
	in.Tensor, in.Categories, in.Fill = "string", c.Categories, ""
	if len(c.Categories) > 0 {
		in.Fill = c.Categories[c.FillCategory]
	}
	return in
}
