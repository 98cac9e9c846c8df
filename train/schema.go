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

func schemaOf(j job.Train, enc *features.Encoder, classes []string) Schema {
	s := Schema{
		Version: SchemaVersion, Task: j.Task, Target: j.Features.Target, Classes: classes,
		MissingValues: table.MissingValues(),
		Outputs: []Output{
			{Name: OutputLabel, Tensor: "string", Shape: []any{"rows"}},
			{Name: OutputProbabilities, Tensor: "float32", Shape: []any{"rows", len(classes)}},
		},
	}
	for _, c := range enc.Columns {
		s.Inputs = append(s.Inputs, inputOf(c))
	}
	return s
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
