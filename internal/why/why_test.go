package why_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/why"
	"github.com/stretchr/testify/require"
)

const text = `name: penguins
description: Species
data:
  train: {source: context://data.csv}
features: {target: species, exclude: [year]}
train:
  algorithm: logistic
  seed: 42
evaluate: {gates: {accuracy: ">= 0.9"}}
image: {labels: {a: b}}
`

func side(t *testing.T, spec_, data string) why.Side {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data.csv"), []byte(data), 0o644))
	m, diags := spec.Parse("model.yaml", []byte(spec_))
	require.Empty(t, diags.Errors())
	s, err := why.FromSpec(m, dir)
	require.NoError(t, err)
	return s
}

// TestSpecs changes one thing at a time and asks which steps run again and which
// input is named.
func TestSpecs(t *testing.T) {
	all := []string{"train", "evaluate", "package", "image"}
	cases := []struct {
		name, old, new string
		reruns         []string
		input, place   string
	}{
		{"seed", "seed: 42", "seed: 43", all, "train.seed", "model.yaml:8"},
		{"default written out", "seed: 42", "params: {l2: 1}\n  seed: 42", []string{"package", "image"}, "the spec's text", "model.yaml:1"},
		{"parameter", "seed: 42", "params: {l2: 2}\n  seed: 42", all, "train.params.l2", "model.yaml:8"},
		{"gate", ">= 0.9", ">= 0.8", []string{"evaluate", "package", "image"}, "evaluate.gates.accuracy.value", "model.yaml:9"},
		{"description", "Species", "Kinds", []string{"package", "image"}, "description", "model.yaml:2"},
		{"label", "a: b", "a: c", []string{"package", "image"}, "image.labels.a", "model.yaml:10"},
		{"comment", "name: penguins", "name: penguins # the birds", []string{"package", "image"}, "the spec's text", "model.yaml:1"},
		{"feature", "[year]", "[year, id]", all, "features.exclude[1]", "model.yaml:5"},
	}
	before := side(t, text, "x")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, text, c.old)
			steps := why.Compare(before, side(t, strings.Replace(text, c.old, c.new, 1), "x"))
			var reruns, causes []string
			for _, s := range steps {
				if s.Reruns {
					reruns = append(reruns, s.Name)
				}
				for _, cause := range s.Causes {
					causes = append(causes, cause.Input+" "+cause.Place)
				}
			}
			require.Equal(t, c.reruns, reruns)
			require.Contains(t, causes, c.input+" "+c.place)
		})
	}
}

// TestTargets asks about a target that needs another one.
func TestTargets(t *testing.T) {
	two := strings.Replace(text, "name: penguins\n", `name: penguins
targets:
  second:
    data: {train: {source: target://first/predictions.csv}}
    features: {target: actual}
    image: {files: {/NOTICE: context://data.csv}}
  first: {train: {params: {l2: 1}}}
`, 1)
	steps := why.Compare(side(t, two, "x"), side(t, strings.Replace(two, "l2: 1}", "l2: 2}", 1), "x"))
	require.True(t, steps[0].Reruns)
	require.Equal(t, "targets.first.train.params.l2", steps[0].Causes[0].Input)
	require.Equal(t, "model.yaml:7", steps[0].Causes[0].Place)

	steps = why.Compare(side(t, two, "x"), side(t, two, "y"))
	require.Equal(t, "targets.first.data.train.content", steps[0].Causes[0].Input, "the data of the first")
	require.Equal(t, "image.files./NOTICE", steps[2].Causes[0].Input)
}

func TestDataChanges(t *testing.T) {
	steps := why.Compare(side(t, text, "x"), side(t, text, "y"))
	require.True(t, steps[0].Reruns)
	require.Equal(t, "data.train.content", steps[0].Causes[0].Input)
	require.Equal(t, []string{"train"}, steps[1].After)
}

func TestNothingChanges(t *testing.T) {
	for _, s := range why.Compare(side(t, text, "x"), side(t, text, "x")) {
		require.False(t, s.Reruns, s.Name)
		require.Empty(t, s.Causes)
	}
}

func TestStatementInMinModeIsRefused(t *testing.T) {
	data, err := os.ReadFile("../../provenance/testdata/statement/min.json")
	require.NoError(t, err)
	_, err = why.FromStatement(data)
	require.ErrorContains(t, err, "min mode")
}
