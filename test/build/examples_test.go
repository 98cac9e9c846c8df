package build_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// TestExamples builds every example: no lint rule finds anything, all gates are
// met, and `modelbuild train` gives the same model, metrics and plots.
func TestExamples(t *testing.T) {
	sb := testenv.New(t)
	entries, err := os.ReadDir(filepath.Join(sb.Source(), "examples"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(entries), 4)
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			sb := testenv.New(t)
			dir, out := filepath.Join(sb.Source(), "examples", e.Name()), t.TempDir()
			spec := filepath.Join(dir, "model.yaml")
			sb.CLI("check", "--strict", "-f", spec).OK()
			sb.Buildx("build", "-f", spec, "--output", "type=local,dest="+out, dir).OK()
			model, err := os.ReadFile(filepath.Join(out, "model", "model.onnx"))
			require.NoError(t, err)
			require.Equal(t, digest.FromBytes(model).String(), strings.TrimSpace(sb.CLI("train", "-q", "-f", spec).OK().Stdout))

			data, err := os.ReadFile(filepath.Join(out, "model", "metrics.json"))
			require.NoError(t, err)
			var got metrics
			require.NoError(t, json.Unmarshal(data, &got))
			local := t.TempDir()
			sb.CLI("train", "-f", spec, "-o", local).OK()
			require.Equal(t, evaluation(t, filepath.Join(out, "model")), evaluation(t, local))
			require.Equal(t, e.Name() == "species-clusters", sameFiles(t, filepath.Join(out, "model"), local), "tensors")
			require.NotEmpty(t, got.Gates)
			for _, g := range got.Gates {
				require.True(t, g.Met, g.Metric)
			}
		})
	}
}

// sameFiles compares the rest of what the train step writes, and says whether there
// are tensors.
func sameFiles(t *testing.T, built, local string) (tensors bool) {
	t.Helper()
	for _, name := range []string{"schema.json", "config.json", "warnings.json", "model.safetensors"} {
		one, err := os.ReadFile(filepath.Join(built, name))
		other, otherErr := os.ReadFile(filepath.Join(local, name))
		if name == "model.safetensors" && errors.Is(err, fs.ErrNotExist) && errors.Is(otherErr, fs.ErrNotExist) {
			return false
		}
		require.NoError(t, errors.Join(err, otherErr))
		require.Equal(t, string(one), string(other), name)
	}
	return true
}

// evaluation is the metrics and the plots of a model's folder, by name.
func evaluation(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "plots", "*.svg"))
	require.NoError(t, err)
	files := map[string]string{}
	for _, path := range append(paths, filepath.Join(dir, "metrics.json")) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		files[filepath.Base(path)] = string(data)
	}
	return files
}
