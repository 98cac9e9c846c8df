package job

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// EngineExec names the engine that runs a program of the user's own.
const EngineExec = "exec"

// FormatRaw is a dataset that only a program reads: a file or a folder.
const FormatRaw = "raw"

// Outputs of a program that have a meaning; others are files for the image.
const (
	OutputModel       = "model"       // the trained model, which every program writes
	OutputMetrics     = "metrics"     // JSON: numbers by name
	OutputPredictions = "predictions" // CSV: the held-out rows, to be scored
)

// Classes of reproducibility that a program may declare. Nothing checks them but
// another build.
const (
	ClassExact     = "exact"     // the same bytes everywhere
	ClassCPU       = "cpu-class" // the same bytes on processors of one kind
	ClassTolerance = "tolerance" // numbers that are close
)

// Stanzas of programs that do not train.
const (
	StepPrepare  = "prepare"
	StepEvaluate = "evaluate"
)

// Where a program finds what the ones before it wrote.
const (
	PreparedDir = "/in/prepared"
	ModelDir    = "/in/model"
	BaseDir     = "/in/base" // the folder of the model that it starts from
)

// A program that trains in parts leaves its state below CheckpointOut, where its last
// output is named OutputCheckpoint, and finds that of the part before in CheckpointDir.
const (
	OutputCheckpoint = "checkpoint"
	CheckpointOut    = "/out/checkpoint"
	CheckpointDir    = "/in/checkpoint"
)

// Part is one of the parts of a training with checkpoints. It does not say how many
// there are: a longer training begins with the same ones.
type Part struct {
	Number int    `json:"number"` // from 1
	From   uint64 `json:"from"`   // epochs that are done
	Until  uint64 `json:"until"`  // epochs that are done after it
}

// String is the part in messages.
func (p *Part) String() string {
	return fmt.Sprintf("part %d, epochs %d to %d", p.Number, p.From+1, p.Until)
}

// MaxOutput is the most that the outputs of a program may hold together, in bytes.
const MaxOutput = 16 << 30

// Program is the job of the exec engine: a command, what it reads, and what it is
// to write. Everything here decides the result, as far as the program lets it.
type Program struct {
	Version int               `json:"version"`
	Step    string            `json:"step,omitempty"` // the stanza of a program that does not train
	Command []string          `json:"command"`
	Env     map[string]string `json:"env,omitempty"`
	Dir     string            `json:"dir"`
	Data    []Dataset         `json:"data"`
	Sources []SourceTree      `json:"sources,omitempty"`
	Outputs []Output          `json:"outputs"`

	Prepared []Output `json:"prepared,omitempty"` // what the program of prepare wrote, where this one finds it
	Model    string   `json:"model,omitempty"`    // the trained model, for a program that evaluates it

	Base *Base `json:"base,omitempty"` // the model that it starts from

	Part *Part `json:"part,omitempty"` // of a training with checkpoints
	// Inputs is the file in which a step before has left the digests of data and sources
	// and the packages; empty where the program's own step measures them.
	Inputs string `json:"inputs,omitempty"`
	// Environment is the file in which a step before has listed the packages of the root;
	// empty where the program's own step lists them.
	Environment string `json:"environment,omitempty"`

	Platform string `json:"platform,omitempty"` // of the environment, where it may be another than the builder's own

	Task    string   `json:"task,omitempty"` // of the predictions
	Seed    uint64   `json:"seed"`
	Threads int      `json:"threads"` // that numeric libraries may use
	Class   string   `json:"class"`
	Limits  Limits   `json:"limits"`
	Network bool     `json:"network,omitempty"` // whether the step has one
	Secrets []string `json:"secrets,omitempty"` // ids; the values lie in SecretsDir
	Devices []string `json:"devices,omitempty"` // CDI names; see [Device]
	Epoch   int64    `json:"epoch"`             // Unix seconds; the mtime of every output
}

// Base is a model that another one starts from.
type Base struct {
	// Model is the file of the model in BaseDir; empty where the provenance in the folder
	// names it.
	Model string `json:"model,omitempty"`
	// Recorded says that the folder holds what its image says of the model, to be checked:
	// of another target only what it trained is there.
	Recorded bool `json:"recorded,omitempty"`
}

// Device reads a device of a program: the CDI name, and whether the program runs
// without it too, which a question mark says.
func Device(text string) (name string, optional bool) { return strings.CutSuffix(text, "?") }

// SecretsDir is where a program finds its secrets, each under its id.
const SecretsDir = "/run/secrets"

// SourceTree is a file or folder that the program reads besides its data.
type SourceTree struct {
	Name string `json:"name"`
	Path string `json:"path"` // absolute inside the step
}

// Output is a file or folder that the program writes.
type Output struct {
	Name string `json:"name"`
	Path string `json:"path"` // absolute inside the step
}

// Limits are what a program may use; zero is no limit.
type Limits struct {
	Memory  int64   `json:"memory,omitempty"`  // bytes, resident, of the program and what it starts
	Seconds float64 `json:"seconds,omitempty"` // wall clock
}

// Output finds an output by its name.
func (p *Program) Output(name string) (Output, bool) {
	for _, o := range p.Outputs {
		if o.Name == name {
			return o, true
		}
	}
	return Output{}, false
}

// Stanza is the part of the specification that has the program.
func (p *Program) Stanza() string { return cmp.Or(p.Step, "train") }

// Field is the place of a key of the program in the specification.
func (p *Program) Field(key string) string { return p.Stanza() + "." + key }

// ReadProgram decodes a job as strictly as [ReadTrain].
func ReadProgram(r io.Reader) (Program, error) {
	return read(r, "program job", func(p Program) int { return p.Version })
}
