package docs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

var imageDigest = regexp.MustCompile(`(?m)^((?:image|manifest|frontend) +sha256:|commit +)(?:[0-9a-f]{64}|[0-9a-f]{40} {31})`)

// TestInspectOutput keeps what README and guide show of the example's image. The
// digests that change with the frontend are left out.
func TestInspectOutput(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	layout := filepath.Join(t.TempDir(), "oci")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "penguins"}} {
		sb.Run(dir, append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...).OK()
	}
	sb.CLI("build", "-f", filepath.Join(dir, "model.yaml"), "-t", "org/penguins:quickstart", "-o", "type=oci,dest="+layout+",tar=false").OK()
	out := sb.CLI("inspect", "oci-layout://"+layout).OK().Stdout
	out = strings.ReplaceAll(imageDigest.ReplaceAllString(out, "${1}…"), "…"+strings.Repeat(" ", 63), "…")
	generated(t, "README.md", "inspect", "```text\n"+out+"```\n")
}

// TestTrainingRecordExample keeps the example of a training record.
func TestTrainingRecordExample(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	spec := filepath.Join(dir, "model.yaml")
	text, err := os.ReadFile(spec)
	require.NoError(t, err)
	require.Contains(t, string(text), "  slices: [island, sex]\n")
	require.NoError(t, os.WriteFile(spec, bytes.Replace(text, []byte("  slices: [island, sex]\n"), nil, 1), 0o644))
	sb.CLI("build", "-f", spec, "-o", "type=local,dest="+filepath.Join(dir, "out")).OK()
	data, err := os.ReadFile(filepath.Join(dir, "out", "training-record.json"))
	require.NoError(t, err)
	var statement struct{ Predicate json.RawMessage }
	require.NoError(t, json.Unmarshal(data, &statement))
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, statement.Predicate, "", "  "))
	_, digest := sb.Frontend()
	shown := strings.ReplaceAll(b.String(), strings.TrimPrefix(digest, "sha256:"), "…")
	generated(t, "docs/reference/training-record.md", "record", "```json\n"+shown+"\n```\n")
}
