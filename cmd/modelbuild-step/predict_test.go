package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/drift"
)

// trained writes a model and its schema into a folder.
func trained(t *testing.T) string {
	t.Helper()
	r, err := train.Run(t.Context(), penguins(t), train.Options{})
	require.NoError(t, err)
	files, err := r.Files()
	require.NoError(t, err)
	dir := t.TempDir()
	for _, f := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644))
	}
	return dir
}

// TestPredictWithDrift scores the training data, which has not drifted from itself,
// and data of other islands, twice with the same result.
func TestPredictWithDrift(t *testing.T) {
	model, out := trained(t), t.TempDir()
	data := penguins(t).Data[0].Path
	scores, report := filepath.Join(out, "scores.csv"), filepath.Join(out, "drift.json")
	predict := func(data string) drift.Report {
		t.Helper()
		require.NoError(t, runPredict(t.Context(), []string{"--model", model, "--data", data, "--out", scores, "--drift", report}))
		text, err := os.ReadFile(report)
		require.NoError(t, err)
		var r drift.Report
		require.NoError(t, json.Unmarshal(text, &r))
		return r
	}
	same := predict(data)
	require.Equal(t, 344, same.Rows)
	require.Empty(t, same.Drifted())

	text, err := os.ReadFile(data)
	require.NoError(t, err)
	moved := filepath.Join(out, "moved.csv")
	require.NoError(t, os.WriteFile(moved, []byte(strings.ReplaceAll(string(text), "Biscoe", "Atlantis")), 0o644))
	first := predict(moved)
	require.Len(t, first.Drifted(), 1)
	require.Equal(t, "island", first.Drifted()[0].Name)
	require.Equal(t, []string{"Atlantis"}, first.Drifted()[0].Unseen.Categories)
	require.Equal(t, first, predict(moved))
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Len(t, entries, 3) // no partial file
}

// TestFailedPredictLeavesNothing keeps the scores of a run before.
func TestFailedPredictLeavesNothing(t *testing.T) {
	model, out := trained(t), t.TempDir()
	scores := filepath.Join(out, "scores.csv")
	require.NoError(t, os.WriteFile(scores, []byte("before"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(out, "empty.csv"), []byte("island\n"), 0o644))
	args := []string{"--model", model, "--data", filepath.Join(out, "empty.csv"), "--out", scores, "--drift", filepath.Join(out, "drift.json")}
	require.Error(t, runPredict(t.Context(), args))
	require.ErrorContains(t, runPredict(t.Context(), args[:4]), "required")
	text, err := os.ReadFile(scores)
	require.NoError(t, err)
	require.Equal(t, "before", string(text))
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}
