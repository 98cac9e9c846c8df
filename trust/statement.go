package trust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PredicateImage is the predicate type of a signature of an image itself, as cosign has it since version 3.
const PredicateImage = "https://sigstore.dev/cosign/sign/v1"

// Types of statements.
const (
	typeStatement1 = "https://in-toto.io/Statement/v1"
	typeStatement0 = "https://in-toto.io/Statement/v0.1"
)

// maxSubjects is how many subjects verifiers accept in a statement.
const maxSubjects = 1024

// Statement is an in-toto statement whose predicate is left as it was written.
type Statement struct {
	Type          string          `json:"_type"`
	Subject       []Subject       `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// Subject is what a statement is about.
type Subject struct {
	Name   string            `json:"name,omitempty"`
	Digest map[string]string `json:"digest"`
}

// ErrStatement says that a text is no in-toto statement.
var ErrStatement = errors.New("not an in-toto statement")

// ParseStatement reads a statement of version 0.1 or 1.
func ParseStatement(text []byte) (*Statement, error) {
	var s Statement
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	if s.Type != typeStatement1 && s.Type != typeStatement0 {
		return nil, fmt.Errorf("%w: its type is %q", ErrStatement, s.Type)
	}
	if s.PredicateType == "" {
		return nil, fmt.Errorf("%w: it has no predicate type", ErrStatement)
	}
	return &s, nil
}

// ImageStatement says of a manifest or an index that it is signed, and nothing else.
func ImageStatement(digest string) *Statement {
	return (&Statement{Type: typeStatement1, PredicateType: PredicateImage, Predicate: json.RawMessage("{}")}).For(digest)
}

// For is the statement about manifests too, beside what it is about already: BuildKit writes statements without a
// subject for an image without a name, and verifiers look for the manifest's digest among them. Digests are
// sha256: and hex.
func (s *Statement) For(digests ...string) *Statement {
	out := *s
	out.Subject = slices.Clone(s.Subject)
	if len(out.Subject)+len(digests) > maxSubjects {
		out.Subject = nil
	}
	for _, d := range digests {
		if !out.About(d) {
			algorithm, hex, _ := strings.Cut(d, ":")
			out.Subject = append(out.Subject, Subject{Digest: map[string]string{algorithm: hex}})
		}
	}
	return &out
}

// About reports whether a subject has the digest.
func (s *Statement) About(digest string) bool {
	algorithm, hex, ok := strings.Cut(digest, ":")
	return ok && hex != "" && slices.ContainsFunc(s.Subject, func(o Subject) bool { return o.Digest[algorithm] == hex })
}

// Marshal writes the statement without white space; the same statement always gives the same bytes.
func (s *Statement) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// SaysTheSame reports whether another statement has the same predicate, however it is written.
func (s *Statement) SaysTheSame(o *Statement) bool {
	return s.PredicateType == o.PredicateType && sameJSON(s.Predicate, o.Predicate)
}

// sameJSON compares values; numbers by their text, so that none is rounded.
func sameJSON(a, b []byte) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// canonical sorts the keys of objects and leaves out white space.
func canonical(text []byte) ([]byte, error) {
	if len(text) == 0 {
		text = []byte("null")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
