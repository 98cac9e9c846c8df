package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// selection runs two trials and compares them; it returns the folder of the comparison.
func selection(t *testing.T) (dir string, space job.Space) {
	t.Helper()
	ctx, trials := context.Background(), t.TempDir()
	space = job.Space{Kind: job.SweepGrid, Params: []job.SpaceParam{{Name: "l2", List: []any{10.0, 0.5}}}}
	s := job.Select{Version: 1, Metric: "log_loss", Goal: job.GoalMinimize, Space: space, Trials: []job.Params{{"l2": 10.0}, {"l2": 0.5}}}
	for i, p := range s.Trials {
		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, runTrial(ctx, []string{"--job", writeJSON(t, penguins(t).Trial(p)), "--out", out}))
		data, err := os.ReadFile(filepath.Join(out, train.TrialFile))
		require.NoError(t, err)
		info, err := os.Stat(filepath.Join(out, train.TurnFile))
		require.NoError(t, err)
		require.Zero(t, info.Size())
		require.NoError(t, os.WriteFile(filepath.Join(trials, job.TrialName(i+1)), data, 0o644))
	}
	dir = filepath.Join(t.TempDir(), "out")
	require.NoError(t, runSelect(ctx, []string{"--job", writeJSON(t, s), "--trials", trials, "--out", dir}))
	return dir, space
}

// TestTrainWithSelected trains with the values that were chosen, as with ones in the job.
func TestTrainWithSelected(t *testing.T) {
	dir, _ := selection(t)
	selected, written := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	require.NoError(t, runTrain(context.Background(), []string{"--job", writeJSON(t, penguins(t)), "--out", selected,
		"--selected", filepath.Join(dir, train.SelectedFile)}))
	j := penguins(t)
	j.Params = job.Params{"l2": 0.5}
	require.NoError(t, runTrain(context.Background(), []string{"--job", writeJSON(t, j), "--out", written}))
	require.Equal(t, folder(t, written), folder(t, selected))
}

// TestTrialProblems: what is wrong with the data is told as training tells it.
func TestTrialProblems(t *testing.T) {
	j, out := penguins(t), filepath.Join(t.TempDir(), "out")
	j.Features.Target = "kind"
	err := runTrial(context.Background(), []string{"--job", writeJSON(t, j), "--out", out})
	require.ErrorContains(t, err, job.CodeNoTarget)
	require.FileExists(t, filepath.Join(out, diagnosticsFile))
	require.NoFileExists(t, filepath.Join(out, train.TrialFile))
	err = runSelect(context.Background(), []string{"--job", writeJSON(t, j), "--trials", out, "--out", out})
	require.ErrorContains(t, err, "unknown field")
	err = runTrain(context.Background(), []string{"--job", writeJSON(t, penguins(t)), "--out", out, "--selected", writeJSON(t, map[string]int{"version": 9})})
	require.ErrorContains(t, err, "version 9")
}

// TestPackageSweep says of a model which trial it is, and refuses one of other parameters.
func TestPackageSweep(t *testing.T) {
	dir, _ := selection(t)
	c := newPackageCase(t)
	c.job.Sweep = filepath.Join(dir, train.SweepFile)
	_, err := c.run(t)
	require.ErrorContains(t, err, "check sweep: the model was trained with l2=1, and l2=0.5 was chosen")

	c.record.Job.Params = job.Params{"l2": 0.5}
	out, err := c.run(t)
	require.NoError(t, err)
	files := readTree(t, out, time.Unix(c.job.Epoch, 0))
	require.Contains(t, files[cardFile], "`l2` is the best of 2 trials, by `log_loss` (55 row(s) of the training part)")
	require.Regexp(t, `\| 2 \| 0\.5 \| 0\.0\d+ \|\n\| 1 \| 10 \| 0\.\d+ \|`, files[cardFile], "the best first")
	r, err := provenance.ParseTrainingRecord([]byte(files[attestRecordFile]))
	require.NoError(t, err)
	require.Equal(t, 2, r.Sweep.Selected)
	require.Equal(t, json.Number("0.5"), r.Sweep.Trials[1].Parameters["l2"])
	require.True(t, strings.Contains(files[provenanceFile], "step:select/selected.json"))
}
