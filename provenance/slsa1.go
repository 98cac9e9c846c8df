package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/in-toto/in-toto-golang/in_toto"
	slsa02 "github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/v0.2"
)

// Statement1 is a statement with a SLSA v1 provenance predicate: what [Statement] says in the words of that version.
type Statement1 struct {
	in_toto.StatementHeader
	Predicate Predicate1 `json:"predicate"`
}

// Predicate1 is the SLSA v1 predicate with the free-form parts typed. Its JSON has no field besides the specification's:
// what modelbuild adds is in internalParameters, which is free, so that a reader that refuses unknown fields takes it.
type Predicate1 struct {
	BuildDefinition BuildDefinition `json:"buildDefinition"`
	RunDetails      RunDetails      `json:"runDetails"`
}

// BuildDefinition says what was built from what.
type BuildDefinition struct {
	BuildType            string             `json:"buildType"`
	ExternalParameters   ExternalParameters `json:"externalParameters"`
	InternalParameters   InternalParameters `json:"internalParameters"`
	ResolvedDependencies []Material         `json:"resolvedDependencies,omitempty"`
}

// ExternalParameters are what the user decides.
type ExternalParameters struct {
	ConfigSource ConfigSource `json:"configSource"`
	// Parameters are the resolved parameters of the spec; max mode only.
	Parameters map[string]any `json:"parameters,omitempty"`
}

// ConfigSource is the spec, in the form that BuildKit's provenance has it.
type ConfigSource struct {
	URI    string    `json:"uri,omitempty"`
	Digest DigestSet `json:"digest,omitempty"`
	Path   string    `json:"path,omitempty"`
}

// InternalParameters are what the builder adds, and what v0.2 says in its metadata.
type InternalParameters struct {
	BuilderPlatform string       `json:"builderPlatform"`
	BuildConfig     *BuildConfig `json:"buildConfig,omitempty"`
	// Source is the text of the spec; max mode only.
	Source       *Source      `json:"source,omitempty"`
	Completeness Completeness `json:"completeness"`
	Hermetic     bool         `json:"hermetic"`
	Reproducible bool         `json:"reproducible"`
}

// Completeness says which parts are known to be complete.
type Completeness struct {
	Parameters           bool `json:"parameters"`
	Environment          bool `json:"environment"`
	ResolvedDependencies bool `json:"resolvedDependencies"`
}

// RunDetails say who built it.
type RunDetails struct {
	Builder  slsa02.ProvenanceBuilder `json:"builder"`
	Metadata *RunMetadata             `json:"metadata,omitempty"`
}

// RunMetadata is when.
type RunMetadata struct {
	InvocationID string     `json:"invocationId,omitempty"`
	StartedOn    *time.Time `json:"startedOn,omitempty"`
	FinishedOn   *time.Time `json:"finishedOn,omitempty"`
}

// SLSA1 is the statement in the words of SLSA v1.
func (s *Statement) SLSA1() *Statement1 {
	out := &Statement1{StatementHeader: s.StatementHeader}
	out.PredicateType = PredicateSLSA1
	p := s.Predicate
	source := p.Invocation.ConfigSource
	d := &out.Predicate.BuildDefinition
	d.BuildType = p.BuildType
	d.ExternalParameters = ExternalParameters{
		ConfigSource: ConfigSource{URI: source.URI, Digest: source.Digest, Path: source.EntryPoint},
		Parameters:   p.Invocation.Parameters,
	}
	d.InternalParameters = InternalParameters{BuilderPlatform: p.Invocation.Environment.Platform, BuildConfig: p.BuildConfig}
	d.ResolvedDependencies = p.Materials
	out.Predicate.RunDetails.Builder.ID = p.Builder.ID
	md := p.Metadata
	if md == nil {
		return out
	}
	in := &d.InternalParameters
	in.Completeness = Completeness{Parameters: md.Completeness.Parameters, Environment: md.Completeness.Environment,
		ResolvedDependencies: md.Completeness.Materials}
	in.Hermetic, in.Reproducible = md.Hermetic, md.Reproducible
	if md.Modelbuild != nil {
		in.Source = md.Modelbuild.Source
	}
	if md.BuildInvocationID != "" || md.BuildStartedOn != nil || md.BuildFinishedOn != nil {
		out.Predicate.RunDetails.Metadata = &RunMetadata{
			InvocationID: md.BuildInvocationID, StartedOn: md.BuildStartedOn, FinishedOn: md.BuildFinishedOn,
		}
	}
	return out
}

// SLSA02 is the statement in the words of SLSA v0.2; nothing is lost either way.
func (s *Statement1) SLSA02() *Statement {
	out := &Statement{StatementHeader: s.StatementHeader}
	out.PredicateType = PredicateSLSA02
	d, in, p := s.Predicate.BuildDefinition, s.Predicate.BuildDefinition.InternalParameters, &out.Predicate
	source := d.ExternalParameters.ConfigSource
	p.Builder.ID, p.BuildType = s.Predicate.RunDetails.Builder.ID, d.BuildType
	p.Invocation.ConfigSource = slsa02.ConfigSource{URI: source.URI, Digest: source.Digest, EntryPoint: source.Path}
	p.Invocation.Parameters, p.Invocation.Environment.Platform = d.ExternalParameters.Parameters, in.BuilderPlatform
	p.BuildConfig = in.BuildConfig
	p.Materials = d.ResolvedDependencies
	p.Metadata = &Metadata{Hermetic: in.Hermetic}
	p.Metadata.Reproducible = in.Reproducible
	p.Metadata.Completeness = slsa02.ProvenanceComplete{Parameters: in.Completeness.Parameters,
		Environment: in.Completeness.Environment, Materials: in.Completeness.ResolvedDependencies}
	if in.Source != nil {
		p.Metadata.Modelbuild = &Extension{Source: in.Source}
	}
	if md := s.Predicate.RunDetails.Metadata; md != nil {
		p.Metadata.BuildInvocationID, p.Metadata.BuildStartedOn, p.Metadata.BuildFinishedOn = md.InvocationID, md.StartedOn, md.FinishedOn
	}
	return out
}

// Marshal returns the canonical JSON of the statement, as [Statement.Marshal] does.
func (s *Statement1) Marshal() ([]byte, error) { return canonical(s) }

// Statement1 decodes a SLSA v1 predicate.
func (r *Raw) Statement1() (*Statement1, error) {
	if r.PredicateType != PredicateSLSA1 {
		return nil, &MismatchError{Want: PredicateSLSA1, Got: r.PredicateType}
	}
	st := &Statement1{StatementHeader: r.StatementHeader}
	dec := json.NewDecoder(bytes.NewReader(r.Predicate))
	dec.UseNumber()
	if err := dec.Decode(&st.Predicate); err != nil {
		return nil, fmt.Errorf("parse SLSA v1 predicate: %w", err)
	}
	d := st.Predicate.BuildDefinition
	if d.BuildType == "" {
		return nil, errors.New("parse SLSA v1 predicate: buildType is missing")
	}
	for _, m := range d.ResolvedDependencies {
		if err := validateDigests(m.Digest); err != nil {
			return nil, fmt.Errorf("parse SLSA v1 predicate: dependency %q: %w", m.URI, err)
		}
	}
	return st, nil
}
