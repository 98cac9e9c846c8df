package cli

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/internal/verify"
)

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image := built(t, sb, dir) // without a name, so that statements have no subject
	var r verify.Report
	require.NoError(t, json.Unmarshal([]byte(sb.CLI("verify", image, "--format", "json").OK().Stdout), &r))
	assert.Zero(t, r.Failures())
	assert.Equal(t, verify.NotChecked, r.NotChecked)
	what := map[string]bool{}
	for _, c := range r.Checks {
		assert.Equal(t, verify.OK, c.Result, c)
		what[c.What] = true
	}
	for _, want := range []string{"structure", "layers", "statement https://slsa.dev/provenance/v0.2", "model", "record", "metrics", "gates", "datasets", "materials"} {
		assert.True(t, what[want], want)
	}

	other := penguinsFolder(t, sb)
	spec := strings.Replace(read(t, filepath.Join(other, "model.yaml")), "seed: 42", "seed: 43", 1)
	require.NoError(t, os.WriteFile(filepath.Join(other, "model.yaml"), []byte(spec), 0o644))
	second := built(t, sb, other, "-t", "org/penguins:1")

	for name, tt := range changes(t, image, second) {
		t.Run(name, func(t *testing.T) {
			changed := layouttest.Copy(t, image)
			tt.change(t, changed)
			out := sb.CLI("verify", changed).Failed()
			assert.Equal(t, exitFailure, out.Code)
			for _, want := range tt.want {
				assert.Regexp(t, want, out.Stdout)
			}
			assert.Contains(t, out.Stdout, "NOT checked")
			assert.Contains(t, out.Stderr, "checks failed")
		})
	}

	changed := layouttest.Copy(t, second)
	layouttest.Replace(t, changed, "/model/card.md", []byte("# Best model\n"))
	assert.Regexp(t, `FAILED +statement .*it is not about manifest`, sb.CLI("verify", changed).Failed().Stdout)
}

// change makes another image of one, and says what verify finds in it.
type change struct {
	change func(t *testing.T, image string)
	want   []string
}

func changes(t *testing.T, image, second string) map[string]change {
	t.Helper()
	out := blobChanges(t, image)
	maps.Copy(out, map[string]change{
		"another model": {
			func(t *testing.T, image string) {
				layouttest.Replace(t, image, "/model/model.onnx", layouttest.File(t, second, "/model/model.onnx"))
			},
			[]string{`FAILED +model: .*but its provenance says`, `FAILED +statement .*/training-record/v1: it is not about manifest`},
		},
		"another statement": {
			func(t *testing.T, image string) {
				layouttest.Replace(t, image, "/model/provenance.intoto.json", layouttest.File(t, second, "/model/provenance.intoto.json"))
			},
			[]string{`FAILED +model: .*but its provenance says`},
		},
		"half a statement": {
			func(t *testing.T, image string) {
				text := layouttest.File(t, image, "/model/provenance.intoto.json")
				layouttest.Replace(t, image, "/model/provenance.intoto.json", text[:len(text)/2])
			},
			[]string{`FAILED +model: /model/provenance.intoto.json: parse statement: truncated after`},
		},
		"a statement with a key twice": {
			func(t *testing.T, image string) {
				text := string(layouttest.File(t, image, "/model/provenance.intoto.json"))
				layouttest.Replace(t, image, "/model/provenance.intoto.json", []byte(strings.Replace(text, "{", `{"_type": "x",`, 1)))
			},
			[]string{`FAILED +model: .*key "_type" occurs twice`},
		},
		"better metrics": {
			func(t *testing.T, image string) {
				text := string(layouttest.File(t, image, "/model/metrics.json"))
				layouttest.Replace(t, image, "/model/metrics.json", []byte(strings.Replace(text, `"brier": 0.00`, `"brier": 0.000`, 1)))
			},
			[]string{`FAILED +metrics: the record has brier`},
		},
		"a gate that is not met": {
			func(t *testing.T, image string) {
				text := string(layouttest.File(t, image, "/model/metrics.json"))
				layouttest.Replace(t, image, "/model/metrics.json", []byte(strings.Replace(text, `"value": 0.95`, `"value": 1.95`, 1)))
			},
			[]string{`FAILED +gates: .* is not met by 1`},
		},
	})
	return out
}

// blobChanges are those of bytes and of layers.
func blobChanges(t *testing.T, image string) map[string]change {
	t.Helper()
	first := open(t, image).Manifests[0]
	return map[string]change{
		"a byte of a layer": {
			func(t *testing.T, image string) { layouttest.Flip(t, image, first.Manifest.Layers[0].Digest) },
			[]string{`FAILED +layers: .*` + first.Manifest.Layers[0].Digest.Encoded() + " is not what its digest says"},
		},
		"a byte of the configuration": {
			func(t *testing.T, image string) { layouttest.Flip(t, image, first.Manifest.Config.Digest) },
			[]string{`FAILED +structure: .*is not what its digest says`},
		},
		"a byte of a statement": {
			func(t *testing.T, image string) { layouttest.Flip(t, image, first.Attestations[0].Descriptor.Digest) },
			[]string{`FAILED +statement .*is not what its digest says`},
		},
		"layers in another order": {
			func(t *testing.T, image string) {
				layouttest.Edit(t, image, func(m *ocispecs.Manifest, _ *ocispecs.Image) { m.Layers[0], m.Layers[1] = m.Layers[1], m.Layers[0] })
			},
			[]string{`FAILED +layers: .*its archive is sha256:[0-9a-f]+, but the config says`},
		},
		"a layer less": {
			func(t *testing.T, image string) {
				layouttest.Edit(t, image, func(m *ocispecs.Manifest, _ *ocispecs.Image) { m.Layers = m.Layers[:1] })
			},
			[]string{`FAILED +layers: the manifest has 1, the configuration 2 diff_ids`},
		},
	}
}

func open(t *testing.T, name string) *oci.Image {
	t.Helper()
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	return img
}

func TestVerifyUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"--format", "xml", "a"}, {"oci-layout://no-such-folder"}, {"--go-sum", "no-such-file", "a"}} {
		var stdout, stderr strings.Builder
		assert.Equal(t, exitUsage, run(t.Context(), append([]string{"verify"}, args...), &stdout, &stderr), args)
	}
}
