package llb_test

import (
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// change is one leaf of the spec, an edit of it, and the steps it may reach.
type change struct {
	leaf     string // as spec.Keys has it
	old, new string
	steps    string // the steps that run again, by their first letters: t, e, p
}

var changes = []change{
	{"name", "name: penguins", "name: birds", "p"},
	{"version", "version: 1.0.0", "version: 1.0.1", "p"},
	{"description", "description: Species", "description: Kinds", "p"},
	{"license", "license: CC0-1.0\ndata", "license: MIT\ndata", "p"},
	{"data.*.license", "license: CC0-1.0, description", "license: MIT, description", "p"},
	{"data.*.description", "description: Birds", "description: Rows", "p"},
	{"data.*.classification", "classification: public", "classification: internal", "p"},
	{"card.users[]", "users: [Teachers]", "users: [Pupils]", "p"},
	{"card.use_cases[]", "use_cases: [Lessons]", "use_cases: [Talks]", "p"},
	{"card.limitations[]", "Three species", "3 species", "p"},
	{"image.labels.*", `a: "1"`, `a: "9"`, "p"},
	{"image.user", `user: "1000"`, `user: "1001"`, "p"},
	{"image.base", "base: scratch", "# base: scratch", "p"},
	{"platforms[]", "[linux/amd64]", "[linux/arm64]", "p"},
	{"evaluate.gates.*", ">= 0.95", ">= 0.96", "ep"},
	{"evaluate.confidence", "confidence: 0.9\n", "\n", "ep"},
	{"evaluate.slices[]", "slices: [island]", "slices: [sex]", "ep"},
	{"data.*.source", "context://data/penguins.csv", "context://data/p2.csv", "tep"},
	{"data.*.digest", "digest: " + digestA, "digest: " + digestB, "tep"},
	{"data.*.format", "format: csv, ", "", "p"},
	{"features.target", "target: species", "target: sex2", "tep"},
	{"features.weight", "weight: w1", "weight: w2", "tep"},
	{"features.exclude[]", "exclude: [year]", "exclude: [date]", "tep"},
	{"features.columns.*.type", "island: {type: category}", "island: {}", "tep"},
	{"features.columns.*.indicator", "indicator: true", "indicator: false", "tep"},
	{"features.columns.*.clip[]", "clip: [0, 9]", "clip: [0, 8]", "tep"},
	{"features.columns.*.clip_quantiles[]", "clip_quantiles: [0, 0.9]", "clip_quantiles: [0, 0.8]", "tep"},
	{"features.columns.*.encode", "encode: one-hot", "encode: ordinal", "tep"},
	{"features.columns.*.max_categories", "max_categories: 9", "max_categories: 8", "tep"},
	{"features.columns.*.parts[]", "parts: [year]", "parts: [month]", "tep"},
	{"features.columns.*.max_features", "max_features: 9", "max_features: 8", "tep"},
	{"features.columns.*.ngrams", "ngrams: 2", "ngrams: 3", "tep"},
	{"features.columns.*.missing", "missing: most-frequent", "missing: category", "tep"},
	{"features.columns.*.scale", "scale: standard", "scale: none", "tep"},
	{"split.kind", "kind: group", "kind: hash", "tep"},
	{"split.column", "column: nest", "column: bird", "tep"},
	{"split.kfold", "kfold: 5", "kfold: 4", "tep"},
	{"split.test", "test: 0.2", "test: 0.25", "tep"},
	{"train.engine", "engine: builtin", "# engine: builtin", "p"},
	{"train.task", "task: classification", "# task: classification", "p"},
	{"train.network", "network: none", "# network: none", "p"},
	{"train.algorithm", "algorithm: logistic", "algorithm: logistic", ""}, // the only one yet
	{"train.params.*", "l2: 0.5", "l2: 0.6", "tep"},
	{"train.seed", "seed: 42", "seed: 43", "tep"},
}

var (
	digestA = digest.FromString("a").String()
	digestB = digest.FromString("b").String()
)

// everyLeaf is a spec that has every leaf this version builds.
var everyLeaf = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
description: Species
license: CC0-1.0
data:
  train: {source: context://data/penguins.csv, digest: ` + digestA + `, format: csv, license: CC0-1.0, description: Birds, classification: public}
features:
  target: species
  weight: w1
  exclude: [year]
  columns:
    island: {type: category}
    mass: {type: number, scale: standard, indicator: true, clip: [0, 9]}
    wing: {clip_quantiles: [0, 0.9]}
    sex: {type: category, missing: most-frequent, encode: one-hot, max_categories: 9}
    seen: {type: date, parts: [year]}
    note: {type: text, max_features: 9, ngrams: 2}
split: {kind: group, column: nest, test: 0.2, kfold: 5}
train:
  engine: builtin
  network: none
  task: classification
  algorithm: logistic
  params: {l2: 0.5, max_iterations: 100}
  seed: 42
evaluate:
  gates: {accuracy: ">= 0.95", log_loss: "< 1"}
  confidence: 0.9
  slices: [island]
platforms: [linux/amd64]
card: {users: [Teachers], use_cases: [Lessons], limitations: [Three species only]}
image:
  base: scratch
  user: "1000"
  labels: {b: "2", a: "1", c: "3"}
`

// TestProjection changes one leaf of the spec at a time and checks which steps
// it reaches: a step may depend on what it reads and on nothing else. What is the
// default already reaches the package step alone, which reads the spec's text.
func TestProjection(t *testing.T) {
	before := digests(t, marshal(t, compile(t, plan(t, everyLeaf)).Image))
	for _, c := range changes {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(everyLeaf, c.old), c.old)
			after := digests(t, marshal(t, compile(t, plan(t, strings.Replace(everyLeaf, c.old, c.new, 1))).Image))
			var got string
			for _, step := range []string{"train", "evaluate", "package"} {
				if before[step] != after[step] {
					got += step[:1]
				}
			}
			require.Equal(t, c.steps, got)
		})
	}
}

// TestProjectionIsComplete: a new key needs a line in changes.
func TestProjectionIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range changes {
		listed[c.leaf] = true
	}
	for _, k := range spec.Keys() {
		if k.Leaf && !k.Later && !k.Exec {
			require.True(t, listed[k.Path], "%s has no line in changes", k.Path)
		}
	}
}
