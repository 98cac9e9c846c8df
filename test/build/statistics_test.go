package build_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestNoStatistics: an image whose spec says so holds no description of its training data, nor does what is attested beside
// it, and the model and its metrics are those of any other image.
func TestNoStatistics(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "body-mass"))))
	edit(t, dir, "model.yaml", "  partial_dependence: [flipper_length_mm, species]\n", "")
	edit(t, dir, "model.yaml", "seed: 42", "seed: 43")
	build := func(name string) (map[string]string, string) {
		out := filepath.Join(t.TempDir(), name)
		log := sb.Buildx(append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest=" + out}, append(attested, dir)...)...).OK().Stderr
		files := map[string]string{}
		require.NoError(t, filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				var data []byte
				data, err = os.ReadFile(path)
				rel, _ := filepath.Rel(out, path)
				files[rel] = string(data)
			}
			return err
		}))
		return files, log
	}
	described, _ := build("described")
	edit(t, dir, "model.yaml", "license: CC0-1.0\n\ndata", "license: CC0-1.0\nimage: {statistics: false}\n\ndata")
	silent, log := build("silent")
	require.Equal(t, []string{"package"}, ran(strings.ReplaceAll(log, "[train] gradient-boosting", "[train] logistic")), "neither training nor evaluation runs again")

	require.Equal(t, described["model/model.onnx"], silent["model/model.onnx"])
	require.Equal(t, described["model/config.json"], silent["model/config.json"])
	require.Len(t, silent, len(described), "the same files")
	var schema struct {
		Inputs     []any
		Statistics *struct {
			Target struct{ Numbers struct{ Mean json.Number } }
		}
	}
	var metrics struct {
		Metrics  map[string]float64
		Baseline struct {
			Value   *json.Number
			Metrics map[string]float64
		}
	}
	read := func(files map[string]string) {
		schema.Statistics, metrics.Baseline.Value = nil, nil
		require.NoError(t, json.Unmarshal([]byte(files["model/schema.json"]), &schema))
		require.NoError(t, json.Unmarshal([]byte(files["model/metrics.json"]), &metrics))
	}
	read(described)
	require.NotNil(t, schema.Statistics)
	inputs, scores, mean := schema.Inputs, metrics.Metrics, metrics.Baseline.Value.String()
	require.Contains(t, described["model/metrics.json"], mean)
	read(silent)
	require.Nil(t, schema.Statistics)
	require.Nil(t, metrics.Baseline.Value)
	require.Equal(t, inputs, schema.Inputs)
	require.Equal(t, scores, metrics.Metrics)
	require.NotEmpty(t, metrics.Baseline.Metrics)
	for name, text := range silent {
		if filepath.Ext(name) != ".onnx" {
			require.NotContains(t, text, mean, name)
			require.NotContains(t, text, `"quantiles"`, name)
			require.NotContains(t, text, `"columns":{"bill_length_mm":"sha256:`, name)
		}
	}
}
