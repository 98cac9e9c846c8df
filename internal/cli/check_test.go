package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

const checkedSpec = `# syntax=org/modelbuild:1
name: penguins
data:
  train: {source: context://data/penguins.csv, license: CC0-1.0}
features: {target: species}
train: {algorithm: logistic, seed: 42}
split: {kind: stratified}
version: 1.0.0
description: Species of a penguin
license: CC0-1.0
`

func runOn(t *testing.T, text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return runIn(t, func(string) {}, text, args...)
}

// runIn checks text in a folder of its own with a data file, and whatever prepare
// adds to it.
func runIn(t *testing.T, prepare func(dir string), text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "penguins.csv"), []byte("species\nAdelie\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644))
	prepare(dir)
	t.Chdir(dir)
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"check"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestCheckAcceptsAValidSpec(t *testing.T) {
	code, out, _ := runOn(t, checkedSpec)
	require.Equal(t, exitOK, code)
	require.Equal(t, "model.yaml: no errors\n", out)
}

func TestCheckShowsEveryMistake(t *testing.T) {
	text := strings.NewReplacer("algorithm: logistic", "algoritm: logistic", "target: species", "target: 3").Replace(checkedSpec)
	code, out, errs := runOn(t, text)
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, `model.yaml:6:9: error MB1001: unknown key "algoritm" in train`)
	require.Contains(t, out, "   6 | train: {algoritm: logistic, seed: 42}\n     |         ^^^^^^^^\n")
	require.Contains(t, out, "MB1002: features.target must be text, not 3")
	require.Contains(t, errs, "the spec has errors")
}

func TestCheckLooksForFiles(t *testing.T) {
	code, out, _ := runOn(t, strings.Replace(checkedSpec, "penguins.csv", "penguin.csv", 1))
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "MB3001: data.train: no file data/penguin.csv in the build context")
	require.Contains(t, out, "hint: did you mean context://data/penguins.csv?")
}

func TestCheckJSON(t *testing.T) {
	code, out, _ := runOn(t, strings.Replace(checkedSpec, "logistic", "logistics", 1), "--format", "json")
	require.Equal(t, exitFailure, code)
	var l []diag.Diagnostic
	require.NoError(t, json.Unmarshal([]byte(out), &l))
	require.Len(t, l, 1)
	require.Equal(t, diag.UnknownAlgorithm, l[0].Code)
	require.Equal(t, diag.Position{Line: 6, Column: 20}, l[0].Span.Start)

	code, out, _ = runOn(t, checkedSpec, "--format", "json")
	require.Equal(t, exitOK, code)
	require.Equal(t, "[]\n", out)
}

func TestCheckRefusesAHugeFileUnread(t *testing.T) {
	code, out, _ := runOn(t, checkedSpec+strings.Repeat("# padding\n", 5<<20))
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "MB1005")
	require.Contains(t, out, "bytes; a spec has at most 1048576")
}

func TestCheckUsage(t *testing.T) {
	code, _, errs := runOn(t, checkedSpec, "--format", "xml")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--help")
	code, _, errs = runOn(t, checkedSpec, "-f", "absent.yaml")
	require.Equal(t, exitFailure, code)
	require.Contains(t, errs, "absent.yaml")
}

func TestCheckReadsArgumentsIncludesAndTargets(t *testing.T) {
	text := strings.Replace(checkedSpec, "name: penguins\n", `include: [data/common.yaml]
args:
  algo: {default: logistic}
targets:
  small: {description: Small}
  large: {description: Large, train: {algorithm: "${algo}s"}}
`, 1)
	text += "evaluate: {gates: {accuracy: \"> 0.5\"}}\n"
	prepare := func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "common.yaml"), []byte("card: {users: [1]}\n"), 0o644))
	}
	code, out, _ := runIn(t, prepare, text)
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, `data/common.yaml:1:16: error MB1002: card.users[0] must be text, not 1`)
	require.Contains(t, out, `unknown algorithm "logistics"`, "every target is checked")

	_, out, _ = runIn(t, prepare, text, "--target", "small")
	require.NotContains(t, out, "logistics")
	_, out, _ = runIn(t, prepare, text, "--build-arg", "alg=x", "--target", "smal")
	require.Contains(t, out, `did you mean "small"?`)
}

func TestCheckShowsWarnings(t *testing.T) {
	text := strings.Replace(checkedSpec, "version: 1.0.0\n", "", 1)
	code, out, _ := runOn(t, text)
	require.Equal(t, exitOK, code, "a warning is no failure")
	require.Contains(t, out, "model.yaml:2:7: warning MB6007 (missing-version): the model has no version\n")
	require.True(t, strings.HasSuffix(out, "\n\nmodel.yaml: no errors, 1 warning\n"), out)

	code, out, errs := runOn(t, text, "--strict")
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "warning MB6007")
	require.Contains(t, errs, "--strict")

	code, out, _ = runOn(t, "# check=error=true\n"+text)
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "error MB6007 (missing-version)")

	code, out, _ = runOn(t, "# check=skip=missing-version;error=true\n"+text)
	require.Equal(t, exitOK, code)
	require.Equal(t, "model.yaml: no errors\n", out)
}

// TestCheckReadsTheNamesOfColumns finds a copy of the target that the spec does not
// mention.
func TestCheckReadsTheNamesOfColumns(t *testing.T) {
	prepare := func(dir string) {
		data := "\uFEFFspecies,species_code,mass\nAdelie,0,1\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "penguins.csv"), []byte(data), 0o644))
	}
	_, out, _ := runIn(t, prepare, checkedSpec)
	require.Contains(t, out, "MB6011 (target-leak): the column species_code looks like a copy of the target species")
	_, out, _ = runIn(t, prepare, strings.Replace(checkedSpec, "{target: species}", "{target: species, exclude: [species_code]}", 1))
	require.Equal(t, "model.yaml: no errors\n", out)
}

func TestCheckSARIF(t *testing.T) {
	dir := ""
	code, out, _ := runIn(t, func(d string) { dir = d }, strings.Replace(checkedSpec, "version: 1.0.0\n", "", 1), "--format", "sarif")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, `"uri": "model.yaml"`)
	require.Contains(t, out, `"ruleId": "MB6007"`)
	require.NotContains(t, out, dir)

	_, out, _ = runOn(t, strings.Replace(checkedSpec, "logistic", "logistics", 1), "--format", "sarif")
	require.Contains(t, out, `"ruleId": "MB1030"`)
}

func TestRelativeNamesOfFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	in := diag.List{{Span: diag.Span{File: filepath.Join(dir, "a", "model.yaml")}, Related: []diag.Related{{Span: diag.Span{File: "/elsewhere/x"}}}}}
	out := relative(in)
	require.Equal(t, filepath.Join("a", "model.yaml"), out[0].Span.File)
	require.Equal(t, "/elsewhere/x", out[0].Related[0].Span.File)
	require.True(t, filepath.IsAbs(in[0].Span.File), "the list itself stays as it is")
}

func TestSchemaCommand(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"schema"}, &out, &errs), errs.String())
	want, err := os.ReadFile("../../docs/schema/modelbuild.schema.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, out.Bytes()), "go test ./frontend/schema -update writes the committed copy")
}
