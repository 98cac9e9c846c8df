package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// summary is where a model comes from, as the statements in the image and beside it say.
type summary struct {
	Name        string           `json:"name,omitempty"`
	Version     string           `json:"version,omitempty"`
	License     string           `json:"license,omitempty"`
	Description string           `json:"description,omitempty"`
	Data        []inputSummary   `json:"data"`
	Base        *inputSummary    `json:"base,omitempty"` // the image that this one is built on
	Spec        *inputSummary    `json:"spec,omitempty"`
	Commit      string           `json:"commit,omitempty"` // as the client told it
	Dirty       bool             `json:"dirty,omitempty"`
	Frontend    *inputSummary    `json:"frontend,omitempty"`
	Trained     string           `json:"trained,omitempty"` // algorithm and task
	Packages    *packagesSummary `json:"packages,omitempty"`
	// Class is what training promises of another build; empty where nothing says it.
	Class    string `json:"class,omitempty"`
	Hermetic bool   `json:"hermetic"`
	// Builder is the id that the model's provenance has; BuildKit the one in BuildKit's.
	Builder  string `json:"builder"`
	BuildKit string `json:"buildkit"`
	// Reproduced are the results of attached statements of a reproduction, with who made it.
	Reproduced []string `json:"reproduced"`
	// From are the models that this one was trained from, the nearest first.
	From []provenance.RecordBase `json:"from"`
	// VEX are the OpenVEX documents of the image.
	VEX []vexSummary `json:"vex"`
	// Attached are the types of what refers to the image, signatures among them. None was checked.
	Attached []string `json:"attached"`
	// Signatures are the Sigstore bundles among them. None was checked.
	Signatures []signatureSummary `json:"signatures"`

	baseDigest string // of the image that this one is said to be built on
}

// inputSummary is something that was read, by its digest.
type inputSummary struct {
	Name   string `json:"name,omitempty"`
	URI    string `json:"uri"`
	Digest string `json:"digest"`
	Rows   int    `json:"rows,omitempty"`
}

// packagesSummary counts the packages that the bills of materials in the image list.
type packagesSummary struct {
	Image    int `json:"image"`    // of the model, and of what trained it where that was the built-in engine
	Training int `json:"training"` // of the environment of a program
}

// Labels of an image that say what it is.
const (
	labelTitle       = "org.opencontainers.image.title"
	labelVersion     = "org.opencontainers.image.version"
	labelLicenses    = "org.opencontainers.image.licenses"
	labelDescription = "org.opencontainers.image.description"
	labelBase        = "org.opencontainers.image.base.digest"
)

func newSummary() *summary {
	return &summary{Data: []inputSummary{}, Reproduced: []string{}, From: []provenance.RecordBase{}, VEX: []vexSummary{}, Attached: []string{}, Signatures: []signatureSummary{}}
}

// labels takes what the image says of itself.
func (s *summary) labels(labels map[string]string) {
	s.Name, s.Version, s.License, s.Description = labels[labelTitle], labels[labelVersion], labels[labelLicenses], labels[labelDescription]
	s.baseDigest = labels[labelBase]
}

// documents takes what the documents in /model say.
func (s *summary) documents(c *contents.Contents) error {
	if text, ok := c.Documents[contents.Statement]; ok {
		st, err := provenance.ParseStatement(text)
		if err != nil {
			return fmt.Errorf("read %s: %w", contents.Statement, err)
		}
		for _, subject := range st.Subject {
			if f, ok := c.Lookup(subject.Name); !ok || f.Sum() != subject.Digest["sha256"] {
				return fmt.Errorf("read %s: it is about another %s than the one that is there", contents.Statement, subject.Name)
			}
		}
		s.statement(st)
	}
	if text, ok := c.Documents[contents.Config]; ok && len(s.Data) == 0 {
		if err := s.config(text); err != nil {
			return fmt.Errorf("read %s: %w", contents.Config, err)
		}
	}
	if err := s.vexDocuments(c); err != nil {
		return err
	}
	if text, ok := c.Documents[contents.Lineage]; ok {
		l, err := provenance.ParseLineage(text)
		if err != nil {
			return fmt.Errorf("read %s: %w", contents.Lineage, err)
		}
		s.From = l.From
	}
	image, training := 0, 0
	for name, n := range map[string]*int{contents.CycloneDX: &image, contents.TrainingCDX: &training} {
		text, ok := c.Documents[name]
		if !ok {
			continue
		}
		var err error
		if *n, err = s.bill(text); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		s.Packages = &packagesSummary{}
	}
	if s.Packages != nil {
		*s.Packages = packagesSummary{image, training}
	}
	return nil
}

