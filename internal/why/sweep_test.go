package why_test

import (
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/why"
	"github.com/stretchr/testify/require"
)

// swept has a sweep of four trials.
var swept = strings.Replace(text, "evaluate:", "sweep: {kind: grid, metric: log_loss, params: {l1: [0, 3], l2: [0.5, 1]}}\nevaluate:", 1)

func named(t *testing.T, steps []why.Step, name string) why.Step {
	t.Helper()
	for _, s := range steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no step %s", name)
	return why.Step{}
}

// TestTrials asks which trials a change runs again.
func TestTrials(t *testing.T) {
	every := []string{"l1=0, l2=0.5", "l1=0, l2=1", "l1=3, l2=0.5", "l1=3, l2=1"}
	cases := []struct {
		name, old, new string
		trials         []string
		input          string // of the first step that runs again by itself
		train          bool
		when           string
	}{
		{"value", "l2: [0.5, 1]", "l2: [0.5, 2]", []string{"l1=0, l2=2", "l1=3, l2=2"}, "sweep.params.l2[1]", true, "another trial is chosen"},
		{"value more", "l1: [0, 3]", "l1: [0, 3, 4]", []string{"l1=4, l2=0.5", "l1=4, l2=1"}, "sweep.params.l1[2]", true, "another trial is chosen"},
		{"order", "l2: [0.5, 1]", "l2: [1, 0.5]", nil, "sweep.params.l2[0]", true, "another trial is chosen"},
		{"metric", "metric: log_loss", "metric: accuracy", nil, "sweep.goal", true, "another trial is chosen"},
		{"seed", "seed: 42", "seed: 43", every, "train.seed", true, ""},
		{"calibration", "seed: 42", "seed: 42\n  threshold: 0.5", nil, "", true, ""},
		{"gate", ">= 0.9", ">= 0.8", nil, "", false, ""},
	}
	before := side(t, swept, "x")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(swept, c.old))
			steps := why.Compare(before, side(t, strings.Replace(swept, c.old, c.new, 1), "x"))
			trials, chosen, train := named(t, steps, "trials"), named(t, steps, "select"), named(t, steps, "train")
			require.Equal(t, c.trials, trials.Trials)
			require.Equal(t, len(c.trials) > 0, trials.Reruns)
			require.Equal(t, c.train, train.Reruns)
			require.Equal(t, c.when, train.When)
			if c.input != "" {
				require.Equal(t, c.input, append(trials.Causes, chosen.Causes...)[0].Input)
			}
		})
	}
}

// TestSweepIsNewOrGone: training itself is another step then.
func TestSweepIsNewOrGone(t *testing.T) {
	steps := why.Compare(side(t, text, "x"), side(t, swept, "x"))
	require.Len(t, named(t, steps, "trials").Trials, 4)
	require.Equal(t, []string{"select"}, named(t, steps, "train").After)
	require.Empty(t, named(t, steps, "train").When)
	steps = why.Compare(side(t, swept, "x"), side(t, text, "x"))
	require.Equal(t, "train", steps[0].Name)
	require.True(t, steps[0].Reruns)
	steps = why.Compare(side(t, swept, "x"), side(t, swept, "y"))
	require.Len(t, named(t, steps, "trials").Trials, 4, "the data")
	require.Equal(t, "data.train.content", named(t, steps, "trials").Causes[0].Input)
	for _, s := range why.Compare(side(t, swept, "x"), side(t, swept, "x")) {
		require.False(t, s.Reruns, s.Name)
	}
	drawn := strings.Replace(swept, "kind: grid,", "kind: random, trials: 3, seed: 18446744073709551615,", 1)
	steps = why.Compare(side(t, drawn, "x"), side(t, strings.Replace(drawn, "trials: 3", "trials: 4", 1), "x"))
	require.Len(t, named(t, steps, "trials").Trials, 1)
	require.Equal(t, 3, named(t, steps, "trials").Kept)
}
