package sbom

import (
	"bytes"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLicenses(t *testing.T) {
	for _, tc := range []struct {
		declared, spdx string
		cyclonedx      *cdx.Licenses
		extracted      []string
	}{
		{declared: "", spdx: "NOASSERTION"},
		{declared: "NOASSERTION", spdx: "NOASSERTION"},
		{declared: "CC0-1.0", spdx: "CC0-1.0", cyclonedx: &cdx.Licenses{{Expression: "CC0-1.0"}}},
		{declared: " apache-2.0 ", spdx: "Apache-2.0", cyclonedx: &cdx.Licenses{{Expression: "Apache-2.0"}}},
		{declared: "MIT OR Apache-2.0", spdx: "MIT OR Apache-2.0", cyclonedx: &cdx.Licenses{{Expression: "MIT OR Apache-2.0"}}},
		{declared: "MIT AND LicenseRef-acme", spdx: "MIT AND LicenseRef-acme",
			cyclonedx: &cdx.Licenses{{Expression: "MIT AND LicenseRef-acme"}}, extracted: []string{"LicenseRef-acme"}},
		{declared: "Station data terms (2024)", spdx: "LicenseRef-Station-data-terms--2024-bf7ac26b",
			cyclonedx: &cdx.Licenses{{License: &cdx.License{Name: "Station data terms (2024)"}}},
			extracted: []string{"LicenseRef-Station-data-terms--2024-bf7ac26b"}},
		{declared: "ACME-internal", spdx: "LicenseRef-ACME-internal",
			cyclonedx: &cdx.Licenses{{License: &cdx.License{Name: "ACME-internal"}}}, extracted: []string{"LicenseRef-ACME-internal"}},
	} {
		t.Run(tc.declared, func(t *testing.T) {
			b := bare()
			b.Model.License = tc.declared
			assert.Equal(t, tc.cyclonedx, readCDX(t, b).Metadata.Component.Licenses)
			doc, err := spdxjson.Read(bytes.NewReader(encode(t, "spdx", b)))
			require.NoError(t, err)
			assert.Equal(t, tc.spdx, doc.Packages[0].PackageLicenseDeclared)
			assert.Equal(t, "NOASSERTION", doc.Packages[0].PackageLicenseConcluded)
			var extracted []string
			for _, l := range doc.OtherLicenses {
				assert.NotEmpty(t, l.ExtractedText)
				extracted = append(extracted, l.LicenseIdentifier)
			}
			assert.Equal(t, tc.extracted, extracted)
		})
	}
}
