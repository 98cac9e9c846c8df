package openvex

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
)

func (c *checker) statement(n *node, what string) Statement {
	s := Statement{Status: c.required(n, "status", what)}
	c.version(n, what)
	for _, name := range []string{"timestamp", "last_updated", "action_statement_timestamp"} {
		c.time(n, name, what)
	}
	for _, name := range []string{"supplier", "status_notes"} {
		c.text(n, name, what)
	}
	if v := n.get("vulnerability"); v == nil {
		c.add(n.offset, "", "%s has no vulnerability", what)
	} else if about := "vulnerability of " + what; c.object(v, about, vulnerabilityKeys) {
		s.Vulnerability = c.required(v, "name", about)
		c.text(v, "@id", about)
		c.text(v, "description", about)
		for _, alias := range c.list(v.get("aliases"), "aliases of "+what) {
			if text, ok := alias.value.(string); !ok || text == "" {
				c.add(alias.offset, "", "an alias of %s must be text that is not empty", what)
			}
		}
	}
	s.Why = c.condition(n, s.Status, what)
	products := c.list(n.get("products"), "products of "+what)
	if p := n.get("products"); p == nil || p.value == json.Delim('[') && len(products) == 0 {
		c.add(n.offset, "name what it is about", "%s has no products", what)
	}
	for _, p := range products {
		if !c.object(p, "a product of "+what, productKeys) {
			continue
		}
		s.Products = append(s.Products, c.product(p, "a product of "+what))
		for _, sub := range c.list(p.get("subcomponents"), "subcomponents of "+what) {
			if about := "a subcomponent of " + what; c.object(sub, about, subcomponentKeys) {
				c.product(sub, about)
			}
		}
	}
	return s
}

// condition checks what a status asks for and what it excludes.
func (c *checker) condition(n *node, status, what string) string {
	const justification, impact, action = "justification", "impact_statement", "action_statement"
	why := map[string]string{}
	for _, name := range []string{justification, impact, action} {
		why[name] = c.text(n, name, what)
	}
	exclude := func(names ...string) {
		for _, name := range names {
			if v := n.get(name); v != nil {
				c.add(v.offset, "take it out, or change the status", "%s is %s, which goes without %s", what, status, name)
			}
		}
	}
	if j := why[justification]; j != "" && !slices.Contains(justifications, j) {
		c.add(n.get(justification).offset, "it can be "+strings.Join(justifications, ", "), "%s has no justification %q", what, j)
	}
	switch status {
	case NotAffected:
		if n.get(justification) == nil && n.get(impact) == nil {
			c.add(n.get("status").offset, "a justification is "+strings.Join(justifications, ", "), "%s is not_affected without a justification or an impact_statement", what)
		}
		exclude(action)
	case Affected:
		if n.get(action) == nil {
			c.add(n.get("status").offset, "say what to do", "%s is affected without an action_statement", what)
		}
		exclude(justification, impact)
	case Fixed, UnderInvestigation:
		exclude(justification, impact, action)
	case "": // reported
	default:
		c.add(n.get("status").offset, "it can be "+strings.Join(statuses, ", "), "%s has no status %q", what, status)
	}
	for _, name := range []string{justification, impact, action} {
		if why[name] != "" {
			return why[name]
		}
	}
	return ""
}

func (c *checker) product(n *node, what string) Product {
	p := Product{ID: c.text(n, "@id", what), offset: n.offset}
	if p.ID == "" && n.get("identifiers") == nil && n.get("hashes") == nil {
		c.add(n.offset, "as in {\"@id\": \"pkg:oci/NAME\"}", "%s has no @id, no identifiers and no hashes", what)
	}
	c.text(n, "supplier", what)
	if ids := n.get("identifiers"); c.object(ids, "identifiers of "+what, identifierNames) {
		p.PURL = c.text(ids, "purl", what)
		c.text(ids, "cpe22", what)
		c.text(ids, "cpe23", what)
		c.purl(p.PURL, ids.get("purl"), what)
	}
	if strings.HasPrefix(p.ID, "pkg:") {
		c.purl(p.ID, n.get("@id"), what)
	}
	if hashes := n.get("hashes"); c.object(hashes, "hashes of "+what, hashNames) {
		p.Hashes = map[string]string{}
		for _, f := range hashes.fields {
			p.Hashes[f.name] = c.text(hashes, f.name, what)
		}
	}
	return p
}

func (c *checker) purl(text string, n *node, what string) {
	if text == "" {
		return
	}
	if _, err := packageurl.FromString(text); err != nil {
		c.add(n.offset, "as in pkg:oci/NAME, or as the SBOM has it", "%s: %q is not a package URL: %s", what, text, err)
	}
}
