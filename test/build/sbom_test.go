package build_test

import (
	"bytes"
	"encoding/json"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

const cycloneDXFile, spdxFile = "/model/sbom.cdx.json", "/model/sbom.spdx.json"

// TestSBOMStanza: the spec chooses the bills of materials of the image, and what is attached follows; SPDX is attached whatever
// it says. The model has the same layer, and the card has the intervals of metrics and who answers for the data.
func TestSBOMStanza(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	sbom := []string{"--attest", "type=sbom", "--provenance=false"}
	before := push(t, sb, dir, sb.Ref("before"), sbom...)
	require.ElementsMatch(t, []string{spdx, cyclonedx}, predicates(t, before))
	require.Equal(t, cdx.SpecVersion1_6, document(t, before.Manifests[0]).SpecVersion)

	edit(t, dir, "model.yaml", "\nsplit:", "\nsbom: {formats: [cyclonedx], cyclonedx_version: \"1.7\"}\n\nsplit:")
	edit(t, dir, "model.yaml", "    license: CC0-1.0\n", "    license: CC0-1.0\n    governance: {owners: [Palmer Station LTER]}\n")
	img := push(t, sb, dir, sb.Ref("newer"), sbom...)
	require.ElementsMatch(t, []string{spdx, cyclonedx}, predicates(t, img))
	require.Equal(t, before.Manifests[0].Manifest.Layers[0].Digest, img.Manifests[0].Manifest.Layers[0].Digest)
	files, err := img.Manifests[0].ReadFiles(t.Context(), cycloneDXFile, spdxFile)
	require.NoError(t, err)
	require.NotContains(t, files, spdxFile)
	bom := document(t, img.Manifests[0])
	require.Equal(t, cdx.SpecVersion1_7, bom.SpecVersion)
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType == cyclonedx {
			var attached struct{ Predicate json.RawMessage }
			require.NoError(t, json.Unmarshal(s.Raw, &attached))
			require.JSONEq(t, string(files[cycloneDXFile]), string(attached.Predicate))
		}
	}
	require.Contains(t, string(files[cycloneDXFile]), `"name": "Palmer Station LTER"`)
	metrics := *bom.Metadata.Component.ModelCard.QuantitativeAnalysis.PerformanceMetrics
	sliced := 0
	for _, m := range metrics {
		if m.ConfidenceInterval != nil && m.Slice != "" {
			sliced++
		}
	}
	require.NotNil(t, metrics[0].ConfidenceInterval, metrics[0].Type)
	require.Positive(t, sliced, "intervals of slices")

	edit(t, dir, "model.yaml", "sbom: {formats: [cyclonedx], cyclonedx_version: \"1.7\"}", "sbom: {formats: [spdx, spdx-3]}")
	img = push(t, sb, dir, sb.Ref("spdx"), sbom...)
	require.Equal(t, []string{spdx}, predicates(t, img))
	files, err = img.Manifests[0].ReadFiles(t.Context(), cycloneDXFile, spdxFile)
	require.NoError(t, err)
	require.NotContains(t, files, cycloneDXFile)
	require.Contains(t, files, spdxFile)
	newest := sb.CLI("sbom", sb.Ref("spdx"), "--format", "spdx-3").OK().Stdout
	require.Contains(t, newest, `"ai_typeOfModel"`)
	require.Contains(t, newest, `"relationshipType": "trainedOn"`)
	sb.CLI("inspect", sb.Ref("spdx")).OK()
	sb.CLI("verify", sb.Ref("spdx")).OK()
}

// document reads the CycloneDX document in an image.
func document(t *testing.T, m *oci.Manifest) *cdx.BOM {
	t.Helper()
	files, err := m.ReadFiles(t.Context(), cycloneDXFile)
	require.NoError(t, err)
	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(files[cycloneDXFile]), cdx.BOMFileFormatJSON).Decode(&bom))
	return &bom
}
