package provenance

import (
	"time"

	"github.com/in-toto/in-toto-golang/in_toto"
	"github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/common"
	slsa02 "github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/v0.2"
	slsa1 "github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/v1"
)

// Statement and predicate types.
const (
	// StatementType is the in-toto statement version that is written. Statements
	// of version 0.1 are read too.
	StatementType = in_toto.StatementInTotoV1
	// PredicateSLSA02 is SLSA provenance v0.2.
	PredicateSLSA02 = slsa02.PredicateSLSAProvenance
	// PredicateSLSA1 is SLSA provenance v1.
	PredicateSLSA1 = slsa1.PredicateSLSAProvenance
	// PredicateTrainingRecord is the type of [TrainingRecord].
	PredicateTrainingRecord = "https://github.com/modelbuild/modelbuild/training-record/v1"
	// PredicateCycloneDX is a CycloneDX SBOM.
	PredicateCycloneDX = in_toto.PredicateCycloneDX
	// PredicateSPDX is an SPDX 2.3 document.
	PredicateSPDX = in_toto.PredicateSPDX
)

// Types of the in-toto and SLSA models that occur in this package's API.
type (
	// Subject is a file that a statement is about.
	Subject = in_toto.Subject //nolint:staticcheck // the form BuildKit writes too
	// DigestSet maps a digest algorithm to a lower-case hex value.
	DigestSet = common.DigestSet
	// Material is an input of the build.
	Material = common.ProvenanceMaterial
)

// Statement is an in-toto statement with a SLSA v0.2 provenance predicate.
type Statement struct {
	in_toto.StatementHeader
	Predicate Predicate `json:"predicate"`
}

// Predicate is the SLSA v0.2 predicate with the free-form parts typed. Its JSON
// is that of [slsa02.ProvenancePredicate].
type Predicate struct {
	slsa02.ProvenancePredicate
	Invocation  Invocation   `json:"invocation"`
	BuildConfig *BuildConfig `json:"buildConfig,omitempty"`
	Metadata    *Metadata    `json:"metadata,omitempty"`
}

// Invocation says what was asked for and where it ran.
type Invocation struct {
	ConfigSource slsa02.ConfigSource `json:"configSource"`
	// Parameters are the resolved parameters of the spec; max mode only.
	Parameters  map[string]any `json:"parameters,omitempty"`
	Environment Environment    `json:"environment"`
}

// Environment is what the builder contributed.
type Environment struct {
	// Platform is the platform of the build in OCI notation.
	Platform string `json:"platform"`
}

// BuildConfig lists the commands of the build.
type BuildConfig struct {
	Steps []Step `json:"steps"`
	// Definition is the LLB that the last step reads from, inputs first.
	Definition []Vertex `json:"llbDefinition,omitempty"`
}

// Vertex is an op of the LLB, in BuildKit's own JSON and without its inputs, which are
// op, a number, a colon and the number of a result.
type Vertex struct {
	ID     string         `json:"id"`
	Op     map[string]any `json:"op"`
	Inputs []string       `json:"inputs,omitempty"`
}

// Step is one command with the digests of what it read.
type Step struct {
	// ID is "step" and the position, the key of the step in Source.Locations.
	// [New] fills it in.
	ID string `json:"id"`
	// Name is train, evaluate or package.
	Name string `json:"name"`
	// Command is the argument vector.
	Command []string `json:"command"`
	// Inputs are sorted by URI.
	Inputs []Material `json:"inputs,omitempty"`
	// Lines are the lines of the spec that the step comes from.
	Lines []Range `json:"-"`
}

// Metadata is the SLSA metadata and modelbuild's extensions to it.
type Metadata struct {
	slsa02.ProvenanceMetadata
	// Modelbuild holds the spec's source; max mode only.
	Modelbuild *Extension `json:"https://github.com/modelbuild/modelbuild@v1#metadata,omitempty"`
	// Hermetic says that no step of the build had a network.
	Hermetic bool `json:"https://github.com/modelbuild/modelbuild@v1#hermetic,omitempty"`
}

// Extension is modelbuild's part of the metadata.
type Extension struct {
	Source *Source `json:"source,omitempty"`
}

// Source is the text of the spec and the lines each step comes from, in the
// shape of BuildKit's provenance.
type Source struct {
	// Locations maps a step ID to the lines it comes from.
	Locations map[string]Locations `json:"locations,omitempty"`
	Infos     []SourceInfo         `json:"infos,omitempty"`
}

// SourceInfo is one source file.
type SourceInfo struct {
	Filename string `json:"filename"`
	Language string `json:"language,omitempty"`
	// Data is the text, base64 in JSON. Secrets in its URIs are removed; see
	// Redacted.
	Data []byte `json:"data,omitempty"`
	// Redacted says that Data differs from the file because secrets were
	// removed. The digest of invocation.configSource is the file's own.
	Redacted bool `json:"redacted,omitempty"`
}

// Locations are places in source files.
type Locations struct {
	Locations []SourceLocation `json:"locations"`
}

// SourceLocation is a place in the source file at SourceIndex of Infos.
type SourceLocation struct {
	SourceIndex int     `json:"sourceIndex,omitempty"`
	Ranges      []Range `json:"ranges"`
}

// Range is a range of lines, both ends included.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Position is a line, counted from one.
type Position struct {
	Line int `json:"line"`
}

// epochTime returns the time of a source date epoch, or nil where none is known.
func epochTime(epoch int64) *time.Time {
	if epoch <= 0 {
		return nil
	}
	t := time.Unix(epoch, 0).UTC()
	return &t
}
