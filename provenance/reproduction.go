package provenance

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/in-toto/in-toto-golang/in_toto"
)

// PredicateReproduction is the type of [Reproduction].
const PredicateReproduction = "https://github.com/modelbuild/modelbuild/reproduction/v1"

// ReproductionVersion is the version of the predicate that is written.
const ReproductionVersion = 1

// Results of a reproduction.
const (
	// ResultIdentical is the same image manifest on every platform.
	ResultIdentical = "identical"
	// ResultRepacked is the same configuration and the same layers, which are compressed in another way.
	ResultRepacked = "repacked"
	// ResultTolerance is another model with the same metrics within a tolerance.
	ResultTolerance = "within-tolerance"
	// ResultDiffers is anything else.
	ResultDiffers = "differs"
)

// Reproduction is the predicate that says what building an image again has given. The subjects of its statement are the
// manifests of the original image.
type Reproduction struct {
	// Version is [ReproductionVersion].
	Version int `json:"version"`
	// Builder is who built it again.
	Builder ReproductionBuilder `json:"builder"`
	// Result is one of the Result constants.
	Result string `json:"result"`
	// Class is what the training of the original promised: one of the Class constants.
	Class string `json:"class"`
	// Tolerance is how far numbers could be apart, where the result is by tolerance.
	Tolerance float64 `json:"tolerance,omitempty"`
	// ReproducedOn is when, where that is known.
	ReproducedOn *time.Time `json:"reproducedOn,omitempty"`
	// SourceDateEpoch is the time that both images have, in Unix seconds.
	SourceDateEpoch int64 `json:"sourceDateEpoch"`
	// Spec and Frontend are what both were built from and with; Inputs the local files that were found as recorded.
	Spec     Material   `json:"spec"`
	Frontend Material   `json:"frontend"`
	Inputs   []Material `json:"inputs"`
	// Platforms compare the images, one by one.
	Platforms []ReproducedPlatform `json:"platforms"`
}

// ReproductionBuilder is who built an image again.
type ReproductionBuilder struct {
	ID string `json:"id"`
}

// ReproducedPlatform compares the images of one platform.
type ReproducedPlatform struct {
	Platform string       `json:"platform"`
	Manifest DigestPair   `json:"manifest"`
	Config   DigestPair   `json:"config"`
	Layers   []DigestPair `json:"layers"`
	// Models are the files that the model's own provenance is about.
	Models []ReproducedFile `json:"models"`
	// Compared is how many files, folders and links were compared, Differing those that differ.
	Compared  int              `json:"compared"`
	Differing []ReproducedFile `json:"differing"`
}

// DigestPair is what both images have in the same place; nil where one has nothing.
type DigestPair struct {
	Original DigestSet `json:"original,omitempty"`
	Rebuilt  DigestSet `json:"rebuilt,omitempty"`
}

// same reports whether both images have the same there.
func (p DigestPair) same() bool {
	return p.Original["sha256"] != "" && p.Original["sha256"] == p.Rebuilt["sha256"]
}

// ReproducedFile is a file of both images.
type ReproducedFile struct {
	Path string `json:"path"`
	DigestPair
}

// ReproductionStatement is an in-toto statement about a reproduction.
type ReproductionStatement struct {
	in_toto.StatementHeader
	Predicate Reproduction `json:"predicate"`
}

// NewReproduction returns the statement about a reproduction of the image with that name.
func NewReproduction(image string, r Reproduction) (*ReproductionStatement, error) {
	r.Version = ReproductionVersion
	var subjects []Subject
	for _, p := range r.Platforms {
		if p.Manifest.Original != nil {
			name := image
			if len(r.Platforms) > 1 {
				name += "?platform=" + p.Platform
			}
			subjects = append(subjects, Subject{Name: name, Digest: p.Manifest.Original})
		}
	}
	if err := validateSubjects(subjects); err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	return &ReproductionStatement{
		StatementHeader: in_toto.StatementHeader{Type: StatementType, PredicateType: PredicateReproduction, Subject: subjects}, //nolint:staticcheck // the form BuildKit writes too
		Predicate:       r,
	}, nil
}

func (r *Reproduction) validate() error {
	if r.Version != ReproductionVersion {
		return fmt.Errorf("version %d is not supported, want %d", r.Version, ReproductionVersion)
	}
	if !slices.Contains([]string{ResultIdentical, ResultRepacked, ResultTolerance, ResultDiffers}, r.Result) {
		return fmt.Errorf("result %q is not known", r.Result)
	}
	if len(r.Platforms) == 0 {
		return errors.New("no platform was compared")
	}
	for _, p := range r.Platforms {
		if r.Result == ResultIdentical && !p.Manifest.same() || r.Result == ResultRepacked && !p.Config.same() {
			return fmt.Errorf("the result is %s, but the digests for %s differ", r.Result, p.Platform)
		}
	}
	return nil
}

// Marshal returns the canonical JSON of the statement, as [Statement.Marshal] does.
func (s *ReproductionStatement) Marshal() ([]byte, error) { return canonical(s) }

// Reproduction decodes a reproduction predicate.
func (r *Raw) Reproduction() (*Reproduction, error) {
	if r.PredicateType != PredicateReproduction {
		return nil, &MismatchError{Want: PredicateReproduction, Got: r.PredicateType}
	}
	var out Reproduction
	if err := json.Unmarshal(r.Predicate, &out); err != nil {
		return nil, fmt.Errorf("parse reproduction: %w", err)
	}
	if err := out.validate(); err != nil {
		return nil, fmt.Errorf("parse reproduction: %w", err)
	}
	return &out, nil
}
