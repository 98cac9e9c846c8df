package sbom

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for format := range encoders {
		t.Run(format, func(t *testing.T) {
			got := encode(t, format, penguins())
			path := filepath.Join("testdata", "penguins."+strings.ReplaceAll(format, " ", "-")+".json")
			if *update {
				require.NoError(t, os.WriteFile(path, got, 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), "run with -update to accept")
			assert.NotContains(t, string(got), secret)
		})
	}
}

func TestStable(t *testing.T) {
	for format := range encoders {
		want := encode(t, format, penguins())
		rng := rand.New(rand.NewPCG(1, 2))
		for range 25 {
			b := penguins()
			rng.Shuffle(len(b.Modules), func(i, j int) { b.Modules[i], b.Modules[j] = b.Modules[j], b.Modules[i] })
			rng.Shuffle(len(b.Datasets), func(i, j int) { b.Datasets[i], b.Datasets[j] = b.Datasets[j], b.Datasets[i] })
			rng.Shuffle(len(b.Model.Metrics), func(i, j int) {
				b.Model.Metrics[i], b.Model.Metrics[j] = b.Model.Metrics[j], b.Model.Metrics[i]
			})
			require.Equal(t, string(want), string(encode(t, format, b)), format)
		}
	}
}

// TestIdentityFollowsContent changes one value and expects another serial
// number and namespace.
func TestIdentityFollowsContent(t *testing.T) {
	other := penguins()
	other.Datasets[0].SHA256 = hexDigest("1")
	a, b := readCDX(t, penguins()), readCDX(t, other)
	assert.NotEqual(t, a.SerialNumber, b.SerialNumber)
	x, err := spdxjson.Read(bytes.NewReader(encode(t, "spdx", penguins())))
	require.NoError(t, err)
	y, err := spdxjson.Read(bytes.NewReader(encode(t, "spdx", other)))
	require.NoError(t, err)
	assert.NotEqual(t, x.DocumentNamespace, y.DocumentNamespace)
	assert.Contains(t, x.DocumentNamespace, hexDigest("a"))
}

func readCDX(t *testing.T, b *BOM) *cdx.BOM {
	t.Helper()
	doc := new(cdx.BOM)
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(encode(t, "cyclonedx", b)), cdx.BOMFileFormatJSON).Decode(doc))
	return doc
}

// component is what both formats must agree on.
type component struct{ name, version, purl, sha256 string }

func cdxComponent(c cdx.Component) component {
	out := component{name: c.Name, version: c.Version, purl: c.PackageURL}
	if c.Hashes != nil {
		out.sha256 = (*c.Hashes)[0].Value
	}
	return out
}

func TestFormatsAgree(t *testing.T) {
	c := readCDX(t, penguins())
	want := []component{cdxComponent(*c.Metadata.Component), cdxComponent((*c.Metadata.Tools.Components)[0])}
	for _, each := range *c.Components {
		want = append(want, cdxComponent(each))
	}
	generations := 0
	for p := c.Metadata.Component.Pedigree; p != nil; p = (*p.Ancestors)[0].Pedigree {
		generations++
		for _, each := range *p.Ancestors {
			want = append(want, cdxComponent(each))
		}
	}
	assert.Equal(t, 2, generations)
	s, err := spdxjson.Read(bytes.NewReader(encode(t, "spdx", penguins())))
	require.NoError(t, err)
	var got []component
	for _, p := range s.Packages {
		each := component{name: p.PackageName, version: p.PackageVersion, purl: p.PackageExternalReferences[0].Locator}
		if len(p.PackageChecksums) > 0 {
			each.sha256 = p.PackageChecksums[0].Value
		}
		got = append(got, each)
	}
	assert.ElementsMatch(t, want, got)
	assert.Len(t, got, 20, "model, tool, two datasets, three files of models before it, three files, four modules, the base and its three packages, and two of a file")
}

