// Package packagejob is the input of the package step as plain data.
//
// The planner writes a Job as canonical JSON next to the step's other inputs;
// the step reads it back with Parse. The package imports only the standard
// library so that the planner does not pull in attestation or SBOM formats.
//
// A Job holds what the planner knows and the training graph does not: names,
// licences, where every input came from, and who builds. What was measured
// inside the graph (dataset digests, metrics, the model's digest) comes from
// the records of the train and evaluate steps instead.
package packagejob

import (
	"encoding/json"
	"fmt"
)

// Version is the version of the job format that this package reads and writes.
const Version = 1

// BuildType is the SLSA build type of a modelbuild build. It fixes the meaning
// of the invocation parameters and of buildConfig in the model's provenance.
const BuildType = "https://github.com/modelbuild/modelbuild/build/v1"

// Mode is how much a provenance statement tells.
type Mode string

// Provenance modes, with BuildKit's meaning: ModeMin leaves out parameters, the
// step list and the source of the spec.
const (
	ModeMin Mode = "min"
	ModeMax Mode = "max"
)

// Format is the version of SLSA provenance, as BuildKit's version= attribute has it.
type Format string

// Formats of provenance. FormatSLSA02 is what is written where none is asked for.
const (
	FormatSLSA02 Format = "v0.2"
	FormatSLSA1  Format = "v1"
)

// Job is everything the package step is told.
type Job struct {
	// Version is the format version, always [Version].
	Version int `json:"version"`
	// Mode selects the detail of the provenance statement.
	Mode Mode `json:"mode"`
	// Format is that of the provenance statement; empty means [FormatSLSA02].
	Format Format `json:"format,omitempty"`
	// Model describes the model as its author declared it.
	Model Model `json:"model"`
	// Builder is the URI of who runs the build (SLSA builder.id). It may be
	// empty: BuildKit's default builder has no identity.
	Builder string `json:"builder,omitempty"`
	// BuildType is the SLSA build type; empty means [BuildType].
	BuildType string `json:"buildType,omitempty"`
	// Spec is the file that describes the build.
	Spec Spec `json:"spec"`
	// Parameters are the resolved parameters of the spec (training parameters,
	// seed, split, features), read in max mode only. Values must be JSON values.
	Parameters map[string]any `json:"parameters,omitempty"`
	// Frontend is the image that planned the build and whose step binary ran it.
	Frontend Image `json:"frontend"`
	// NoStatistics leaves what describes the training data out of every file that is published.
	NoStatistics bool `json:"noStatistics,omitempty"`
	// Data are the datasets, each named like the dataset of the train record.
	Data []Source `json:"data"`
	// Files are what the spec adds to the image.
	Files []File `json:"files,omitempty"`
	// Server is the input of the inference server among them; empty where the image has
	// none. The model must be one that it can compute.
	Server string `json:"server,omitempty"`
	// VEX are the OpenVEX documents among them.
	VEX []VEX `json:"vex,omitempty"`
	// CycloneDXVersion is that of the bills of materials; empty means the default.
	CycloneDXVersion string `json:"cyclonedxVersion,omitempty"`
	// Targets are the models of the same spec that this one was made from, or whose
	// image or files its image holds.
	Targets []Target `json:"targets,omitempty"`
	// From is the model that this one was trained from.
	From *From `json:"from,omitempty"`
	// Trees are what programs read besides the datasets, each with its step. Those of
	// the build context have no digest: it is measured by the step.
	Trees []Tree `json:"trees,omitempty"`
	// Programs are those that do not train, and the parts of training before the last
	// one, in the order in which they run.
	Programs []Program `json:"programs,omitempty"`
	// Sweep is the path of the record of a sweep, inside the step; empty where there is none.
	Sweep string `json:"sweep,omitempty"`
	// VCS is the commit that the spec was built from, as the client tells it.
	VCS *VCS `json:"vcs,omitempty"`
	// Sources are further inputs pinned by digest: base images, git trees,
	// packages, base models.
	Sources []Source `json:"sources,omitempty"`
	// Base is the image that the model's is built on.
	Base *Base `json:"base,omitempty"`
	// Platform is the platform of the build in OCI notation, such as linux/amd64.
	Platform string `json:"platform"`
	// Hermetic says that no step had a network.
	Hermetic bool `json:"hermetic"`
	// Epoch is SOURCE_DATE_EPOCH in Unix seconds. Zero means that no time is known.
	Epoch int64 `json:"epoch"`
	// Steps are the commands of the build in order, read in max mode only.
	Steps []Step `json:"steps,omitempty"`
	// Definition is the LLB of everything that the step reads, inputs first; in max
	// mode only.
	Definition []Vertex `json:"definition,omitempty"`
}

