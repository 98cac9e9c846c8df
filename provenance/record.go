package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// RecordVersion is the version of the training record that is written.
const RecordVersion = 1

// Determinism classes: what another run of the same build gives.
const (
	// ClassExact is the same bytes everywhere.
	ClassExact = "exact"
	// ClassCPU is the same bytes on the same kind of processor.
	ClassCPU = "cpu-class"
	// ClassTolerance is the same metrics within a tolerance.
	ClassTolerance = "tolerance"
)

// TrainingRecord is the predicate that says what training measured. Its type is
// [PredicateTrainingRecord]; its subject is the image or the model file.
type TrainingRecord struct {
	// Version is [RecordVersion].
	Version     int             `json:"version"`
	Model       RecordModel     `json:"model"`
	Datasets    []RecordDataset `json:"datasets"`
	Split       RecordSplit     `json:"split"`
	Training    Training        `json:"training"`
	Determinism Determinism     `json:"determinism"`
	Evaluation  *Evaluation     `json:"evaluation,omitempty"`
	Environment RecordEnv       `json:"environment"`
	// From are the models before this one, the one that it was trained from first.
	From []RecordBase `json:"from,omitempty"`
	// Source is the commit that the spec was built from, as the client told it.
	Source *RecordSource `json:"source,omitempty"`
	// Sweep is how the parameters were chosen, where a sweep did.
	Sweep *RecordSweep `json:"sweep,omitempty"`
	// Program is what trained the model where that was not the built-in engine.
	Program *RecordProgram `json:"program,omitempty"`
}

// RecordSource is a commit of version control. What a client says is no proof of it: the
// files that were read are known by their own digests.
type RecordSource struct {
	// URI is the repository, where the client knows one.
	URI string `json:"uri,omitempty"`
	// Revision is the commit, in lower-case hex.
	Revision string `json:"revision"`
	// Dirty says that there were changes that are in no commit. Where it is left out nothing is
	// known: buildx looks for changes only when told to.
	Dirty bool `json:"dirty,omitempty"`
	// Directory is that of the build context in the repository.
	Directory string `json:"directory,omitempty"`
}

// RecordStatistics are those of the training part in a file of the image: a digest for each
// column, "sha256:" and hex over the compact JSON of its object there.
type RecordStatistics struct {
	File    string            `json:"file"`
	Rows    int               `json:"rows"`
	Columns map[string]string `json:"columns"`
}

// RecordProgram is a program of the user's own, with what it read and wrote
// besides the datasets and the model.
type RecordProgram struct {
	Command []string     `json:"command"`
	Threads int          `json:"threads"`
	Sources []RecordTree `json:"sources,omitempty"`
	Outputs []RecordTree `json:"outputs"`
	// Steps are the programs that did not train, in the order in which they ran.
	Steps []RecordStep `json:"steps,omitempty"`
	// Devices are those that it asked for and got.
	Devices *RecordDevices `json:"devices,omitempty"`
	// Epochs are those that the last part of a training with checkpoints went over; the
	// parts before it are among the steps.
	Epochs *RecordEpochs `json:"epochs,omitempty"`
	// System and Packages are those of its root filesystem.
	System   string          `json:"system,omitempty"`
	Packages []RecordPackage `json:"packages"`
}

// RecordEpochs are those of a part of a training: how many were done before and after.
type RecordEpochs struct {
	From  uint64 `json:"from"`
	Until uint64 `json:"until"`
}

// RecordStep is a program that ran before training or after it.
type RecordStep struct {
	Name    string       `json:"name"`
	Command []string     `json:"command"`
	Threads int          `json:"threads"`
	Sources []RecordTree `json:"sources,omitempty"`
	Outputs []RecordTree `json:"outputs"`
	// Epochs are those of a part of a training.
	Epochs *RecordEpochs `json:"epochs,omitempty"`
}

// RecordDevices are what a program computed with besides the processor: names as they
// were asked for, the files in /dev that it got, models and driver of NVIDIA's GPUs.
type RecordDevices struct {
	Requested []string `json:"requested"`
	Nodes     []string `json:"nodes"`
	Models    []string `json:"models,omitempty"`
	Driver    string   `json:"driver,omitempty"`
}

