package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	yaml "go.yaml.in/yaml/v3"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// complete are specs that have every key of the language between them.
func complete() []string {
	packages := `packages: {debian: {suite: bookworm, install: [python3], mirror: "https://deb.example/debian", archives: {Debian-Security: "https://deb.example/security"}}, python: requirements.lock, index: "https://pypi.example/simple"}`
	return []string{everything, execSpec, strings.Replace(execSpec, packages, "base: image://docker.io/library/python:3.12", 1)}
}

const plain = `# syntax=org/modelbuild:1
name: penguins
data:
  train: {source: context://data/penguins.csv}
features: {target: species}
train: {algorithm: logistic}
`

// everything has each mapping of the language that goes with the built-in engine.
const everything = `# syntax=org/modelbuild:1
name: penguins
version: "1"
description: d
license: CC0-1.0
args:
  l2: {type: number, default: 1, description: d, choices: [1, 2], sensitive: false}
data:
  train: {source: context://data/penguins.csv, digest: "sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93", format: csv, license: CC0-1.0, description: d, classification: public, governance: {owners: [a], custodians: [b], stewards: [c]}}
  test: {source: https://example.org/test.csv, auth_secret: data_token}
features:
  target: species
  weight: sampling
  exclude: [year]
  columns: {island: {type: category, missing: category}, mass: {type: number, missing: median, scale: standard, indicator: true, clip: [0, 9]}, wing: {clip_quantiles: [0.01, 0.99]}, sex: {encode: ordinal, max_categories: 9}, seen: {type: date, parts: [year]}, note: {type: text, max_features: 9, ngrams: 2}}
split: {kind: group, test: 0.2, column: nest, kfold: 5}
train: {engine: builtin, task: classification, algorithm: logistic, params: {l2: "${l2}", class_weight: balanced}, calibrate: platt, threshold: 0.3, learning_curve: [0.1, 0.5], export: {safetensors: true, precision: float32}, seed: 42, network: none}
evaluate: {gates: {accuracy: ">= 0.95"}, confidence: 0.9, slices: [island], importance: {repeats: 5, metric: accuracy, rows: 5000}, partial_dependence: [mass]}
image: {base: scratch, user: "65532:65532", labels: {a: b}, files: {/model/NOTICE: context://NOTICE}, serve: {port: 8080}, entrypoint: [/bin/server], cmd: [--verbose], statistics: false}
platforms: [linux/amd64]
card: {users: [a], use_cases: [b], limitations: [c], performance_tradeoffs: [d], ethical_considerations: [e]}
sweep: {kind: random, trials: 3, seed: 1, metric: accuracy, goal: maximize, params: {l2: {min: 0.1, max: 1, log: true}, tolerance: [0.1]}}
from: target://small
sbom: {formats: [cyclonedx], cyclonedx_version: "1.7"}
provenance: {mode: max, version: v1}
sign: {key: model_key, fingerprint: "sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93", password: key_password}
launch_policy: {allow_env_override: [A], allow_cmd_override: true, log_redirect: always, allow_capabilities: false, allow_cgroups: false, allow_mount_destinations: [/run/data], monitoring_memory_allow: never}
vex: [context://vex.json]
`

const execSpec = `# syntax=org/modelbuild:1
name: cats
checkpoint: {every: 10, epochs: 30, keep: 1}
data:
  train: {source: context://data/cats.csv}
  photos: {source: context://photos, format: raw}
prepare:
  sources: {code: context://prepare.py}
  run: [python3, /code]
  env: {A: b}
  outputs: {rows: /out/rows.csv}
  threads: 2
  limits: {memory: 8Gi, time: 2h30m}
  seed: 3
evaluate:
  onnx: {data: train, target: price, columns: [size], classes: [a, b]}
  sources: {code: context://evaluate.py}
  run: [python3, /code]
  env: {A: b}
  outputs: {metrics: /out/metrics.json}
  threads: 2
  limits: {memory: 8Gi, time: 2h30m}
train:
  engine: exec
  threads: 2
  packages: {debian: {suite: bookworm, install: [python3], mirror: "https://deb.example/debian", archives: {Debian-Security: "https://deb.example/security"}}, python: requirements.lock, index: "https://pypi.example/simple"}
  sources: {src: context://src}
  run: [python3, /src/train.py]
  env: {EPOCHS: 3}
  outputs: {model: /out/model.pth}
  network: default
  secrets: [hf_token]
  devices: [nvidia.com/gpu=all]
  reproducible: exact
  per_platform: true
  limits: {memory: 8Gi, time: 2h30m}
`

// TestUnknownKeysAreRefusedEverywhere adds a key to each mapping of the language
// and wants the schema to notice.
func TestUnknownKeysAreRefusedEverywhere(t *testing.T) {
	s := compile(t)
	for _, text := range complete() {
		require.NoError(t, validate(t, s, []byte(text)))
		var doc yaml.Node
		require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
		mutated := 0
		walk(doc.Content[0], "", func(path string, m *yaml.Node) {
			if free[path] {
				return
			}
			mutated++
			m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "no_such_key"}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "x"})
			require.Error(t, s.Validate(value(doc.Content[0], 0)), "no_such_key in %q", path)
			m.Content = m.Content[:len(m.Content)-2]
		})
		require.Greater(t, mutated, 4)
	}
}

// free are the mappings whose keys the user chooses.
var free = map[string]bool{
	"features.columns": true, "image.labels": true, "image.files": true, "train.env": true, "train.sources": true, "train.outputs": true,
	"prepare.env": true, "prepare.sources": true, "prepare.outputs": true, "evaluate.env": true, "evaluate.sources": true, "evaluate.outputs": true,
	"sweep.params": true, "train.packages.debian.archives": true,
}

func walk(n *yaml.Node, path string, f func(string, *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		return
	}
	f(path, n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		walk(n.Content[i+1], strings.TrimPrefix(path+"."+n.Content[i].Value, "."), f)
	}
}

// TestEveryKey makes sure that the complete specs have each key of the
// language, so that a new one is tried too.
func TestEveryKey(t *testing.T) {
	have := map[string]bool{}
	for _, text := range complete() {
		m, _ := spec.Parse("model.yaml", []byte(text))
		for _, k := range spec.Keys() {
			for _, s := range m.Scalars() {
				if matches(k.Path, s.Path) {
					have[k.Path] = true
				}
			}
		}
	}
	for _, k := range spec.Keys() {
		if k.Leaf && k.Path != "sweep.params.*" { // a list or a range, which spec.Keys sees as one
			require.True(t, have[k.Path], "%s is in no spec", k.Path)
		}
	}
}

func matches(pattern, path string) bool {
	p, q := strings.Split(pattern, "."), strings.Split(path, ".")
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		name, _, list := strings.Cut(q[i], "[")
		if strings.HasSuffix(p[i], "[]") != list || p[i] != "*" && strings.TrimSuffix(p[i], "[]") != name {
			return p[i] == "*[]" && list
		}
	}
	return true
}