// Vertex is an op of the build's graph.
type Vertex struct {
	// ID is op and a number, which Inputs refer to as in op3:0, the first result of op3.
	ID string `json:"id"`
	// Op is BuildKit's own JSON of it, without its inputs.
	Op     json.RawMessage `json:"op"`
	Inputs []string        `json:"inputs,omitempty"`
}

// Text is a file of the spec.
type Text struct {
	Filename string `json:"filename"`
	Language string `json:"language"`
	Data     []byte `json:"data"`
}

// VCS is a commit of version control.
type VCS struct {
	Source    string `json:"source,omitempty"`
	Revision  string `json:"revision"`
	Dirty     bool   `json:"dirty,omitempty"`
	Directory string `json:"directory,omitempty"`
}

// Steps of programs that do not train.
const (
	StepPrepare = "prepare" // before training
	StepScore   = "score"   // after it, before the evaluation
)

// StepPart is the step of a part of a training with checkpoints that is not the last
// one, which is train itself.
func StepPart(number int) string { return fmt.Sprintf("train-%d", number) }

// StepSelect compares the trials of a sweep.
const StepSelect = "select"

// StepTrial is the step of a trial of a sweep, from 1.
func StepTrial(number int) string { return fmt.Sprintf("trial-%d", number) }

// Tree is a file or folder that the program of a step reads.
type Tree struct {
	Source
	// Step is the name of the step, such as train.
	Step string `json:"step"`
}

// Program is one that does not train, or trains but a part.
type Program struct {
	// Step is the name of its step.
	Step string `json:"step"`
	// Record is the path of what it left of itself, inside the package step.
	Record string `json:"record"`
}

// Model is the description of the model given in the spec.
type Model struct {
	// Name is the name of the model, for instance "penguins".
	Name string `json:"name"`
	// Version is the author's version of the model, for instance "1.2.0".
	Version string `json:"version,omitempty"`
	// Description is one paragraph of plain text.
	Description string `json:"description,omitempty"`
	// License is an SPDX licence expression or a free name.
	License string `json:"license,omitempty"`
	// Labels are the image labels of the spec.
	Labels map[string]string `json:"labels,omitempty"`
	// Considerations are the author's notes for the model card.
	Considerations *Considerations `json:"considerations,omitempty"`
}

// Considerations are what a model card says about using the model.
type Considerations struct {
	// Users are the people the model is meant for.
	Users []string `json:"users,omitempty"`
	// UseCases are the uses the model is meant for.
	UseCases []string `json:"useCases,omitempty"`
	// Limitations are known technical limitations.
	Limitations []string `json:"limitations,omitempty"`
	// Tradeoffs are what was given up for what.
	Tradeoffs []string `json:"performanceTradeoffs,omitempty"`
	// Ethical are what to mind in using the model.
	Ethical []string `json:"ethicalConsiderations,omitempty"`
}

// Spec identifies the file that describes the build.
type Spec struct {
	// URI names the source holding the file: a git or http URL of the context,
	// or a context:// URI for a local one.
	URI string `json:"uri"`
	// Filename is the path of the file inside its source.
	Filename string `json:"filename"`
	// SHA256 is the hex digest of the file's bytes.
	SHA256 string `json:"sha256"`
	// Digest identifies the source itself (for instance gitCommit), when known.
	Digest map[string]string `json:"digest,omitempty"`
	// Source are the file's bytes, given in max mode only.
	Source []byte `json:"source,omitempty"`
	// Texts are the other files that it is made of: what it includes, and the lock
	// where it is used. In max mode only.
	Texts []Text `json:"texts,omitempty"`
}

