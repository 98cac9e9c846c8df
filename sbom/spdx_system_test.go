package sbom

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSystemSPDX(t *testing.T) {
	packages := []Package{
		{Name: "zlib1g", Version: "1:1.2.13", PURL: "pkg:deb/debian/zlib1g@1:1.2.13", License: "Zlib"},
		{Name: "bash", Version: "5.2", PURL: "pkg:deb/debian/bash@5.2", License: "something else"},
	}
	doc, err := SystemSPDX(System{Name: "workbench", Tool: "modelbuild", Epoch: 0, Packages: packages})
	require.NoError(t, err)
	require.NoError(t, validate(t, schema(t, "spdx"), doc))
	require.Contains(t, string(doc), `"name": "bash"`)
	require.Contains(t, string(doc), `"relationshipType": "CONTAINS"`)
	packages[0], packages[1] = packages[1], packages[0]
	again, err := SystemSPDX(System{Name: "workbench", Tool: "modelbuild", Epoch: 0, Packages: packages})
	require.NoError(t, err)
	require.Equal(t, string(doc), string(again), "in the order of the packages' addresses")
	empty, err := SystemSPDX(System{Name: "workbench", Tool: "modelbuild", Epoch: 86400, Packages: nil})
	require.NoError(t, err)
	require.NoError(t, validate(t, schema(t, "spdx"), empty))
}