// config takes what training was given, where no statement says more of it.
func (s *summary) config(text []byte) error {
	var d struct {
		Data      []struct{ Name, Path, Digest string } `json:"data"`
		Task      string                                `json:"task"`
		Algorithm string                                `json:"algorithm"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	for _, in := range d.Data {
		s.Data = append(s.Data, inputSummary{Name: in.Name, URI: in.Path, Digest: in.Digest})
	}
	s.Trained = strings.TrimSpace(d.Algorithm + " " + d.Task)
	return nil
}

// statement takes the inputs of the model's own provenance.
func (s *summary) statement(st *provenance.Statement) {
	p := st.Predicate
	s.Builder = p.Builder.ID
	s.Hermetic = p.Metadata != nil && p.Metadata.Hermetic
	source := p.Invocation.ConfigSource
	s.Spec = &inputSummary{Name: source.EntryPoint, URI: source.URI, Digest: sumText(source.Digest)}
	for _, m := range p.Materials {
		in := inputSummary{URI: m.URI, Digest: sumText(m.Digest)}
		switch {
		case s.baseDigest != "" && in.Digest == s.baseDigest && s.Base == nil:
			s.Base = &in
		case strings.HasPrefix(m.URI, "pkg:docker/") && s.Frontend == nil:
			s.Frontend = &in
		case m.URI != source.URI && path.Base(m.URI) != source.EntryPoint:
			s.Data = append(s.Data, in)
		}
	}
	// Files of the context first: what was fetched is mostly packages.
	slices.SortStableFunc(s.Data, func(a, b inputSummary) int { return cmp.Compare(origin(a.URI), origin(b.URI)) })
}

// origin orders inputs: what is local before what was fetched.
func origin(uri string) int {
	if strings.HasPrefix(uri, "http") {
		return 1
	}
	return 0
}

// bill counts the packages of a CycloneDX document, and takes the name of what it is about where there is no other.
func (s *summary) bill(text []byte) (int, error) {
	type component struct {
		Type    string `json:"type"`
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	var d struct {
		Metadata struct {
			Component component `json:"component"`
		} `json:"metadata"`
		Components []component `json:"components"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return 0, err
	}
	if about := d.Metadata.Component; about.Type == "machine-learning-model" {
		s.Name, s.Version = cmp.Or(s.Name, about.Name), cmp.Or(s.Version, about.Version)
	}
	n := 0
	for _, c := range d.Components {
		if c.Type == "library" || c.Type == "application" || c.Type == "framework" {
			n++
		}
	}
	return n, nil
}

// record takes what the training record knows better than the other documents.
func (s *summary) record(r *provenance.TrainingRecord) {
	s.Name, s.Version = cmp.Or(s.Name, r.Model.Name), cmp.Or(s.Version, r.Model.Version)
	s.Class = r.Determinism.Class
	s.Trained = strings.TrimSpace(r.Training.Algorithm + " " + r.Training.Task)
	if r.Source != nil {
		s.Commit, s.Dirty = r.Source.Revision, r.Source.Dirty
	}
	for _, d := range r.Datasets {
		in := inputSummary{Name: d.Name, URI: d.URI, Digest: sumText(d.Digest), Rows: d.Rows}
		if i := slices.IndexFunc(s.Data, func(o inputSummary) bool { return o.URI == d.URI }); i >= 0 {
			s.Data[i] = in
		} else {
			s.Data = append(s.Data, in)
		}
	}
}

// take reads one statement beside the image that is about it.
func (s *summary) take(text []byte) error {
	raw, err := provenance.ParseUnbound(text)
	if err != nil {
		return err
	}
	switch raw.PredicateType {
	case provenance.PredicateTrainingRecord:
		r, err := raw.TrainingRecord()
		if err != nil {
			return err
		}
		s.record(r)
	case provenance.PredicateSLSA02, provenance.PredicateSLSA1:
		var p struct {
			Builder    struct{ ID string } `json:"builder"`
			RunDetails struct {
				Builder struct{ ID string } `json:"builder"`
			} `json:"runDetails"`
		}
		if err := json.Unmarshal(raw.Predicate, &p); err != nil {
			return fmt.Errorf("read BuildKit's provenance: %w", err)
		}
		s.BuildKit = cmp.Or(p.Builder.ID, p.RunDetails.Builder.ID)
	case provenance.PredicateReproduction:
		r, err := raw.Reproduction()
		if err != nil {
			return err
		}
		s.Reproduced = append(s.Reproduced, strings.TrimSpace(r.Result+" "+r.Builder.ID))
	}
	return nil
}

// attached lists what refers to the manifest, and reads statements of reproductions among it.
func (s *summary) attached(ctx context.Context, m *oci.Manifest) error {
	var err error
	if s.Attached, err = m.Referrers(ctx); err != nil {
		return err
	}
	if s.Signatures, err = signaturesOf(ctx, m); err != nil {
		return err
	}
	found, err := m.Attached(ctx, provenance.PredicateReproduction)
	if err != nil {
		return err
	}
	for _, st := range found {
		if slices.ContainsFunc(st.Subject, func(o oci.Subject) bool { return o.Digest["sha256"] == m.Descriptor.Digest.Encoded() }) {
			if err := s.take(st.Raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func sumText(d provenance.DigestSet) string {
	for _, algorithm := range []string{"sha256", "sha1", "sha512", "sha384"} {
		if v := d[algorithm]; v != "" {
			return algorithm + ":" + v
		}
	}
	return ""
}
