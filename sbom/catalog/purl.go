package catalog

import (
	"net/url"
	"strings"
)

// PURL is the package URL of a package of a system:
// https://github.com/package-url/purl-spec.
func (p Package) PURL(s System) string {
	name, version := escape(p.Name), escape(p.Version)
	switch p.Type {
	case Debian, Alpine:
	case Conda:
		return p.condaPURL()
	default:
		return "pkg:" + p.Type + "/" + p.path() + at(version)
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

// path is the namespace and the name of a language's package.
func (p Package) path() string {
	if p.Type == Maven {
		return escape(p.Group) + "/" + escape(p.Name)
	}
	parts := strings.Split(p.Name, "/")
	for i := range parts {
		parts[i] = escape(parts[i])
	}
	return strings.Join(parts, "/")
}

func (p Package) condaPURL() string {
	out := "pkg:conda/" + escape(p.Name) + at(escape(p.Version))
	var qualifiers []string
	if p.Build != "" {
		qualifiers = append(qualifiers, "build="+escape(p.Build))
	}
	if p.Architecture != "" {
		qualifiers = append(qualifiers, "subdir="+escape(p.Architecture))
	}
	if len(qualifiers) > 0 {
		out += "?" + strings.Join(qualifiers, "&")
	}
	return out
}

// at is nothing for a package without a version.
func at(version string) string {
	if version == "" {
		return ""
	}
	return "@" + version
}

// escape leaves only what the specification does not encode.
func escape(s string) string {
	return strings.NewReplacer("+", "%20", "%3A", ":").Replace(url.QueryEscape(s))
}
