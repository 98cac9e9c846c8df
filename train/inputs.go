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
func ReadInputs(data []byte) (in Inputs, err error) {
	if err := strict(data, &in); err != nil {
		return Inputs{}, fmt.Errorf("read measured inputs: %w", err)
	}
	return in, nil
}

// EnvironmentFile is what the step that lists packages for several programs writes.
const EnvironmentFile = "environment.json"

// ReadEnvironment decodes what such a step wrote.
func ReadEnvironment(data []byte) (e Environment, err error) {
	if err := strict(data, &e); err != nil {
		return Environment{}, fmt.Errorf("read listed packages: %w", err)
	}
	return e, nil
}

func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
