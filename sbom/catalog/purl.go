package catalog

import (
	"net/url"
	"strings"
)

// PURL is the package URL of a package of a system:
// https://github.com/package-url/purl-spec.
func (p Package) PURL(s System) string {
	name, version := escape(p.Name), escape(p.Version)
	if p.Type == Python {
		return "pkg:pypi/" + name + "@" + version
	}
	vendor := s.ID
	if vendor == "" {
		vendor = map[string]string{Debian: "debian", Alpine: "alpine"}[p.Type]
	}
	out := "pkg:" + p.Type + "/" + escape(vendor) + "/" + name + "@" + version
	var qualifiers []string
	if p.Architecture != "" {
		qualifiers = append(qualifiers, "arch="+escape(p.Architecture))
	}
	if s.ID != "" && s.Version != "" {
		qualifiers = append(qualifiers, "distro="+escape(s.ID+"-"+s.Version))
	}
	if len(qualifiers) > 0 {
		out += "?" + strings.Join(qualifiers, "&")
	}
	return out
}

// escape leaves only what the specification does not encode.
func escape(s string) string {
	return strings.NewReplacer("+", "%20", "%3A", ":").Replace(url.QueryEscape(s))
}
