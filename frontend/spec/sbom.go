package spec

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// Formats of bills of materials, as sbom.formats names them.
const (
	SPDX      = "spdx"
	CycloneDX = "cyclonedx"
	SPDX3     = "spdx-3" // where it is named alone
)

// Has reports whether a model has bills of materials of a format.
func (s SBOM) Has(format string) bool {
	return len(s.Formats.Items) == 0 && format != SPDX3 || slices.ContainsFunc(s.Formats.Items, func(f Value[string]) bool { return f.V == format })
}

func (c *checker) sbom(s SBOM) {
	if s.Formats.Set && len(s.Formats.Items) == 0 {
		c.diags.Add(diag.BadValue, s.Formats.At, "name spdx, cyclonedx or spdx-3, or leave the key out for the first two", "sbom.formats is empty")
	}
	for i, f := range s.Formats.Items {
		c.choice(f, fmt.Sprintf("sbom.formats[%d]", i), sbomFormats)
		if slices.ContainsFunc(s.Formats.Items[:i], func(g Value[string]) bool { return g.V == f.V }) {
			c.diags.Add(diag.Conflict, f.At, "name each format once", "sbom.formats has %s twice", f.V)
		}
	}
	c.choice(s.CycloneDX, "sbom.cyclonedx_version", cdxVersions)
	if s.CycloneDX.Set && !s.Has(CycloneDX) {
		c.diags.Add(diag.Conflict, s.CycloneDX.At, "add cyclonedx to sbom.formats, or leave the version out",
			"sbom.cyclonedx_version is given, but there is no CycloneDX in sbom.formats")
	}
}
