package llb_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// swept has every key that a grid has, and drawn those of random trials.
const (
	swept = `# syntax=org/modelbuild:1
name: penguins
data:
  train: {source: context://data/penguins.csv}
  test: {source: context://data/held.csv}
features: {target: species}
split: {kind: fixed}
train:
  algorithm: logistic
  params: {tolerance: 0.001}
  calibrate: platt
  export: {safetensors: true}
  seed: 42
sweep:
  kind: grid
  metric: log_loss
  goal: minimize
  params: {l2: [0.1, 1], l1: [0, 2]}
evaluate: {gates: {accuracy: ">= 0.9"}}
`
	drawn = `# syntax=org/modelbuild:1
name: penguins
data: {train: {source: context://data/penguins.csv}}
features: {target: species}
train: {algorithm: random-forest}
sweep: {kind: random, trials: 3, seed: 7, metric: accuracy, params: {trees: {min: 10, max: 300, log: true}, max_features: [all, sqrt]}}
`
	fromSelect = "select " + fromTrain
	fromTrials = "trial:l1=0,l2=0.1 trial:l1=0,l2=1 trial:l1=2,l2=0.1 trial:l1=2,l2=1 " + fromSelect
)

var sweepChanges = []change{
	{"sweep.metric", "metric: log_loss", "metric: brier", fromSelect},
	{"sweep.goal", "goal: minimize", "goal: maximize", fromSelect},
	{"sweep.params.*", "l2: [0.1, 1]", "l2: [0.1, 2]", "trial:l1=0,l2=1 trial:l1=2,l2=1 " + fromSelect},
	{"sweep.params.*", "l2: [0.1, 1]", "l2: [1, 0.1]", fromSelect},
	{"sweep.params.*", "l2: [0.1, 1]", "l2: [0.1, 1, 10]", fromSelect},
	{"sweep.kind", "kind: grid", "kind: random\n  trials: 4", fromSelect},
	{"train.params.*", "tolerance: 0.001", "tolerance: 0.01", fromTrials},
	{"train.seed", "seed: 42", "seed: 43", fromTrials},
	{"data.train", "data/penguins.csv", "data/p.csv", fromTrials},
	{"data.test", "data/held.csv", "data/h.csv", "data " + fromTrain},
	{"train.calibrate", "calibrate: platt", "calibrate: isotonic", fromTrain},
	{"train.export", "safetensors: true", "safetensors: false", fromTrain},
	{"evaluate.gates", ">= 0.9", ">= 0.8", fromEvaluate},
	{"name", "name: penguins", "name: birds", fromPackage + config},
}

var drawChanges = []change{
	{"sweep.trials", "trials: 3", "trials: 5", fromSelect},
	{"sweep.seed", "seed: 7", "seed: 8", "TRIALS " + fromSelect},
	{"sweep.params.*", "min: 10", "min: 20", "TRIALS " + fromSelect},
}

// TestProjectionOfSweep: a changed value reaches its own trials, and the held-out rows
// and what is done after the choice reach none.
func TestProjectionOfSweep(t *testing.T) {
	before := vertices(t, swept)
	require.Subset(t, slices.Collect(maps.Keys(before)), fields(fromTrials))
	for _, c := range sweepChanges {
		t.Run(c.leaf+" "+c.new, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(swept, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(swept, c.old, c.new, 1))))
		})
	}
}

// TestProjectionOfDraws: more trials begin with the same ones.
func TestProjectionOfDraws(t *testing.T) {
	before := vertices(t, drawn)
	var trials []string
	for name := range before {
		if strings.HasPrefix(name, "trial:") {
			trials = append(trials, name)
		}
	}
	require.Len(t, trials, 3)
	for _, c := range drawChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(drawn, c.old), c.old)
			want := strings.Replace(c.reaches, "TRIALS", strings.Join(trials, " "), 1)
			require.Equal(t, fields(want), reached(before, vertices(t, strings.Replace(drawn, c.old, c.new, 1))))
		})
	}
}

// TestTrialsReadNoTestData: the job of a trial names the training data alone, and so do
// its mounts.
func TestTrialsReadNoTestData(t *testing.T) {
	p := plan(t, swept)
	for _, trial := range p.Sweep.Trials {
		require.Equal(t, []job.Dataset{{Name: "train", Path: "/in/data/train.csv", Format: "csv"}}, trial.Data)
	}
	require.Len(t, p.Train.Data, 2)
	compile(t, p)
}

// TestTrialsAreOrdinaryJobs: but for what comes after the choice, a trial is the training
// of a spec with its values written out.
func TestTrialsAreOrdinaryJobs(t *testing.T) {
	p := plan(t, swept)
	for i, values := range []string{"l1: 0, l2: 0.1", "l1: 0, l2: 1", "l1: 2, l2: 0.1", "l1: 2, l2: 1"} {
		written := strings.Replace(swept, "tolerance: 0.001", values+", tolerance: 0.001", 1)
		before, after, _ := strings.Cut(written, "sweep:")
		_, gates, _ := strings.Cut(after, "evaluate:")
		written = before + "evaluate:" + gates
		q := plan(t, written)
		require.Nil(t, q.Sweep)
		require.Equal(t, q.Train.Trial(q.Train.Params), p.Sweep.Trials[i])
	}
}

// TestSweepSteps are listed, and the image has the record.
func TestSweepSteps(t *testing.T) {
	p := plan(t, swept)
	steps := p.Steps()
	require.Equal(t, llb.DescribedStep{Name: "trial", Does: "2 of 4: l1=0, l2=1"}, steps[1])
	require.Equal(t, "select", steps[4].Name)
	require.Contains(t, p.ImageFiles(), "sweep.json")
	require.Equal(t, "trial-4", p.Package.Steps[3].Name)
	require.Equal(t, []string{"train"}, p.Package.Steps[3].Data)
	require.Contains(t, p.Package.Steps[5].Command, "/in/selected.json")

	m, diags := spec.Parse("model.yaml", []byte(drawn))
	require.Empty(t, diags.Errors())
	require.Equal(t, 3, m.Space().Trials)
	require.True(t, m.Space().Params[1].Range.Whole)
}
