package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/in-toto/in-toto-golang/in_toto"
	slsa02 "github.com/in-toto/in-toto-golang/in_toto/slsa_provenance/v0.2"

	"github.com/modelbuild/modelbuild/internal/redact"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// Build is what is known of a finished build.
type Build struct {
	// Subjects are the model files with a sha256 each; at least one.
	Subjects []Subject
	// Builder is the URI of who ran the build, or empty.
	Builder string
	// BuildType defaults to [packagejob.BuildType].
	BuildType string
	// Spec is the file that describes the build.
	Spec SpecFile
	// Materials are all inputs but the spec, in any order.
	Materials []Material
	// Platform is the platform of the build in OCI notation.
	Platform string
	// Hermetic says that no step had a network.
	Hermetic bool
	// Reproducible says that another run gives the same bytes.
	Reproducible bool
	// Epoch is SOURCE_DATE_EPOCH in Unix seconds, or zero for no time.
	Epoch int64
	// Parameters are the resolved parameters; max mode only.
	Parameters map[string]any
	// Steps are the commands in order; max mode only.
	Steps []Step
	// Definition is the LLB of what the last step reads; max mode only.
	Definition []packagejob.Vertex
}

// SpecFile is the model spec as a configuration source.
type SpecFile struct {
	// URI and Digest identify the source that holds the file.
	URI    string
	Digest DigestSet
	// EntryPoint is the path of the file within its source.
	EntryPoint string
	// Material is the file itself; without a URI it is no material of its own.
	Material Material
	// Text is the content, published in max mode.
	Text []byte
	// Texts are the other files that it is made of, likewise.
	Texts []packagejob.Text
}

// New returns the statement about a build. Mode packagejob.ModeMin leaves out
// parameters, steps and source text, as BuildKit's mode min does. URIs are
// redacted, materials sorted and deduplicated; b is not changed.
func New(b Build, mode packagejob.Mode) (*Statement, error) {
	if err := validateSubjects(b.Subjects); err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	if mode != packagejob.ModeMin && mode != packagejob.ModeMax {
		return nil, fmt.Errorf("build statement: unknown mode %q", mode)
	}
	all := b.Materials
	if b.Spec.Material.URI != "" {
		all = append(slices.Clone(all), b.Spec.Material)
	}
	materials, err := NormalizeMaterials(all)
	if err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	st := &Statement{StatementHeader: in_toto.StatementHeader{ //nolint:staticcheck // the form BuildKit writes too
		Type:          StatementType,
		PredicateType: PredicateSLSA02,
		Subject:       slices.Clone(b.Subjects),
	}}
	p := &st.Predicate
	p.Builder.ID = redact.URI(b.Builder)
	p.BuildType = b.BuildType
	if p.BuildType == "" {
		p.BuildType = packagejob.BuildType
	}
	p.Materials = materials
	p.Invocation.ConfigSource = slsa02.ConfigSource{
		URI: redact.URI(b.Spec.URI), Digest: b.Spec.Digest, EntryPoint: b.Spec.EntryPoint,
	}
	p.Invocation.Environment.Platform = b.Platform
	p.Metadata = b.metadata(materials)
	if mode == packagejob.ModeMax {
		if err := b.addDetail(p); err != nil {
			return nil, fmt.Errorf("build statement: %w", err)
		}
	}
	return st, nil
}

// metadata fills the part that both modes share. Materials are complete only
// where no step could fetch more and every one of them has a digest.
func (b *Build) metadata(materials []Material) *Metadata {
	undigested := func(m Material) bool { return len(m.Digest) == 0 }
	md := &Metadata{Hermetic: b.Hermetic}
	md.Reproducible = b.Reproducible
	md.BuildStartedOn = epochTime(b.Epoch)
	md.BuildFinishedOn = epochTime(b.Epoch)
	md.Completeness = slsa02.ProvenanceComplete{
		Environment: b.Hermetic,
		Materials:   b.Hermetic && !slices.ContainsFunc(materials, undigested),
	}
	return md
}

// addDetail adds what only max mode publishes.
func (b *Build) addDetail(p *Predicate) error {
	params, err := redactParameters(b.Parameters)
	if err != nil {
		return err
	}
	p.Invocation.Parameters = params
	p.Metadata.Completeness.Parameters = true
	source := &Source{}
	if len(b.Steps) > 0 {
		p.BuildConfig = &BuildConfig{}
		if p.BuildConfig.Definition, err = vertices(b.Definition); err != nil {
			return err
		}
	}
	for i, s := range b.Steps {
		step, err := normalizeStep(s, i)
		if err != nil {
			return err
		}
		p.BuildConfig.Steps = append(p.BuildConfig.Steps, step)
		if len(s.Lines) > 0 {
			if source.Locations == nil {
				source.Locations = make(map[string]Locations)
			}
			source.Locations[step.ID] = Locations{Locations: []SourceLocation{{Ranges: slices.Clone(s.Lines)}}}
		}
	}
	if len(b.Spec.Text) > 0 {
		source.Infos = []SourceInfo{sourceInfo(packagejob.Text{Filename: b.Spec.EntryPoint, Language: "YAML", Data: b.Spec.Text})}
	}
	for _, t := range b.Spec.Texts {
		source.Infos = append(source.Infos, sourceInfo(t))
	}
	if source.Infos != nil || source.Locations != nil {
		p.Metadata.Modelbuild = &Extension{Source: source}
	}
	return nil
}

func normalizeStep(s Step, i int) (Step, error) {
	inputs, err := NormalizeMaterials(s.Inputs)
	if err != nil {
		return Step{}, fmt.Errorf("step %q: %w", s.Name, err)
	}
	step := Step{ID: fmt.Sprintf("step%d", i), Name: s.Name, Inputs: inputs, Lines: slices.Clone(s.Lines)}
	for _, arg := range s.Command {
		step.Command = append(step.Command, redact.Text(arg))
	}
	if step.Command == nil {
		return Step{}, fmt.Errorf("step %q has no command", s.Name)
	}
	return step, nil
}

func sourceInfo(t packagejob.Text) SourceInfo {
	text := []byte(redact.Text(string(t.Data)))
	return SourceInfo{Filename: t.Filename, Language: t.Language, Data: text, Redacted: !bytes.Equal(text, t.Data)}
}

// vertices reads ops as plain JSON, without the secrets of addresses in them.
func vertices(def []packagejob.Vertex) ([]Vertex, error) {
	var out []Vertex
	for _, v := range def {
		var op map[string]any
		dec := json.NewDecoder(bytes.NewReader(v.Op))
		dec.UseNumber()
		if err := dec.Decode(&op); err != nil {
			return nil, fmt.Errorf("read %s of the LLB: %w", v.ID, err)
		}
		out = append(out, Vertex{ID: v.ID, Op: redactValue(op).(map[string]any), Inputs: v.Inputs})
	}
	return out, nil
}

// validateSubjects requires a name and a well-formed sha256 for every subject.
func validateSubjects(subjects []Subject) error {
	if len(subjects) == 0 {
		return errors.New("there is no subject")
	}
	for i, s := range subjects {
		if s.Name == "" {
			return fmt.Errorf("subject %d has no name", i)
		}
		if s.Digest["sha256"] == "" {
			return fmt.Errorf("subject %q has no sha256", s.Name)
		}
		if err := validateDigests(s.Digest); err != nil {
			return fmt.Errorf("subject %q: %w", s.Name, err)
		}
	}
	return nil
}