// RecordTree is a file or folder: a folder's sha256 is that of the list that
// sha256sum prints of its files, in the order of their paths.
type RecordTree struct {
	Name   string    `json:"name"`
	URI    string    `json:"uri,omitempty"`
	Digest DigestSet `json:"digest"`
	Files  int       `json:"files"`
	Size   int64     `json:"size"`
}

// RecordPackage is an installed package by its package URL.
type RecordPackage struct {
	PURL string `json:"purl"`
}

// RecordModel is the model that came out.
type RecordModel struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// File is the path of the model file in the image.
	File   string    `json:"file"`
	Digest DigestSet `json:"digest"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// Tensors are the same parameters as a safetensors file, where there is one.
	Tensors *RecordFile `json:"tensors,omitempty"`
}

// RecordFile is a file of the image.
type RecordFile struct {
	File   string    `json:"file"`
	Digest DigestSet `json:"digest"`
	// Size is in bytes.
	Size int64 `json:"size"`
}

// RecordDataset is a dataset as it was read inside the build.
type RecordDataset struct {
	Name   string    `json:"name"`
	URI    string    `json:"uri,omitempty"`
	Digest DigestSet `json:"digest"`
	// Size is in bytes, Rows without the header.
	Size int64 `json:"size"`
	Rows int   `json:"rows"`
}

// RecordSplit is the division into training and held-out part. The digests are
// "sha256:" and hex over the sorted row numbers of each part.
type RecordSplit struct {
	Kind        string  `json:"kind"`
	Test        float64 `json:"test,omitempty"`
	TrainRows   int     `json:"trainRows"`
	TestRows    int     `json:"testRows"`
	TrainDigest string  `json:"trainDigest"`
	TestDigest  string  `json:"testDigest"`
	// Statistics are of the training part; a program's data has none.
	Statistics *RecordStatistics `json:"statistics,omitempty"`
}

// Training is what was run, with every default filled in.
type Training struct {
	Engine        string         `json:"engine"`
	EngineVersion string         `json:"engineVersion,omitempty"`
	Task          string         `json:"task"`
	Algorithm     string         `json:"algorithm"`
	Parameters    map[string]any `json:"parameters"`
	Seed          uint64         `json:"seed"`
	Target        string         `json:"target,omitempty"`
	// Features is the number of inputs after encoding.
	Features   int      `json:"features"`
	Classes    []string `json:"classes,omitempty"`
	Iterations int      `json:"iterations"`
	FinalLoss  float64  `json:"finalLoss"`
	// Converged is left out where the engine cannot tell: of a program.
	Converged *bool `json:"converged,omitempty"`
}

// Determinism is the promise about another run and the digest that a
// known-answer test of the engine's arithmetic gave on this machine.
type Determinism struct {
	Class       string `json:"class"`
	KnownAnswer string `json:"knownAnswer,omitempty"`
}

// Evaluation holds the metrics on the held-out part.
type Evaluation struct {
	// Part is the part that was scored, normally "test".
	Part     string             `json:"part"`
	Rows     int                `json:"rows"`
	Metrics  map[string]float64 `json:"metrics"`
	Baseline map[string]float64 `json:"baseline,omitempty"`
	// Slices maps a column and one of its values to the metrics of those rows.
	Slices map[string]map[string]SliceMetrics `json:"slices,omitempty"`
	Gates  []Gate                             `json:"gates,omitempty"`
}

// SliceMetrics are the metrics of one slice.
type SliceMetrics struct {
	Rows    int                `json:"rows"`
	Metrics map[string]float64 `json:"metrics"`
}

// Gate is a condition on a metric and whether it was met.
type Gate struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"`
	Value  float64 `json:"value"`
	Actual float64 `json:"actual"`
	Met    bool    `json:"met"`
	// Tolerance is how far beyond the value still passes.
	Tolerance float64 `json:"tolerance,omitempty"`
}

