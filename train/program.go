package train

import (
	"path"

	"github.com/modelbuild/modelbuild/train/job"
)

// ExecVersion is the version of the exec engine. It changes where a program of an
// unchanged job may find another environment.
const ExecVersion = "1"

// Program is what trained a model where that was not this engine: the job of the
// program with what was found of its inputs and outputs.
type Program struct {
	Step    string            `json:"step,omitempty"` // the stanza of one that does not train
	Command []string          `json:"command"`
	Env     map[string]string `json:"env,omitempty"`  // as the specification gives it
	Part    *job.Part         `json:"part,omitempty"` // the last one of a training with checkpoints
	Threads int               `json:"threads"`
	Network bool              `json:"network"` // whether there was one
	Secrets []string          `json:"secrets,omitempty"`
	Devices []string          `json:"devices,omitempty"`
	Limits  job.Limits        `json:"limits"`
	// Hardware is what it got of the devices that it asked for; nil where it asked for
	// none. It is another one on another machine.
	Hardware *Hardware `json:"hardware,omitempty"`
	Sources  []Tree    `json:"sources,omitempty"`
	Base     *Base     `json:"base,omitempty"` // the model that it started from
	Outputs  []Tree    `json:"outputs"`
	// Environment lists what the program could use.
	Environment Environment `json:"environment"`
}

// Hardware is what a program could compute with besides the processor.
type Hardware struct {
	Nodes  []string `json:"nodes"`            // device files, sorted
	Models []string `json:"models,omitempty"` // of NVIDIA's GPUs, in the order of their nodes
	Driver string   `json:"driver,omitempty"` // version of NVIDIA's driver
}

// Tree is a file or folder by digest: of the file, or of the list of files that
// sha256sum prints, in the order of their paths.
type Tree struct {
	Name   string `json:"name"`
	Path   string `json:"path,omitempty"` // of an output: in the output folder
	SHA256 string `json:"sha256"`         // hex
	Files  int    `json:"files"`
	Size   int64  `json:"size"`
	// Contents are the files of an output that is a folder, by their paths in it.
	Contents []File `json:"contents,omitempty"`
}

// Base is a model that another one was trained from, as it was found in its folder.
type Base struct {
	// Model is the file of the model; empty where nothing names it.
	Model string `json:"model,omitempty"`
	Files []File `json:"files"` // all of the folder, in the order of their paths
}

// Environment is the root filesystem that a program ran on.
type Environment struct {
	System   string    `json:"system,omitempty"` // as it calls itself
	Packages []Package `json:"packages"`
	// Omissions are what the list of packages lacks, and why.
	Omissions []string `json:"omissions,omitempty"`
}

// Package is an installed package.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	License string `json:"license,omitempty"`
}

// Output finds an output of the program by its name.
func (p *Program) Output(name string) (Tree, bool) {
	for _, o := range p.Outputs {
		if o.Name == name {
			return o, true
		}
	}
	return Tree{}, false
}

// ProgramJob is the part of a program's job that a [Record] has in the words of
// this engine's own.
func ProgramJob(p *job.Program) job.Train {
	j := job.Train{Version: job.Version, Task: p.Task, Seed: p.Seed}
	for _, d := range p.Data {
		d.Path = path.Base(d.Path)
		j.Data = append(j.Data, d)
	}
	return j
}
