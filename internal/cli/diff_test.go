package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestDiffExplainsTwoModels(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	a := built(t, sb, dir)
	same := sb.CLI("diff", a, a).OK()
	assert.Equal(t, "the same\n", same.Stdout)

	spec := strings.Replace(read(t, filepath.Join(dir, "model.yaml")), "algorithm: logistic", "algorithm: logistic\n  params: {l2: 5}", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(spec), 0o644))
	data := read(t, filepath.Join(dir, "data", "penguins.csv"))
	rows := strings.SplitAfter(data, "\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "penguins.csv"), []byte(strings.Join(append(rows[:100:100], rows[120:]...), "")), 0o644))
	b := built(t, sb, dir)
	out := sb.CLI("diff", a, b, "--format", "json").Failed()
	assert.Equal(t, exitFailure, out.Code)
	var d modelDiff
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &d))
	assert.False(t, d.Equal)
	require.Len(t, d.Data, 1)
	assert.Equal(t, "context://data/penguins.csv", d.Data[0].What)
	assert.Equal(t, []changed{{"params.l2", "1", "5"}}, d.Parameters)
	assert.Empty(t, d.Packages)
	require.NotEmpty(t, d.Metrics)
	for _, m := range d.Metrics {
		require.NotNil(t, m.Delta, m.Metric)
		assert.InDelta(t, *m.B-*m.A, *m.Delta, 0)
	}
	files := map[string]bool{}
	for _, f := range d.Files {
		files[f.What] = true
	}
	assert.True(t, files["/model/model.onnx"] && files["/model/metrics.json"], files)
	assert.Regexp(t, `parameter +params.l2 +1 -> 5`, sb.CLI("diff", a, b).Failed().Stdout)

	// A folder of `modelbuild train` has the same model, and the same input under another name.
	local := filepath.Join(t.TempDir(), "trained")
	sb.CLI("train", "-o", local, dir).OK()
	require.NoError(t, json.Unmarshal([]byte(sb.CLI("diff", b, local, "--format", "json").Failed().Stdout), &d))
	assert.Empty(t, d.Data)
	assert.Empty(t, d.Parameters)
	assert.Empty(t, d.Metrics)
	assert.Equal(t, 2, sb.CLI("diff", a, "oci-layout://no-such-folder").Failed().Code)
}

func TestDocumentsAreTakenOutOfAnImage(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image := built(t, sb, dir, "-t", "org/penguins:1")
	spec := read(t, filepath.Join(dir, "model.yaml"))
	assert.Equal(t, spec, sb.CLI("source", image).OK().Stdout)
	for format, name := range map[string]string{"cyclonedx": "sbom.cdx.json", "spdx": "sbom.spdx.json"} {
		assert.Equal(t, string(layouttest.File(t, image, "/model/"+name)), sb.CLI("sbom", image, "--format", format).OK().Stdout)
	}
	file := filepath.Join(dir, "statement.json")
	sb.CLI("provenance", image, "-o", file).OK()
	assert.Equal(t, string(layouttest.File(t, image, "/model/provenance.intoto.json")), read(t, file))
	assert.Contains(t, sb.CLI("provenance", image, "--of", "buildkit").OK().Stdout, "https://mobyproject.org/buildkit@v1")
	assert.Contains(t, sb.CLI("provenance", image, "--of", "https://cyclonedx.org/bom").OK().Stdout, "CycloneDX")

	assert.Contains(t, sb.CLI("sbom", image, "--of", "training").Failed().Stderr, "has no /model/sbom.training.cdx.json")
	assert.Contains(t, sb.CLI("source", image, "--file", "other.yaml").Failed().Stderr, "it holds model.yaml")
	assert.Contains(t, sb.CLI("provenance", image, "--platform", "linux/s390x").Failed().Stderr, "has no image for linux/s390x")
	assert.Contains(t, sb.CLI("provenance", image, "--of", "other").Failed().Stderr, "nor a predicate type")
	minimal := built(t, sb, dir, "--provenance", "mode=min")
	assert.Contains(t, sb.CLI("source", minimal).Failed().Stderr, "mode max")
}

func TestInspectSummarisesImageAndFolder(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image, folder := built(t, sb, dir), filepath.Join(t.TempDir(), "local")
	sb.CLI("build", "--progress", "quiet", "-o", "type=local,dest="+folder, dir).OK()
	for _, name := range []string{image, folder} {
		out := sb.CLI("inspect", name).OK().Stdout
		for _, want := range []string{
			`name +penguins 1.0.0 +`, `from +sha256:[0-9a-f]+ +train, context://data/penguins.csv, 344 rows`, `spec +sha256:`, `frontend +sha256:`,
			`trained +logistic classification`, `packages +[1-9]\d* of the image`, `promises +exact +hermetic`, `attested +https://slsa.dev/`,
		} {
			assert.Regexp(t, want, out)
		}
	}
	assert.Regexp(t, `attested +\S+/training-record/v1 +about files of this image`, sb.CLI("inspect", image).OK().Stdout, "it has no name that statements could be about")
	assert.Regexp(t, `signed +unsigned`, sb.CLI("inspect", image).OK().Stdout)
	shown := sb.CLI("inspect", image, "--format", "{{range .platforms}}{{.summary.class}} {{json .summary.packages.training}}{{end}}").OK().Stdout
	assert.Equal(t, "exact 0\n", shown)
	assert.Equal(t, exitUsage, sb.CLI("inspect", image, "--format", "{{.broken").Failed().Code)

	// Beside an image with another model, the record is about something else, and nothing of it is shown.
	changed := layouttest.Copy(t, image)
	layouttest.Replace(t, changed, "/model/model.onnx", []byte("another"))
	layouttest.Replace(t, changed, "/model/provenance.intoto.json", []byte(strings.ReplaceAll(string(layouttest.File(t, image, "/model/provenance.intoto.json")),
		digest.FromBytes(layouttest.File(t, image, "/model/model.onnx")).Encoded(), digest.FromString("another").Encoded())))
	out := sb.CLI("inspect", changed).OK().Stdout
	assert.Regexp(t, `attested +\S+/training-record/v1 +about something else`, out)
	assert.NotContains(t, out, "344 rows")

	// A statement of another model, half of one, and a key twice.
	statement := filepath.Join(folder, "model", "provenance.intoto.json")
	text := read(t, statement)
	other := filepath.Join(folder, "model", "model.onnx")
	model := read(t, other)
	require.NoError(t, os.WriteFile(other, []byte(model+"x"), 0o644))
	assert.Contains(t, sb.CLI("inspect", folder).Failed().Stderr, "it is about another model/model.onnx than the one that is there")
	require.NoError(t, os.WriteFile(other, []byte(model), 0o644))
	for bad, want := range map[string]string{
		text[:len(text)/2]: "truncated after",
		strings.Replace(text, "{", `{"_type":"x",`, 1):                        `key "_type" occurs twice`,
		strings.Replace(text, `"predicateType"`, `"predicateTypes"`, 1):       "unknown predicateType",
		text[:len(text)-3] + strings.Repeat(" ", 17<<20) + text[len(text)-3:]: "more than the limit",
		strings.Replace(text, `"subject": [`, `"subject": 7, "was": [`, 1):    "parse statement",
	} {
		require.NoError(t, os.WriteFile(statement, []byte(bad), 0o644))
		assert.Contains(t, sb.CLI("inspect", folder).Failed().Stderr, want)
	}
}
