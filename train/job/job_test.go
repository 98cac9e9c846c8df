package job

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadIsStrict(t *testing.T) {
	want := Train{Version: 1, Data: []Dataset{{"train", "/in/data/train/a.csv", "csv", ""}}, Features: Features{Target: "y"},
		Split: Split{Kind: SplitRandom, Test: 0.2}, Task: TaskClassification, Algorithm: "logistic", Params: Params{"l2": 0.5}, Seed: 1<<64 - 1}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	got, err := ReadTrain(strings.NewReader(string(data)))
	require.NoError(t, err)
	require.Equal(t, want, got)
	bad := map[string]string{
		`{"version":1,"sed":1}`:   `unknown field "sed"`,
		`{"version":2}`:           "version 2, this step reads 1",
		`{"version":1} {}`:        "data after the job",
		`{"version":1,"seed":-1}`: "cannot unmarshal number -1",
		``:                        "EOF",
	}
	for text, message := range bad {
		_, err := ReadTrain(strings.NewReader(text))
		require.ErrorContains(t, err, message, text)
	}
	_, err = ReadEvaluate(strings.NewReader(`{"version":1,"gate":[]}`))
	require.ErrorContains(t, err, `unknown field "gate"`)
	_, err = ReadEvaluate(strings.NewReader(`{"version":3}`))
	require.ErrorContains(t, err, "version 3")
}

func TestResolve(t *testing.T) {
	a, ok := LookupAlgorithm("logistic")
	require.True(t, ok)
	got, err := a.Resolve(Params{"l2": 2, "max_iterations": 10.0, "class_weight": "balanced"})
	require.NoError(t, err)
	require.Equal(t, Params{"l1": 0.0, "l2": 2.0, "max_iterations": 10, "tolerance": 1e-6, "class_weight": "balanced"}, got)
	_, err = a.Resolve(Params{"tolerance": true, "nope": 1})
	var ps Problems
	require.ErrorAs(t, err, &ps)
	require.Equal(t, []string{"train.params.tolerance", "train.params.nope"}, []string{ps[0].Field, ps[1].Field})
}

// TestCatalogue holds the catalogue to its own rules: sorted, documented, and
// with defaults that pass their own checks.
func TestCatalogue(t *testing.T) {
	byName := func(a, b Algorithm) int { return strings.Compare(a.Name, b.Name) }
	require.True(t, slices.IsSortedFunc(Algorithms(), byName))
	for _, a := range Algorithms() {
		require.NotEmpty(t, a.Doc)
		require.NotEmpty(t, a.Tasks)
		for _, task := range a.Tasks {
			require.NotEmpty(t, Metrics(task), "task %s has no metrics", task)
		}
		for _, p := range a.Params {
			require.NotEmpty(t, p.Doc, "%s %s", a.Name, p.Name)
			got, reason := p.check(p.Default)
			require.Empty(t, reason, "%s %s", a.Name, p.Name)
			require.Equal(t, p.Default, got)
		}
	}
	require.True(t, slices.IsSortedFunc(Metrics(TaskClassification), func(a, b Metric) int { return strings.Compare(a.Name, b.Name) }))
	require.Nil(t, Metrics("cooking"))
}

func TestProblemText(t *testing.T) {
	ps := Problems{
		{Code: "MB2003", Dataset: "train", Line: 4, Message: "3 fields", Hint: "quote it"},
		{Code: "MB2002", Dataset: "train", Message: "empty"},
		{Code: "MB4001", Field: "evaluate.gates.accuracy", Message: "too low"},
	}
	require.EqualError(t, ps, "data.train line 4: 3 fields (MB2003)\n  hint: quote it\ndata.train: empty (MB2002)\nevaluate.gates.accuracy: too low (MB4001)")
	require.NoError(t, Problems{}.Err(), "an empty list is not an error")
}