// RecordEnv is where training ran.
type RecordEnv struct {
	// Platform is the platform of the build in OCI notation.
	Platform string `json:"platform"`
	// Hermetic says that no step had a network.
	Hermetic bool `json:"hermetic"`
	// Frontend is the image that holds the trainer.
	Frontend *Material `json:"frontend,omitempty"`
}

// NewTrainingRecord returns a checked copy of r with the version set, datasets
// sorted by name and secrets removed from URIs.
func NewTrainingRecord(r TrainingRecord) (*TrainingRecord, error) {
	r.Version = RecordVersion
	r.Datasets = slices.Clone(r.Datasets)
	slices.SortFunc(r.Datasets, func(a, b RecordDataset) int { return strings.Compare(a.Name, b.Name) })
	for i := range r.Datasets {
		r.Datasets[i].URI = redact.URI(r.Datasets[i].URI)
	}
	if r.Program != nil {
		p := *r.Program
		p.Sources = redacted(p.Sources)
		p.Steps = slices.Clone(p.Steps)
		for i := range p.Steps {
			p.Steps[i].Sources = redacted(p.Steps[i].Sources)
		}
		r.Program = &p
	}
	if r.Source != nil {
		source := *r.Source
		source.URI = redact.URI(source.URI)
		r.Source = &source
	}
	params, err := redactParameters(r.Training.Parameters)
	if err != nil {
		return nil, fmt.Errorf("build training record: %w", err)
	}
	r.Training.Parameters = params
	if r.Environment.Frontend != nil {
		frontend := FileMaterial(r.Environment.Frontend.URI, r.Environment.Frontend.Digest)
		r.Environment.Frontend = &frontend
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("build training record: %w", err)
	}
	return &r, nil
}

// redacted is a copy of trees without secrets in their addresses.
func redacted(trees []RecordTree) []RecordTree {
	out := slices.Clone(trees)
	for i := range out {
		out[i].URI = redact.URI(out[i].URI)
	}
	return out
}

// Marshal returns the canonical JSON of the predicate.
func (r *TrainingRecord) Marshal() ([]byte, error) {
	return canonical(r)
}

// ParseTrainingRecord reads a predicate as strictly as [Parse] and also refuses
// unknown fields: the format is this package's own.
func ParseTrainingRecord(data []byte) (*TrainingRecord, error) {
	if err := checkStrict(data); err != nil {
		return nil, fmt.Errorf("parse training record: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	var r TrainingRecord
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("parse training record: %w", err)
	}
	if r.Version != RecordVersion {
		return nil, fmt.Errorf("parse training record: version %d is not supported, want %d", r.Version, RecordVersion)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("parse training record: %w", err)
	}
	return &r, nil
}

func (r *TrainingRecord) validate() error {
	switch {
	case r.Model.Name == "" || r.Model.File == "":
		return errors.New("model has no name or file")
	case r.Model.Digest["sha256"] == "":
		return errors.New("model has no sha256")
	case !slices.Contains([]string{ClassExact, ClassCPU, ClassTolerance}, r.Determinism.Class):
		return fmt.Errorf("determinism class %q is unknown", r.Determinism.Class)
	}
	if err := validateDigests(r.Model.Digest); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if f := r.Model.Tensors; f != nil {
		if f.File == "" || f.Digest["sha256"] == "" {
			return errors.New("tensors have no file or sha256")
		}
		if err := validateDigests(f.Digest); err != nil {
			return fmt.Errorf("tensors: %w", err)
		}
	}
	if r.Source != nil {
		if err := validateDigests(commitDigest(r.Source.Revision)); err != nil {
			return fmt.Errorf("source: %w", err)
		}
	}
	if len(r.From) > MaxLineage {
		return fmt.Errorf("%d models before it are more than %d", len(r.From), MaxLineage)
	}
	for _, b := range r.From {
		if err := b.validate(); err != nil {
			return fmt.Errorf("model %q: %w", b.URI, err)
		}
	}
	for _, d := range r.Datasets {
		if d.Digest["sha256"] == "" {
			return fmt.Errorf("dataset %q has no sha256", d.Name)
		}
		if err := validateDigests(d.Digest); err != nil {
			return fmt.Errorf("dataset %q: %w", d.Name, err)
		}
	}
	return nil
}
