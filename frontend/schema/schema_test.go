package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	yaml "go.yaml.in/yaml/v3"

	"github.com/modelbuild/modelbuild/frontend/schema"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

var update = flag.Bool("update", false, "rewrite docs/schema/modelbuild.schema.json")

const committed = "../../docs/schema/modelbuild.schema.json"

// compile reads the schema as JSON Schema 2020-12: its own meta-schema holds for it.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.JSON()))
	require.NoError(t, err)
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", doc.(map[string]any)["$schema"])
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, c.AddResource(schema.ID, doc))
	s, err := c.Compile(schema.ID)
	require.NoError(t, err)
	return s
}

// instance is a YAML text as a validator of an editor sees it: mappings, lists and
// the scalars of YAML's JSON schema.
func instance(t *testing.T, text []byte) (any, error) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return value(doc.Content[0], 0), nil
}

func value(n *yaml.Node, depth int) any {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if depth > 40 {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = value(n.Content[i+1], depth+1)
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, value(c, depth+1))
		}
		return out
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	v, err := instance(t, text)
	require.NoError(t, err)
	return s.Validate(v)
}

func TestCommittedSchema(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile(committed, schema.JSON(), 0o644))
	}
	got, err := os.ReadFile(committed)
	require.NoError(t, err)
	require.True(t, bytes.Equal(schema.JSON(), got), "go test ./frontend/schema -update writes it")
}

func TestSchemaIsTheSameEveryTime(t *testing.T) {
	first := schema.JSON()
	for range 10 {
		require.Equal(t, first, schema.JSON())
	}
}

func TestExamplesAreValid(t *testing.T) {
	s := compile(t)
	files, err := filepath.Glob("../../examples/*/model.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, validate(t, s, text), file)
	}
}

// TestDocumentedSpecsAreValid takes every complete spec of the documentation that
// the parser has no quarrel with.
func TestDocumentedSpecsAreValid(t *testing.T) {
	s := compile(t)
	found := 0
	for _, text := range documented(t) {
		_, diags := spec.Parse("model.yaml", []byte(text))
		if len(diags) > 0 {
			continue
		}
		found++
		require.NoError(t, validate(t, s, []byte(text)), "%s", text)
	}
	require.Greater(t, found, 40)
}

// documented are the complete specs in the documentation.
func documented(t *testing.T) []string {
	t.Helper()
	var out []string
	files, err := filepath.Glob("../../docs/*/*.md")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, block := range strings.Split(string(text), "\n```yaml")[1:] {
			_, block, _ = strings.Cut(block, "\n")
			block, _, _ = strings.Cut(block, "\n```")
			if strings.HasPrefix(block, "# syntax=") {
				out = append(out, block+"\n")
			}
		}
	}
	return out
}

// TestParamsAreClosed gives each algorithm a parameter that it does not have.
func TestParamsAreClosed(t *testing.T) {
	s := compile(t)
	for _, a := range job.Algorithms() {
		text := strings.Replace(plain, "logistic", a.Name+", params: {no_such_param: 1}", 1)
		require.Error(t, validate(t, s, []byte(text)), a.Name)
		for _, p := range a.Params {
			if p.Min == nil {
				continue
			}
			require.Error(t, validate(t, s, []byte(strings.Replace(plain, "logistic", a.Name+", params: {"+p.Name+": -1}", 1))), p.Name)
		}
	}
}

// TestArgumentsStandForAnyScalar writes a reference for a number, a word and a list
// entry.
func TestArgumentsStandForAnyScalar(t *testing.T) {
	s := compile(t)
	text := plain + "args: {a: {default: 1}}\nsplit: {kind: \"${a}\", test: \"${a}\"}\nplatforms: [\"linux/${a}\"]\n"
	require.NoError(t, validate(t, s, []byte(text)))
	require.Error(t, validate(t, s, []byte(strings.Replace(text, `test: "${a}"`, `test: "x${a}"`, 1))), "a number cannot be part of a text")
}

// TestTargetsNeedNotBeComplete leaves out what an include or a target may give.
func TestTargetsNeedNotBeComplete(t *testing.T) {
	s := compile(t)
	require.NoError(t, validate(t, s, []byte("include: [common.yaml]\nname: a\n")))
	require.NoError(t, validate(t, s, []byte("targets: {small: {train: {algorithm: logistic}}}\n")))
	require.Error(t, validate(t, s, []byte("targets: {small: {trian: {algorithm: logistic}}}\n")))
	require.Error(t, validate(t, s, []byte("targets: {small: {targets: {}}}\n")), "targets do not nest")
	require.Error(t, validate(t, s, []byte("name: a\n")))
}
