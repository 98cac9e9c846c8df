package build_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// TestExamples builds every example: no lint rule finds anything, all gates are
// met, and `modelbuild train` gives the same model, metrics and plots. What a program
// of its own trains is built twice instead.
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
			if e.Name() == "service" {
				serviceExample(t, sb, spec)
				return
			}
			if text, err := os.ReadFile(spec); err == nil && strings.Contains(string(text), "engine: exec") {
				programExample(t, sb, spec)
				return
			}
			sb.Buildx("build", "-f", spec, "--platform", "linux/"+runtime.GOARCH, "--output", "type=local,dest="+out, dir).OK()
			if e.Name() == "serve" {
				answers(t, sb, out)
			}
			model, err := os.ReadFile(filepath.Join(out, "model", "model.onnx"))
			require.NoError(t, err)
			require.Equal(t, digest.FromBytes(model).String(), strings.TrimSpace(sb.CLI("train", "-q", "-f", spec).OK().Stdout))

			gatesMet(t, out)
			local := t.TempDir()
			sb.CLI("train", "-f", spec, "-o", local).OK()
			require.Equal(t, evaluation(t, filepath.Join(out, "model")), evaluation(t, local))
			require.Equal(t, e.Name() == "species-clusters", sameFiles(t, filepath.Join(out, "model"), local), "tensors")
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

// programExample builds an example whose model a program trains, and trains it again in
// the same environment: all files of the image are the same.
func programExample(t *testing.T, sb *testenv.Sandbox, spec string) {
	t.Helper()
	first, second := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out")
	sb.CLI("build", "-f", spec, "--provenance=false", "--sbom=false", "-o", "type=local,dest="+first).OK()
	gatesMet(t, first)
	log := sb.CLI("build", "-f", spec, "--provenance=false", "--sbom=false", "--no-cache-filter", "train", "--progress", "plain", "-o", "type=local,dest="+second).OK().Stderr
	require.Contains(t, log, "train  took ", "it trained again")
	require.Equal(t, contents(t, first), contents(t, second))
}

// contents are the files below a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		files[strings.TrimPrefix(path, dir)] = string(data)
		return nil
	}))
	return files
}

func gatesMet(t *testing.T, out string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "model", "metrics.json"))
	require.NoError(t, err)
	var got metrics
	require.NoError(t, json.Unmarshal(data, &got))
	require.NotEmpty(t, got.Gates)
	for _, g := range got.Gates {
		require.True(t, g.Met, g.Metric)
	}
}

// evaluation is the metrics, the plots and the trials of a model's folder, by name.
func evaluation(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "plots", "*.svg"))
	require.NoError(t, err)
	trials, err := filepath.Glob(filepath.Join(dir, "sweep.json"))
	require.NoError(t, err)
	files := map[string]string{}
	for _, path := range slices.Concat(paths, trials, []string{filepath.Join(dir, "metrics.json")}) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		files[filepath.Base(path)] = string(data)
	}
	return files
}
