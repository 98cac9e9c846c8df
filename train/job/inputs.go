package job

import (
	"io"
)

// Inputs is the job of the step that measures what the parts of a training read, once
// for all of them. It has nothing of the program: another command measures nothing again.
type Inputs struct {
	Version int          `json:"version"`
	Data    []Dataset    `json:"data"`
	Sources []SourceTree `json:"sources,omitempty"`
	Base    *Base        `json:"base,omitempty"`
	// Environment is the file in which a step before has listed the packages of the root;
	// empty where this one lists them.
	Environment string `json:"environment,omitempty"`
}

// InputsFile is where a part finds what that step measured.
const InputsFile = "/in/inputs.json"

// EnvironmentFile is where a step finds the packages that another one has listed.
const EnvironmentFile = "/in/environment.json"

// ReadInputs decodes a job as strictly as [ReadTrain].
func ReadInputs(r io.Reader) (Inputs, error) {
	return read(r, "inputs job", func(i Inputs) int { return i.Version })
}