// Image is an OCI image pinned by digest.
type Image struct {
	// Ref is the reference as written, such as docker.io/org/modelbuild:1.
	Ref string `json:"ref,omitempty"`
	// Digest is the manifest or index digest, "sha256:" and 64 hex digits.
	Digest string `json:"digest,omitempty"`
}

// Source kinds, which decide how a source appears as a material.
const (
	KindLocal = "local" // part of the build context or another local directory
	KindHTTP  = "http"
	KindGit   = "git"
	KindImage = "image" // URI holds an image reference, or image://REF#PATH for a file in one
	KindBlob  = "blob"  // URI is image+blob://REF@DIGEST

	KindTarget = "target" // a file that another target of the spec made
)

// Source is one input of the build.
type Source struct {
	// Name is the key of the source in the spec, for instance "train".
	Name string `json:"name"`
	// Kind is one of the Kind constants.
	Kind string `json:"kind"`
	// URI is where the source came from. Secrets in it (user information, query
	// strings) are removed before it is published.
	URI string `json:"uri"`
	// Digest maps an algorithm (sha256, sha1, gitCommit) to a hex value. A local
	// dataset has none: its digest is measured by the train step.
	Digest map[string]string `json:"digest,omitempty"`
	// License is an SPDX licence expression or a free name, when declared.
	License string `json:"license,omitempty"`
	// Description says what the data is, when declared.
	Description string `json:"description,omitempty"`
	// Classification is the sensitivity of the data, such as "public".
	Classification string `json:"classification,omitempty"`
	// Governance is of a dataset, when declared.
	Governance *Governance `json:"governance,omitempty"`
}

// Governance names the organizations that answer for a dataset.
type Governance struct {
	Owners     []string `json:"owners,omitempty"`
	Custodians []string `json:"custodians,omitempty"`
	Stewards   []string `json:"stewards,omitempty"`
}

// File is a file or folder of the image.
type File struct {
	// Path is its place in the image.
	Path string `json:"path"`
	// Input is where the step finds it.
	Input string `json:"input"`
	// Source is where it comes from.
	Source Source `json:"source"`
}

// VEX is an OpenVEX document that the image holds.
type VEX struct {
	// Field is its place in the spec, as in vex[0].
	Field string `json:"field"`
	// File is its name, for people.
	File string `json:"file"`
	// Input is where the step finds it.
	Input string `json:"input"`
}

// VEXName is the name of the predicate that the step writes of the document of a number,
// from 1.
func VEXName(number int) string { return fmt.Sprintf("vex-%d.json", number) }

// From is a base model.
type From struct {
	// URI names it, as the spec does, with the digest of its image where that is known.
	URI string `json:"uri"`
	// Image is that digest; empty where it is not known.
	Image string `json:"image,omitempty"`
	// Input is the folder in which the step finds what it says of itself.
	Input string `json:"input"`
}

// Base is an image that the model's is built on.
type Base struct {
	Source
	// Platform is that of the image in OCI notation.
	Platform string `json:"platform"`
	// Packages is where the step finds the list of its packages.
	Packages string `json:"packages"`
}

// Target is another model of the spec.
type Target struct {
	// Name is the key of the target in the spec.
	Name string `json:"name"`
	// Statement is where the step finds the model's own provenance.
	Statement string `json:"statement"`
}

// Step is one command of the build.
type Step struct {
	// Name is train, evaluate or package.
	Name string `json:"name"`
	// Command is the argument vector, without secrets.
	Command []string `json:"command"`
	// Locations are the lines of the spec that the step comes from.
	Locations []Location `json:"locations,omitempty"`
	// Data names the datasets that the step reads.
	Data []string `json:"data,omitempty"`
	// Model says that the evaluation reads the model itself, and not only what was predicted.
	Model bool `json:"model,omitempty"`
}

// Location is a range of lines in the spec, counted from one, both inclusive.
type Location struct {
	Start int `json:"start"`
	End   int `json:"end"`
}