func TestModelCard(t *testing.T) {
	card := readCDX(t, penguins()).Metadata.Component.ModelCard
	assert.Equal(t, "classification", card.ModelParameters.Task)
	assert.Equal(t, cdx.MLModelParametersApproachTypeSupervised, card.ModelParameters.Approach.Type)
	assert.Equal(t, []cdx.MLDatasetChoice{{Ref: "data:test"}, {Ref: "data:train"}}, *card.ModelParameters.Datasets)
	metrics := *card.QuantitativeAnalysis.PerformanceMetrics
	assert.Equal(t, cdx.MLPerformanceMetric{Type: "accuracy", Value: "0.9855072463768116",
		ConfidenceInterval: &cdx.MLPerformanceMetricConfidenceInterval{LowerBound: "0.95", UpperBound: "1"}}, metrics[0])
	assert.Equal(t, "island=Biscoe", metrics[2].Slice)
	assert.Equal(t, []string{"three species only"}, *card.Considerations.TechnicalLimitations)
	assert.Equal(t, []string{"a linear model: small, less exact"}, *card.Considerations.PerformanceTradeoffs)
	assert.Equal(t, "birds are handled for measuring", (*card.Considerations.EthicalConsiderations)[0].Name)
	assert.Nil(t, readCDX(t, bare()).Metadata.Component.ModelCard.Considerations)
}

func TestGovernance(t *testing.T) {
	components := *readCDX(t, penguins()).Components
	g := (*components[1].Data)[0].Governance
	assert.Equal(t, "train", components[1].Name)
	assert.Equal(t, "Palmer Station LTER", (*g.Owners)[0].Organization.Name)
	assert.Equal(t, "Environmental Data Initiative", (*g.Custodians)[0].Organization.Name)
	assert.Equal(t, "A. Horst", (*g.Stewards)[0].Organization.Name)
	assert.Nil(t, (*components[0].Data)[0].Governance)
}

func TestUnknownVersion(t *testing.T) {
	b := penguins()
	b.CycloneDXVersion = "1.5"
	_, err := CycloneDX(b)
	assert.ErrorContains(t, err, `"1.5"`)
}

// TestReferencesResolve finds a component for every reference in the document.
func TestReferencesResolve(t *testing.T) {
	c := readCDX(t, penguins())
	known := map[string]bool{c.Metadata.Component.BOMRef: true, (*c.Metadata.Tools.Components)[0].BOMRef: true}
	for _, each := range *c.Components {
		assert.False(t, known[each.BOMRef], "reference %s is used twice", each.BOMRef)
		known[each.BOMRef] = true
	}
	for _, d := range *c.Dependencies {
		for _, ref := range append(*d.Dependencies, d.Ref) {
			assert.True(t, known[ref], "nothing has the reference %s", ref)
		}
	}
	s, err := spdxjson.Read(bytes.NewReader(encode(t, "spdx", penguins())))
	require.NoError(t, err)
	require.NoError(t, spdxlib.ValidateDocument(s))
}

func TestTimes(t *testing.T) {
	b := penguins()
	assert.Empty(t, readCDX(t, b).Metadata.Timestamp)
	assert.Contains(t, string(encode(t, "spdx", b)), `"created": "1970-01-01T00:00:00Z"`)
	b.Epoch = 1700000000
	assert.Equal(t, "2023-11-14T22:13:20Z", readCDX(t, b).Metadata.Timestamp)
	assert.Contains(t, string(encode(t, "spdx", b)), `"created": "2023-11-14T22:13:20Z"`)
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*BOM)
		want string
	}{
		{"name", func(b *BOM) { b.Model.Name = "" }, "model has no name"},
		{"digest", func(b *BOM) { b.Model.SHA256 = "abc" }, `model sha256 "abc" is not 64`},
		{"ancestor", func(b *BOM) { b.Ancestors[0].SHA256 = "abc" }, `ancestor "model/model.onnx" has no name`},
		{"tool", func(b *BOM) { b.Tool.Name = "" }, "tool has no name"},
		{"image", func(b *BOM) { b.Tool.ImageSHA256 = "x" }, `tool image sha256 "x"`},
		{"epoch", func(b *BOM) { b.Epoch = -1 }, "before 1970"},
		{"dataset twice", func(b *BOM) { b.Datasets[1].Name = "train" }, `dataset name "train" is empty or used twice`},
		{"dataset digest", func(b *BOM) { b.Datasets[1].SHA256 = "" }, `dataset "test": sha256 ""`},
		{"base", func(b *BOM) { b.Base.SHA256 = "x" }, `base image "docker.io/library/debian:12": sha256 "x"`},
		{"unnamed base", func(b *BOM) { b.Base.Name = "" }, "base image has no name"},
		{"base's package", func(b *BOM) { b.Base.Packages[0].PURL = "" }, `package "libc6" has no name or package URL`},
		{"module", func(b *BOM) { b.Modules[0].Path = "" }, "a module has no path"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for format := range encoders {
				b := penguins()
				tc.edit(b)
				_, err := encoders[format](b)
				assert.ErrorContains(t, err, tc.want, format)
			}
		})
	}
}
