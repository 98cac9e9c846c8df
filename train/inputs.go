package train

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Inputs is what a program can read, as it was measured.
type Inputs struct {
	Datasets    []Dataset   `json:"datasets"` // in the order of the job
	Sources     []Tree      `json:"sources,omitempty"`
	Base        *Base       `json:"base,omitempty"`
	Environment Environment `json:"environment"`
}

// InputsFile is what the step that measures for several programs writes.
const InputsFile = "inputs.json"

// ReadInputs decodes what such a step wrote.
func ReadInputs(data []byte) (Inputs, error) {
	var in Inputs
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return Inputs{}, fmt.Errorf("read measured inputs: %w", err)
	}
	return in, nil
}
