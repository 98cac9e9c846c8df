package sbom

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/package-url/packageurl-go"
)

// purl returns the package URL of the model: pkg:generic/NAME@VERSION with
// the model file's digest as checksum.
func (m *Model) purl() string {
	return genericPURL(m.Name, m.Version, m.SHA256)
}

func (d *Dataset) purl() string {
	return genericPURL(d.Name, "", d.SHA256)
}

func (f *File) purl() string {
	return genericPURL(path.Base(f.Path), "", f.SHA256)
}

func genericPURL(name, version, sha256 string) string {
	q := packageurl.Qualifiers{{Key: "checksum", Value: "sha256:" + sha256}}
	return packageurl.NewPackageURL(packageurl.TypeGeneric, "", name, version, q, "").ToString()
}

// purl returns the package URL of the module.
func (m *Module) purl() string {
	namespace, name := "", m.Path
	if i := strings.LastIndexByte(m.Path, '/'); i >= 0 {
		namespace, name = m.Path[:i], m.Path[i+1:]
	}
	return packageurl.NewPackageURL(packageurl.TypeGolang, namespace, name, m.Version, nil, "").ToString()
}

// purl returns the image that holds the tool, or a generic package URL.
func (t *Tool) purl() string {
	if t.Image != "" {
		return t.Image
	}
	return packageurl.NewPackageURL(packageurl.TypeGeneric, "", t.Name, t.Version, nil, "").ToString()
}

// PURLs are the package URLs of everything that the documents list: of the model, its
// files and data, the tool, its modules and the packages.
func (b *BOM) PURLs() []string {
	out := []string{b.Model.purl(), b.Tool.purl()}
	for _, d := range b.Datasets {
		out = append(out, d.purl())
	}
	for _, f := range b.Files {
		out = append(out, f.purl())
		for _, m := range f.Modules {
			m.Version = released(m.Version)
			out = append(out, m.purl())
		}
	}
	for _, m := range b.Modules {
		m.Version = released(m.Version)
		out = append(out, m.purl())
	}
	packages := b.Packages
	if b.Base != nil {
		packages = slices.Concat(packages, b.Base.Packages)
		if b.Base.PURL != "" {
			out = append(out, b.Base.PURL)
		}
	}
	for _, p := range packages {
		out = append(out, p.PURL)
	}
	return out
}

// uuid returns a name-based UUID of content: version 8 of RFC 9562 over SHA-256.
func uuid(content []byte) string {
	sum := sha256.Sum256(content)
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	x := hex.EncodeToString(sum[:16])
	return strings.Join([]string{x[:8], x[8:12], x[12:16], x[16:20], x[20:]}, "-")
}

// spdxID turns a prefix and a name into an SPDX element ID without the
// "SPDXRef-" part. The position keeps names apart that differ only in
// characters which an ID cannot hold.
func spdxID(prefix, name string, position int) string {
	return prefix + "-" + strconv.Itoa(position) + "-" + idString(name)
}

// idString replaces what SPDX does not allow in an ID.
func idString(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		default:
			return '-'
		}
	}, s)
}

// formatFloat writes the shortest decimal that reads back as v.
func formatFloat(v float64) string {
	return strconv.FormatFloat(v, 'g', -1, 64)
}
