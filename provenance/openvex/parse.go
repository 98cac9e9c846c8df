package openvex

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxProblems bounds how many mistakes of a document are told.
const maxProblems = 20

// Keys of the objects of a document.
var (
	documentKeys = []string{"@context", "@id", "author", "role", "timestamp", "last_updated", "version", "tooling", "supplier", "statements"}

	statementKeys = []string{
		"@id", "version", "vulnerability", "timestamp", "last_updated", "products", "status", "supplier", "status_notes",
		"justification", "impact_statement", "action_statement", "action_statement_timestamp",
	}
	vulnerabilityKeys = []string{"@id", "name", "description", "aliases"}
	productKeys       = []string{"@id", "identifiers", "hashes", "supplier", "subcomponents"}
	subcomponentKeys  = []string{"@id", "identifiers", "hashes", "supplier"}
	identifierNames   = []string{"purl", "cpe22", "cpe23"}
	hashNames         = []string{
		"sha-256", "sha-512", "sha-384", "sha3-256", "sha3-512", "sha3-384", "sha3-224", "blake3", "blake2b-512", "blake2b-256", "blake2s-256", "sha1", "md5",
	}
)

// Parse reads a document. Where there are problems, in the order of the text, the
// document is nil.
func Parse(data []byte) (*Document, []*Problem) {
	root, p := readJSON(data)
	if p != nil {
		return nil, []*Problem{p}
	}
	c := &checker{}
	d := c.document(root)
	if d != nil {
		d.data = data
	}
	if len(c.found) > 0 {
		slices.SortStableFunc(c.found, func(a, b found) int { return cmp.Compare(a.offset, b.offset) })
		var problems []*Problem
		for _, f := range c.found[:min(len(c.found), maxProblems)] {
			problems = append(problems, &Problem{position(data, f.offset), f.message, f.hint})
		}
		return nil, problems
	}
	return d, nil
}

// checker collects what is wrong. Places are worked out for what is told only: a document
// of one line is long.
type checker struct{ found []found }

type found struct {
	offset        int64
	message, hint string
}

func (c *checker) add(offset int64, hint, format string, args ...any) {
	c.found = append(c.found, found{offset, fmt.Sprintf(format, args...), hint})
}

// object reports what is no object with keys of the list. It is whether there is one.
func (c *checker) object(n *node, what string, keys []string) bool {
	if n == nil {
		return false
	}
	if n.value != json.Delim('{') {
		c.add(n.offset, "", "%s must be an object", what)
		return false
	}
	for _, f := range n.fields {
		if !slices.Contains(keys, f.name) {
			c.add(f.offset, "it has "+strings.Join(keys, ", "), "%s has no key %q", what, f.name)
		}
	}
	return true
}

// list are the items of a list that may be left out.
func (c *checker) list(n *node, what string) []*node {
	if n == nil {
		return nil
	}
	if n.value != json.Delim('[') {
		c.add(n.offset, "", "%s must be a list", what)
		return nil
	}
	return n.items
}

// text is the value of a key that may be left out; empty text is a mistake.
func (c *checker) text(n *node, name, what string) string {
	v := n.get(name)
	if v == nil {
		return ""
	}
	s, ok := v.value.(string)
	if !ok || strings.TrimSpace(s) == "" {
		c.add(v.offset, "", "%s of %s must be text that is not empty", name, what)
		return ""
	}
	return s
}

// required is [checker.text] of a key that must be there.
func (c *checker) required(n *node, name, what string) string {
	if n.get(name) == nil {
		c.add(n.offset, "", "%s has no %s", what, name)
	}
	return c.text(n, name, what)
}

func (c *checker) time(n *node, name, what string) time.Time {
	s := c.text(n, name, what)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		c.add(n.get(name).offset, "as in 2026-01-31T12:00:00Z", "%s of %s is not a time of RFC 3339", name, what)
	}
	return t
}

func (c *checker) version(n *node, what string) int64 {
	v := n.get("version")
	if v == nil {
		return 0
	}
	number, ok := v.value.(json.Number)
	i, err := number.Int64()
	if !ok || err != nil || i < 1 {
		c.add(v.offset, "as in 1, and one more with each change", "version of %s must be a whole number of at least 1", what)
	}
	return i
}

func (c *checker) document(n *node) *Document {
	const what = "the document"
	if !c.object(n, what, documentKeys) {
		return nil
	}
	d := &Document{Author: c.required(n, "author", what), ID: c.required(n, "@id", what)}
	if context := c.required(n, "@context", what); context != "" && context != Context {
		c.add(n.get("@context").offset, "write "+Context, "@context is not that of OpenVEX 0.2.0")
	}
	if u, err := url.Parse(d.ID); d.ID != "" && (err != nil || u.Scheme == "") {
		c.add(n.get("@id").offset, "as in https://example.org/vex/2026-1", "@id of the document is not an IRI")
	}
	for _, name := range []string{"timestamp", "version", "statements"} {
		if n.get(name) == nil {
			c.add(n.offset, "", "the document has no %s", name)
		}
	}
	d.Timestamp, d.Version = c.time(n, "timestamp", what), c.version(n, what)
	c.time(n, "last_updated", what)
	for _, name := range []string{"role", "tooling", "supplier"} {
		c.text(n, name, what)
	}
	ids := map[string]bool{}
	items := c.list(n.get("statements"), "statements")
	if s := n.get("statements"); s != nil && s.value == json.Delim('[') && len(items) == 0 {
		c.add(s.offset, "", "the document has no statements")
	}
	for i, item := range items {
		what := fmt.Sprintf("statement %d", i+1)
		if !c.object(item, what, statementKeys) {
			continue
		}
		if id := c.text(item, "@id", what); id != "" && ids[id] {
			c.add(item.get("@id").offset, "", "the @id of %s is that of another one", what)
		} else {
			ids[id] = true
		}
		d.Statements = append(d.Statements, c.statement(item, what))
	}
	return d
}
