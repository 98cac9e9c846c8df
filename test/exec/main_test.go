// Package exec_test builds models that programs of the user's own train, on a real BuildKit.
package exec_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// baseImage is where the test's base image is, as a spec names it; its digest replaces BASE.
const baseImage = "docker.io/test/trainer:1"

var base struct {
	once   sync.Once
	digest string
}

// trainer pushes an image that holds nothing but the trainer, and returns its digest.
func trainer(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	base.once.Do(func() {
		dir := t.TempDir()
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(dir, "trainer"), "./test/exec/trainer")
		cmd.Dir = sb.Source()
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		text := "FROM scratch\nCOPY trainer /bin/trainer\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644))
		metadata := filepath.Join(dir, "metadata.json")
		sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir, "--metadata-file", metadata,
			"--output", "type=image,push=true,name="+strings.Replace(baseImage, "docker.io", sb.Registry(), 1)).OK()
		data, err := os.ReadFile(metadata)
		require.NoError(t, err)
		var md map[string]any
		require.NoError(t, json.Unmarshal(data, &md))
		base.digest = md["containerimage.digest"].(string)
	})
	require.NotEmpty(t, base.digest, "the base image was not made: see the first test that failed")
	return base.digest
}

const mean = `# syntax=org/modelbuild:1
name: mean
data:
  train: {source: context://data/penguins.csv}
train:
  engine: exec
  task: regression
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, mean]
  env: {COLUMN: body_mass_g}
  outputs:
    model: /out/model.json
    metrics: /out/metrics.json
    predictions: /out/predictions.csv
    notes: /out/notes
  reproducible: exact
evaluate:
  gates: {mae: "< 1000", rows_used: ">= 342"}
`

// folder is a context with a spec and the penguins.
func folder(t *testing.T, sb *testenv.Sandbox, spec string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sb.Source(), "examples", "penguins", "data", "penguins.csv"))
	require.NoError(t, err)
	return sb.Context(map[string]string{"model.yaml": strings.Replace(spec, "BASE", trainer(t, sb), 1), "data/penguins.csv": string(data)})
}

func push(t *testing.T, sb *testenv.Sandbox, dir, ref string, args ...string) *oci.Image {
	t.Helper()
	all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"),
		"--output", "type=image,name=" + ref + ",push=true,registry.insecure=true"}, args...)
	sb.Buildx(append(all, dir)...).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	for _, m := range img.Manifests {
		for _, a := range m.Attestations {
			if a.Type() == provenance.PredicateTrainingRecord {
				s, err := a.Statement(t.Context())
				require.NoError(t, err)
				validRecord(t, sb, s.Raw)
			}
		}
	}
	return img
}

// validRecord holds a statement with a training record against the published schema, and returns the record.
func validRecord(t *testing.T, sb *testenv.Sandbox, statement []byte) *provenance.TrainingRecord {
	t.Helper()
	var s struct{ Predicate json.RawMessage }
	require.NoError(t, json.Unmarshal(statement, &s))
	sb.ValidRecord(s.Predicate)
	record, err := provenance.ParseTrainingRecord(s.Predicate)
	require.NoError(t, err)
	return record
}

// write puts files into a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}

// export builds what is in dir into a folder, with all that is attested.
func export(t *testing.T, sb *testenv.Sandbox, dir string, args ...string) (out string, record *provenance.TrainingRecord) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "out")
	all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--attest", "type=provenance,mode=max,version=v0.2", "--output", "type=local,dest=" + out}, args...)
	sb.Buildx(append(all, dir)...).OK()
	record = validRecord(t, sb, []byte(readFile(t, filepath.Join(out, "training-record.json"))))
	require.NotNil(t, record.Program)
	return out, record
}
