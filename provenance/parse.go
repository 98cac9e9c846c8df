package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/in-toto/in-toto-golang/in_toto"
)

// UnknownTypeError reports a statement or predicate type that this package does
// not read.
type UnknownTypeError struct {
	// Field is _type or predicateType.
	Field string
	// Type is the value found.
	Type string
}

// Error names the field and the type found in it.
func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("unknown %s %q", e.Field, e.Type)
}

// MismatchError reports a statement of a known type other than the one asked
// for.
type MismatchError struct{ Want, Got string }

// Error names both types.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("predicate type is %q, want %q", e.Got, e.Want)
}

// Raw is a statement whose header was read and checked and whose predicate was
// not decoded yet.
type Raw struct {
	in_toto.StatementHeader
	Predicate json.RawMessage `json:"predicate"`
}

// Parse reads a statement of any known predicate type. It is strict where a
// lenient reader could be misled: keys that occur twice or in the wrong case,
// unknown types, subjects without digest, text after the statement and input
// over [MaxSize] are errors. Unknown fields are accepted, as in-toto demands.
func Parse(data []byte) (*Raw, error) {
	raw, err := ParseUnbound(data)
	if err != nil {
		return nil, err
	}
	if len(raw.Subject) == 0 {
		return nil, errors.New("parse statement: there is no subject")
	}
	return raw, nil
}

// ParseUnbound is [Parse] for a statement that may lack a subject. BuildKit
// writes one for an image without a name. Such a statement says nothing about
// any file: what it belongs to is only known from the manifest it was found in.
func ParseUnbound(data []byte) (*Raw, error) {
	if err := checkStrict(data); err != nil {
		return nil, fmt.Errorf("parse statement: %w", err)
	}
	var raw Raw
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("parse statement: %w", err)
	}
	if err := raw.validate(); err != nil {
		return nil, fmt.Errorf("parse statement: %w", err)
	}
	return &raw, nil
}

func (r *Raw) validate() error {
	if r.Type != in_toto.StatementInTotoV1 && r.Type != in_toto.StatementInTotoV01 {
		return &UnknownTypeError{Field: "_type", Type: r.Type}
	}
	known := []string{PredicateSLSA02, PredicateSLSA1, PredicateTrainingRecord, PredicateCycloneDX, PredicateSPDX, PredicateReproduction, PredicateLayers, PredicateOMS}
	if !slices.Contains(known, r.PredicateType) {
		return &UnknownTypeError{Field: "predicateType", Type: r.PredicateType}
	}
	if !bytes.HasPrefix(bytes.TrimLeft(r.Predicate, " \t\r\n"), []byte("{")) {
		return errors.New("predicate is missing or no object")
	}
	if len(r.Subject) == 0 {
		return nil
	}
	return validateSubjects(r.Subject)
}

// Statement decodes a SLSA predicate, one of v1 into the words of v0.2; [Raw] tells which
// of them it was.
func (r *Raw) Statement() (*Statement, error) {
	if r.PredicateType == PredicateSLSA1 {
		st, err := r.Statement1()
		if err != nil {
			return nil, err
		}
		return st.SLSA02(), nil
	}
	if r.PredicateType != PredicateSLSA02 {
		return nil, &MismatchError{Want: PredicateSLSA02, Got: r.PredicateType}
	}
	st := &Statement{StatementHeader: r.StatementHeader}
	dec := json.NewDecoder(bytes.NewReader(r.Predicate))
	dec.UseNumber()
	if err := dec.Decode(&st.Predicate); err != nil {
		return nil, fmt.Errorf("parse SLSA v0.2 predicate: %w", err)
	}
	if err := st.Predicate.validate(); err != nil {
		return nil, fmt.Errorf("parse SLSA v0.2 predicate: %w", err)
	}
	return st, nil
}

// validate checks what SLSA v0.2 requires and what the reader relies on.
func (p *Predicate) validate() error {
	if p.BuildType == "" {
		return errors.New("buildType is missing")
	}
	for _, m := range p.Materials {
		if err := validateDigests(m.Digest); err != nil {
			return fmt.Errorf("material %q: %w", m.URI, err)
		}
	}
	return nil
}

// TrainingRecord decodes a training record predicate.
func (r *Raw) TrainingRecord() (*TrainingRecord, error) {
	if r.PredicateType != PredicateTrainingRecord {
		return nil, &MismatchError{Want: PredicateTrainingRecord, Got: r.PredicateType}
	}
	return ParseTrainingRecord(r.Predicate)
}

// ParseStatement reads a statement with a SLSA predicate; see [Raw.Statement].
func ParseStatement(data []byte) (*Statement, error) {
	raw, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return raw.Statement()
}
