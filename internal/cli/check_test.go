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
  train: {source: context://data/penguins.csv}
features: {target: species}
train: {algorithm: logistic}
`

func check(t *testing.T, text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "penguins.csv"), []byte("species\nAdelie\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644))
	t.Chdir(dir)
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"check"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestCheckAcceptsAValidSpec(t *testing.T) {
	code, out, _ := check(t, checkedSpec)
	require.Equal(t, exitOK, code)
	require.Equal(t, "model.yaml: no errors\n", out)
}

func TestCheckShowsEveryMistake(t *testing.T) {
	text := strings.NewReplacer("algorithm: logistic", "algoritm: logistic", "target: species", "target: 3").Replace(checkedSpec)
	code, out, errs := check(t, text)
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, `model.yaml:6:9: error MB1001: unknown key "algoritm" in train`)
	require.Contains(t, out, "   6 | train: {algoritm: logistic}\n     |         ^^^^^^^^\n")
	require.Contains(t, out, "MB1002: features.target must be text, not 3")
	require.Contains(t, errs, "the spec has errors")
}

func TestCheckLooksForFiles(t *testing.T) {
	code, out, _ := check(t, strings.Replace(checkedSpec, "penguins.csv", "penguin.csv", 1))
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "MB3001: data.train: no file data/penguin.csv in the build context")
	require.Contains(t, out, "hint: did you mean context://data/penguins.csv?")
}

func TestCheckJSON(t *testing.T) {
	code, out, _ := check(t, strings.Replace(checkedSpec, "logistic", "logistics", 1), "--format", "json")
	require.Equal(t, exitFailure, code)
	var l []diag.Diagnostic
	require.NoError(t, json.Unmarshal([]byte(out), &l))
	require.Len(t, l, 1)
	require.Equal(t, diag.UnknownAlgorithm, l[0].Code)
	require.Equal(t, diag.Position{Line: 6, Column: 20}, l[0].Span.Start)

	code, out, _ = check(t, checkedSpec, "--format", "json")
	require.Equal(t, exitOK, code)
	require.Equal(t, "[]\n", out)
}

func TestCheckRefusesAHugeFileUnread(t *testing.T) {
	code, out, _ := check(t, checkedSpec+strings.Repeat("# padding\n", 5<<20))
	require.Equal(t, exitFailure, code)
	require.Contains(t, out, "MB1005")
	require.Contains(t, out, "bytes; a spec has at most 1048576")
}

func TestCheckUsage(t *testing.T) {
	code, _, errs := check(t, checkedSpec, "--format", "xml")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--help")
	code, _, errs = check(t, checkedSpec, "-f", "absent.yaml")
	require.Equal(t, exitFailure, code)
	require.Contains(t, errs, "absent.yaml")
}
