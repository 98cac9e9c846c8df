package llb_test

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
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

// TestBaseOfEachPlatform: where each platform has a model of its own, it starts from the base
// of that platform.
func TestBaseOfEachPlatform(t *testing.T) {
	text := strings.Split(tuned, "targets:")[0] + "from: image://registry.example/base:1@" + digestA + "\n"
	text = strings.Replace(text, "  run:", "  per_platform: true\n  run:", 1)
	m, diags := spec.Parse("model.yaml", []byte(text))
	require.Empty(t, diags)
	for target, want := range map[string]string{"linux/amd64": "amd64", "linux/arm64": "arm64"} {
		p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Platform: "linux/amd64", Target: target})
		require.NoError(t, err)
		found := 0
		for _, dt := range marshal(t, compile(t, p).Image).Def {
			var op pb.Op
			require.NoError(t, op.UnmarshalVT(dt))
			if src := op.GetSource(); src != nil && strings.Contains(src.Identifier, "registry.example/base:1@") {
				require.Equal(t, want, op.Platform.Architecture, target)
				found++
			}
		}
		require.Equal(t, 1, found)
	}
}
