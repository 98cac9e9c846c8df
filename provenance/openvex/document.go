package openvex

import (
	"fmt"
	"time"
)

// Context is the @context of a document of the version that is read, and the predicate
// type of an attestation that holds one.
const Context = "https://openvex.dev/ns/v0.2.0"

// MaxSize is the largest document that is read, in bytes.
const MaxSize = 16 << 20

// Statuses of a product.
const (
	NotAffected        = "not_affected"
	Affected           = "affected"
	Fixed              = "fixed"
	UnderInvestigation = "under_investigation"
)

var statuses = []string{NotAffected, Affected, Fixed, UnderInvestigation}

var justifications = []string{
	"component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
	"vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
}

// Document is a VEX document.
type Document struct {
	ID, Author string
	Timestamp  time.Time
	Version    int64
	Statements []Statement

	data []byte
}

// Statement says how products stand to a vulnerability.
type Statement struct {
	Vulnerability string // its name, as in CVE-2024-1234
	Status        string // one of the four
	// Why is the justification, the statement of impact or the action, as the status asks.
	Why      string
	Products []Product
}

// Product is a component that a statement is about.
type Product struct {
	ID     string // IRI or package URL; may be empty
	PURL   string // of its identifiers; may be empty
	Hashes map[string]string

	offset int64
}

// Name is what to call a product: its IRI, else its package URL, else one of its hashes.
func (p Product) Name() string {
	switch {
	case p.ID != "":
		return p.ID
	case p.PURL != "":
		return p.PURL
	}
	for _, algorithm := range hashNames {
		if v := p.Hashes[algorithm]; v != "" {
			return algorithm + ":" + v
		}
	}
	return "a product without a package URL"
}

// Position is a place in the text, counted from 1; columns are in characters.
type Position struct{ Line, Column int }

// Problem is a mistake in a document.
type Problem struct {
	Position
	Message, Hint string
}

// Error is the problem in one line.
func (p *Problem) Error() string { return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message) }
