package oci

import (
	"context"
	"encoding/json"
	"fmt"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// annotationPredicateType is where an attestation manifest repeats the predicate type of each statement.
const annotationPredicateType = "in-toto.io/predicate-type"

// Attestation is one in-toto statement beside an image.
type Attestation struct {
	Descriptor ocispecs.Descriptor

	manifest *Manifest
}

// Statement is the outer form of an in-toto statement; Raw holds all of it.
type Statement struct {
	Type          string    `json:"_type"`
	PredicateType string    `json:"predicateType"`
	Subject       []Subject `json:"subject"`

	Raw []byte `json:"-"`
}

// Subject is one thing that a statement is about.
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// Statement reads the statement, checks it against its digest, and checks that the attestation manifest announces the
// predicate type that the statement has.
func (a *Attestation) Statement(ctx context.Context) (*Statement, error) {
	text, err := fetch(ctx, a.manifest.source, a.Descriptor, maxStatement)
	if err != nil {
		return nil, fmt.Errorf("read attestation: %w", err)
	}
	s := &Statement{Raw: text}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, &StatementError{a.Descriptor.Digest.String(), err.Error()}
	}
	if announced := a.Descriptor.Annotations[annotationPredicateType]; announced != s.PredicateType {
		return nil, &StatementError{a.Descriptor.Digest.String(), fmt.Sprintf("announced as %q, but its predicate type is %q", announced, s.PredicateType)}
	}
	return s, nil
}

// StatementError says what is wrong with a statement whose bytes are those of its digest.
type StatementError struct{ Digest, Problem string }

// Error names the statement.
func (e *StatementError) Error() string {
	return fmt.Sprintf("read attestation %s: %s", e.Digest, e.Problem)
}

// Type is the predicate type that the attestation manifest announces.
func (a *Attestation) Type() string { return a.Descriptor.Annotations[annotationPredicateType] }

// About tells whether a subject of the statement is the image manifest that it lies beside. BuildKit writes subjects
// only for an image that has a name; a statement without subjects is tied to the image by the index alone.
func (a *Attestation) About(s *Statement) bool {
	d := a.manifest.Descriptor.Digest
	for _, subject := range s.Subject {
		if subject.Digest[d.Algorithm().String()] == d.Encoded() {
			return true
		}
	}
	return false
}
