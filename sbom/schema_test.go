package sbom

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schema compiles the published schema of a format. Formats such as dates and
// IRIs are checked too.
func schema(t *testing.T, format string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(pattern)
	add := func(id, path string) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		require.NoError(t, err)
		require.NoError(t, c.AddResource(id, doc))
	}
	id := "http://spdx.org/rdf/terms/2.3"
	switch {
	case strings.HasPrefix(format, "cyclonedx"):
		file := "bom-1.6.schema.json"
		if format == "cyclonedx 1.7" {
			file = "bom-1.7.schema.json"
		}
		id = "http://cyclonedx.org/schema/" + file
		dir := cycloneDXSchemas(t)
		add(id, filepath.Join(dir, file))
		add("http://cyclonedx.org/schema/cryptography-defs.schema.json", filepath.Join("testdata", "schema", "cryptography-defs.schema.json"))
		add("http://cyclonedx.org/schema/spdx.schema.json", filepath.Join(dir, "spdx.schema.json"))
		add("http://cyclonedx.org/schema/jsf-0.82.schema.json", filepath.Join(dir, "jsf-0.82.schemax.json"))
	case format == "spdx 3":
		id = "https://spdx.org/schema/3.0.1/spdx-json-schema.json"
		add(id, filepath.Join("testdata", "schema", "spdx-3.0.1.schema.json"))
	default:
		add(id, filepath.Join("testdata", "schema", "spdx-2.3.schema.json"))
	}
	compiled, err := c.Compile(id)
	require.NoError(t, err)
	return compiled
}

// iriPattern is the one pattern of SPDX 3 that needs what Go's expressions lack.
const iriPattern = `^(?!_:).+:.+`

// iri matches as iriPattern does.
type iri struct{ *regexp.Regexp }

func (iri) String() string { return iriPattern }
func (r iri) MatchString(s string) bool {
	return !strings.HasPrefix(s, "_:") && r.Regexp.MatchString(s)
}

func pattern(text string) (jsonschema.Regexp, error) {
	if text == iriPattern {
		return iri{regexp.MustCompile(`^.+:.+`)}, nil
	}
	return regexp.Compile(text)
}

// cycloneDXSchemas is the folder of the schemas in the cyclonedx-go module.
func cycloneDXSchemas(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	require.NoError(t, err)
	return filepath.Join(strings.TrimSpace(string(out)), "schema")
}

func validate(t *testing.T, s *jsonschema.Schema, data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return s.Validate(doc)
}

func TestDocumentsMeetSchema(t *testing.T) {
	for format := range encoders {
		s := schema(t, format)
		t.Run(format, func(t *testing.T) {
			dated := penguins()
			dated.Epoch = 1700000000
			unusual := penguins()
			unusual.Model.Name = `größe "x" & 100 %/ü`
			unusual.Datasets[0].Name = "a b/c"
			unusual.Datasets[0].URI = "data dir/ü.csv"
			unusual.Model.License = "MIT OR LicenseRef-acme"
			unusual.Omissions = []string{`"a.jar": zip: not a valid zip file`}
			for name, b := range map[string]*BOM{"penguins": penguins(), "bare": bare(), "dated": dated, "unusual": unusual} {
				doc := encode(t, format, b)
				assert.NoError(t, validate(t, s, doc), name)
				assert.Equal(t, len(b.Omissions) > 0, strings.Contains(string(doc), "not a valid zip file"), name)
			}
		})
	}
}

// TestSchemaRefusesBrokenDocuments makes sure that the schemas are in force.
func TestSchemaRefusesBrokenDocuments(t *testing.T) {
	for _, tc := range []struct{ format, name, old, new string }{
		{"cyclonedx", "component type", `"type": "machine-learning-model"`, `"type": "magic"`},
		{"cyclonedx", "serial number", `"serialNumber": "urn:uuid:`, `"serialNumber": "urn:uid:`},
		{"cyclonedx", "hash length", hexDigest("a"), "abc"},
		{"cyclonedx", "approach", `"type": "supervised"`, `"type": "guessed"`},
		{"cyclonedx", "unknown key", `"bomFormat"`, `"bomFromat": 1, "bomFormat"`},
		{"cyclonedx 1.7", "version", `"specVersion": "1.7"`, `"specVersion": 1.7`},
		{"cyclonedx 1.7", "interval", `"lowerBound": "0.95"`, `"lowerBound": 0.95`},
		{"spdx", "no name", `"name": "penguins-1.2.0",`, ``},
		{"spdx", "checksum algorithm", `"algorithm": "SHA256"`, `"algorithm": "SHA257"`},
		{"spdx", "relationship", `"GENERATED_FROM"`, `"INSPIRED_BY"`},
		{"spdx", "purpose", `"LIBRARY"`, `"SHELF"`},
		{"spdx 3", "relationship", `"trainedOn"`, `"inspiredBy"`},
		{"spdx 3", "ancestor", `"descendantOf"`, `"childOf"`},
		{"spdx 3", "purpose", `"software_primaryPurpose": "model"`, `"software_primaryPurpose": "shelf"`},
		{"spdx 3", "no dataset type", `"dataset_datasetType"`, `"comment2"`},
		{"spdx 3", "size", `"dataset_datasetSize": 15000`, `"dataset_datasetSize": "15000"`},
		{"spdx 3", "hash", `"algorithm": "sha256"`, `"algorithm": "sha257"`},
		{"spdx", "unknown key", `"spdxVersion"`, `"spdxVerison": "1", "spdxVersion"`},
	} {
		t.Run(tc.format+" "+tc.name, func(t *testing.T) {
			good := string(encode(t, tc.format, penguins()))
			require.Contains(t, good, tc.old)
			bad := strings.Replace(good, tc.old, tc.new, 1)
			assert.Error(t, validate(t, schema(t, tc.format), []byte(bad)))
		})
	}
}
