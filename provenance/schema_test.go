package provenance

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recordSchemaFile is the published schema of the training record.
const recordSchemaFile = "../docs/schema/training-record.schema.json"

// describe gives the JSON Schema of a Go type as encoding/json writes it: what has no omitempty is required, and nothing else is
// allowed.
func describe(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[DigestSet]():
		return map[string]any{"type": "object", "minProperties": 1, "additionalProperties": map[string]any{"type": "string", "pattern": "^[0-9a-f]+$"}}
	case reflect.TypeFor[[]string]():
		return map[string]any{"type": []string{"array", "null"}, "items": map[string]any{"type": "string"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": describe(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": describe(t.Elem())}
	case reflect.Interface:
		return map[string]any{}
	}
	properties, required := map[string]any{}, []string{}
	for f := range t.NumField() {
		field := t.Field(f)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = describe(field.Type)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func recordSchema() map[string]any {
	s := describe(reflect.TypeFor[TrainingRecord]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = PredicateTrainingRecord
	s["title"] = "Training record of modelbuild"
	s["description"] = "The predicate of an in-toto statement. The fields are explained in docs/reference/training-record.md."
	properties := s["properties"].(map[string]any)
	properties["version"] = map[string]any{"const": RecordVersion}
	digest := map[string]any{"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"} // empty of a program's data
	split := properties["split"].(map[string]any)["properties"].(map[string]any)
	split["trainDigest"], split["testDigest"] = digest, digest
	split["statistics"].(map[string]any)["properties"].(map[string]any)["columns"].(map[string]any)["additionalProperties"] =
		map[string]any{"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
	properties["determinism"].(map[string]any)["properties"].(map[string]any)["class"] = map[string]any{"enum": []string{ClassExact, ClassCPU, ClassTolerance}}
	properties["source"].(map[string]any)["properties"].(map[string]any)["revision"] = map[string]any{"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
	return s
}

// TestRecordSchema holds the published schema against the types; -update writes it.
func TestRecordSchema(t *testing.T) {
	want, err := json.MarshalIndent(recordSchema(), "", "  ")
	require.NoError(t, err)
	want = append(want, '\n')
	if *update {
		require.NoError(t, os.WriteFile(recordSchemaFile, want, 0o644))
	}
	got, err := os.ReadFile(recordSchemaFile)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run with -update to accept")
}

func compiledRecordSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(recordSchemaFile)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("record", doc))
	s, err := c.Compile("record")
	require.NoError(t, err)
	return s
}

// TestRecordsMeetSchema validates records by an independent library, and makes sure that the schema refuses what
// [ParseTrainingRecord] refuses.
func TestRecordsMeetSchema(t *testing.T) {
	s := compiledRecordSchema(t)
	valid := func(data []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		require.NoError(t, err)
		return s.Validate(doc)
	}
	full, err := NewTrainingRecord(trained())
	require.NoError(t, err)
	program := trained()
	program.Program = &RecordProgram{Command: []string{"train"}, Outputs: []RecordTree{{Name: "model", Digest: sha("a")}}, Packages: []RecordPackage{}}
	of, err := NewTrainingRecord(program)
	require.NoError(t, err)
	for _, r := range []*TrainingRecord{full, of} {
		require.NoError(t, valid(marshal(t, r)))
	}
	good := string(marshal(t, full))
	for _, tc := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"class": "exact"`, `"class": "perhaps"`},
		{`"seed": 42`, `"seed": "42"`},
		{`"rows": 344`, `"rows": -1`},
		{`"hermetic": true`, `"hermetic": true, "more": 1`},
		{`"sha256": "` + hexDigest("a"), `"sha256": "A` + hexDigest("a")},
		{`"revision": "` + strings.Repeat("c", 40), `"revision": "main`},
	} {
		require.Contains(t, good, tc[0])
		bad := []byte(strings.Replace(good, tc[0], tc[1], 1))
		assert.Error(t, valid(bad), tc[1])
		_, err := ParseTrainingRecord(bad)
		if tc[1] != `"rows": -1` { // the reader takes any whole number
			assert.Error(t, err, tc[1])
		}
	}
	files, err := filepath.Glob("testdata/record*.json")
	require.NoError(t, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, valid(data), name)
	}
}
