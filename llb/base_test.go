package llb_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// tuned has a model that goes on from another one of the file.
var tuned = `# syntax=org/modelbuild:1
name: cats
data:
  train: {source: context://data/cats.csv}
train:
  engine: exec
  base: image://docker.io/library/python:3@` + digestA + `
  run: [python3, /train.py]
  outputs: {model: /out/model.pth, notes: /out/notes}
checkpoint: {every: 1, epochs: 2}
targets:
  second: {from: "target://first"}
  first: {description: first of two}
`

// TestBaseOfATarget: each part of the training is told of the base, and the step that
// measures for them; a base that goes on to say something else about itself reaches no
// training.
func TestBaseOfATarget(t *testing.T) {
	p := plan(t, tuned)
	want := &job.Base{Model: "model.pth"}
	require.Equal(t, want, p.Programs.Train.Base)
	require.Equal(t, want, p.Programs.Parts[0].Base)
	require.Equal(t, want, p.Programs.Inputs.Base)
	require.Equal(t, &packagejob.From{URI: "target://first", Input: "/in/from"}, p.Package.From)
	require.Empty(t, p.Package.Trees, "it is known by its files")
	require.Contains(t, p.ImageFiles(), "lineage.json")
	require.Nil(t, p.Stages[0].Programs.Train.Base)

	before, after := vertices(t, tuned), vertices(t, strings.Replace(tuned, "first of two", "the first", 1))
	require.Equal(t, fields("first-package said package image"), reached(before, after))
	after = vertices(t, strings.Replace(tuned, "first: {", "first: {train: {seed: 4}, ", 1))
	require.Subset(t, reached(before, after), []string{"first-train-2", "from", "inputs", "train-1", "train-2"})
}

// TestBaseMarshalsTheSame as every other plan.
func TestBaseMarshalsTheSame(t *testing.T) {
	first := marshal(t, compile(t, plan(t, tuned)).Image)
	for range 25 {
		require.Equal(t, first.Def, marshal(t, compile(t, plan(t, tuned)).Image).Def)
	}
}
