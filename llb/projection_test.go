package llb_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// change is one leaf of the spec, an edit of it, and the vertices that it may reach.
type change struct {
	leaf     string // as spec.Keys has it
	old, new string
	reaches  string
}

// The vertices of a build, each with those after it: a step's output is the input of
// the next, and of the image. The model has a layer of its own, which nothing but
// training reaches.
const (
	nothing      = ""
	fromImage    = "image "
	fromPackage  = "package " + fromImage
	fromEvaluate = "evaluate " + fromPackage
	fromTrain    = "train " + "evaluate " + "package " + "model-layer " + fromImage
	config       = "config " // the image's configuration, which is no vertex
)

var changes = []change{
	{"name", "name: penguins", "name: birds", fromPackage + config},
	{"version", "version: 1.0.0", "version: 1.0.1", fromPackage + config},
	{"description", "description: Species", "description: Kinds", fromPackage + config},
	{"license", "license: CC0-1.0\ndata", "license: MIT\ndata", fromPackage + config},
	{"data.*.license", "license: CC0-1.0, description", "license: MIT, description", fromPackage},
	{"data.*.description", "description: Birds", "description: Rows", fromPackage},
	{"data.*.classification", "classification: public", "classification: internal", fromPackage},
	{"card.users[]", "users: [Teachers]", "users: [Pupils]", fromPackage},
	{"card.use_cases[]", "use_cases: [Lessons]", "use_cases: [Talks]", fromPackage},
	{"card.limitations[]", "Three species", "3 species", fromPackage},
	{"data.*.governance.owners[]", "owners: [LTER]", "owners: [Palmer]", fromPackage},
	{"data.*.governance.custodians[]", "custodians: [Allison]", "custodians: [Other]", fromPackage},
	{"data.*.governance.stewards[]", "stewards: [EDI]", "stewards: [Other]", fromPackage},
	{"card.performance_tradeoffs[]", "performance_tradeoffs: [Small]", "performance_tradeoffs: [Tiny]", fromPackage},
	{"card.ethical_considerations[]", "ethical_considerations: [Mind]", "ethical_considerations: [Care]", fromPackage},
	{"sbom.formats[]", "formats: [cyclonedx]", "formats: [spdx, cyclonedx]", fromPackage},
	{"sbom.cyclonedx_version", `cyclonedx_version: "1.7"`, `cyclonedx_version: "1.6"`, fromPackage},
	{"image.labels.*", `a: "1"`, `a: "9"`, fromPackage + config},
	{"image.user", `user: "1000"`, `user: "1001"`, fromPackage + config},
	{"image.entrypoint[]", "entrypoint: [/bin/a]", "entrypoint: [/bin/b]", fromPackage + config},
	{"image.cmd[]", "cmd: [-v]", "cmd: [-q]", fromPackage + config},
	{"launch_policy.allow_env_override[]", "allow_env_override: [LEVEL]", "allow_env_override: [DEPTH]", fromPackage + config},
	{"launch_policy.allow_cmd_override", "allow_cmd_override: true", "allow_cmd_override: false", fromPackage + config},
	{"launch_policy.allow_mount_destinations[]", "[/run/d]", "[/run/e]", fromPackage + config},
	{"launch_policy.allow_capabilities", "allow_capabilities: true", "allow_capabilities: false", fromPackage + config},
	{"launch_policy.allow_cgroups", "allow_cgroups: true", "allow_cgroups: false", fromPackage + config},
	{"launch_policy.log_redirect", "log_redirect: always", "log_redirect: never", fromPackage + config},
	{"launch_policy.monitoring_memory_allow", "monitoring_memory_allow: always", "monitoring_memory_allow: never", fromPackage + config},
	{"image.statistics", "statistics: true", "statistics: false", fromPackage},
	{"image.files.*", "/model/NOTICE: context://NOTICE", "/model/NOTICE: context://OTHER", "files " + fromPackage},
	{"provenance.mode", "provenance: {mode: max", "provenance: {mode: min", fromPackage},
	{"provenance.version", "version: v0.2", "version: v1", fromPackage},
	{"vex[]", "vex: [context://vex.json]", "vex: [context://other.json]", "files " + fromPackage},
	{"image.base", "base: scratch", "# base: scratch", fromPackage},
	{"platforms[]", "[linux/amd64]", "[linux/arm64]", fromPackage},
	{"evaluate.gates.*", ">= 0.95", ">= 0.96", fromEvaluate},
	{"evaluate.confidence", "confidence: 0.9\n", "\n", fromEvaluate},
	{"evaluate.slices[]", "slices: [island]", "slices: [sex]", fromEvaluate},
	{"evaluate.importance.repeats", "repeats: 3", "repeats: 4", fromEvaluate},
	{"evaluate.importance.metric", "metric: log_loss", "metric: accuracy", fromEvaluate},
	{"evaluate.importance.rows", "rows: 900", "rows: 800", fromEvaluate},
	{"evaluate.partial_dependence[]", "partial_dependence: [mass]", "partial_dependence: [wing]", fromEvaluate},
	{"data.*.source", "context://data/penguins.csv", "context://data/p2.csv", fromTrain},
	{"data.*.digest", "digest: " + digestA, "digest: " + digestB, fromTrain},
	{"data.*.format", "format: csv, ", "", fromPackage},
	{"features.target", "target: species", "target: sex2", fromTrain},
	{"features.weight", "weight: w1", "weight: w2", fromTrain},
	{"features.exclude[]", "exclude: [year]", "exclude: [date]", fromTrain},
	{"features.columns.*.type", "island: {type: category}", "island: {}", fromTrain},
	{"features.columns.*.missing", "missing: most-frequent", "missing: category", fromTrain},
	{"features.columns.*.scale", "scale: standard", "scale: none", fromTrain},
	{"split.kind", "kind: group", "kind: hash", fromTrain},
	{"features.columns.*.indicator", "indicator: true", "indicator: false", fromTrain},
	{"features.columns.*.clip[]", "clip: [0, 9]", "clip: [0, 8]", fromTrain},
	{"features.columns.*.clip_quantiles[]", "clip_quantiles: [0, 0.9]", "clip_quantiles: [0, 0.8]", fromTrain},
	{"features.columns.*.encode", "encode: one-hot", "encode: ordinal", fromTrain},
	{"features.columns.*.max_categories", "max_categories: 9", "max_categories: 8", fromTrain},
	{"features.columns.*.parts[]", "parts: [year]", "parts: [month]", fromTrain},
	{"features.columns.*.max_features", "max_features: 9", "max_features: 8", fromTrain},
	{"features.columns.*.ngrams", "ngrams: 2", "ngrams: 3", fromTrain},
	{"split.column", "column: nest", "column: bird", fromTrain},
	{"split.kfold", "kfold: 5", "kfold: 4", fromTrain},
	{"split.test", "test: 0.2", "test: 0.25", fromTrain},
	{"train.engine", "engine: builtin", "# engine: builtin", fromPackage},
	{"train.task", "task: classification", "# task: classification", fromPackage},
	{"train.network", "network: none", "# network: none", fromPackage},
	{"train.algorithm", "algorithm: logistic\n  params: {l2: 0.5, max_iterations: 100}", "algorithm: mlp", fromTrain},
	{"train.params.*", "l2: 0.5", "l2: 0.6", fromTrain},
	{"train.calibrate", "calibrate: platt", "calibrate: isotonic", fromTrain},
	{"train.threshold", "threshold: 0.3", "threshold: 0.4", fromTrain},
	{"train.learning_curve[]", "learning_curve: [0.1, 0.5]", "learning_curve: [0.1, 0.4]", fromTrain},
	{"train.export.safetensors", "export: {safetensors: true", "export: {safetensors: false", fromTrain},
	{"train.export.precision", ", precision: float32}", "}", fromPackage},
	{"train.seed", "seed: 42", "seed: 43", fromTrain},
}

var (
	digestA = digest.FromString("a").String()
	digestB = digest.FromString("b").String()
)

// serving has a server in place of a program of the spec's own, which exclude each other.
var serving = strings.NewReplacer("  entrypoint: [/bin/a]\n", "  serve: {port: 8080}\n", "files: {/model/NOTICE", "files: {/NOTICE").Replace(everyLeaf)

var serveChanges = []change{
	{"image.serve.port", "port: 8080", "port: 9090", fromPackage + config},
	{"image.cmd[]", "cmd: [-v]", "cmd: [-q]", fromPackage + config},
	{"name", "name: penguins", "name: birds", fromPackage + config},
	{"train.seed", "seed: 42", "seed: 43", fromTrain},
}

// TestProjectionOfServing: another port reaches what is said of the model and the image's
// configuration; the layers of the server and of the model are as they were.
func TestProjectionOfServing(t *testing.T) {
	before := vertices(t, serving)
	require.Contains(t, before, "server-layer")
	require.NotContains(t, vertices(t, everyLeaf), "server-layer")
	for _, c := range serveChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(serving, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(serving, c.old, c.new, 1))))
		})
	}
}

// everyLeaf is a spec that has every leaf this version builds.
var everyLeaf = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
description: Species
license: CC0-1.0
data:
  train: {source: context://data/penguins.csv, digest: ` + digestA + `, format: csv, license: CC0-1.0, description: Birds, classification: public, governance: {owners: [LTER], custodians: [Allison], stewards: [EDI]}}
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
  calibrate: platt
  threshold: 0.3
  learning_curve: [0.1, 0.5]
  export: {safetensors: true, precision: float32}
  seed: 42
evaluate:
  gates: {accuracy: ">= 0.95", log_loss: "< 1"}
  confidence: 0.9
  slices: [island]
  importance: {repeats: 3, metric: log_loss, rows: 900}
  partial_dependence: [mass]
platforms: [linux/amd64]
card: {users: [Teachers], use_cases: [Lessons], limitations: [Three species only], performance_tradeoffs: [Small], ethical_considerations: [Mind]}
sbom: {formats: [cyclonedx], cyclonedx_version: "1.7"}
image:
  base: scratch
  files: {/model/NOTICE: context://NOTICE}
  user: "1000"
  labels: {b: "2", a: "1", c: "3"}
  entrypoint: [/bin/a]
  cmd: [-v]
  statistics: true
provenance: {mode: max, version: v0.2}
vex: [context://vex.json]
launch_policy:
  allow_env_override: [LEVEL]
  allow_cmd_override: true
  allow_mount_destinations: [/run/d]
  allow_capabilities: true
  allow_cgroups: true
  log_redirect: always
  monitoring_memory_allow: always
`

// TestProjection changes one leaf of the spec at a time and checks which vertices
// it reaches: a step may depend on what it reads and on nothing else. What is the
// default already reaches the package step alone, which reads the spec's text.
func TestProjection(t *testing.T) {
	before := vertices(t, everyLeaf)
	for _, c := range changes {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(everyLeaf, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(everyLeaf, c.old, c.new, 1))))
		})
	}
}

func fields(s string) []string {
	out := strings.Fields(s)
	slices.Sort(out)
	return out
}

// reached are the vertices that two builds have with different digests, sorted.
func reached(before, after map[string]string) []string {
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if before[name] != after[name] {
			out = append(out, name)
		}
	}
	return out
}

// vertices are the digests of a build's steps, of the operations that make its image
// and of the image's configuration. Those of another target begin with its name.
func vertices(t *testing.T, text string) map[string]string {
	t.Helper()
	p := plan(t, text)
	def := marshal(t, compile(t, p).Image)
	image, err := json.Marshal(p.Image.Config(linux))
	require.NoError(t, err)
	out := map[string]string{"config": string(image)}
	shown := func(dgst string) string { return def.Metadata[dgst].GetDescription()["llb.customname"] }
	for _, dt := range def.Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		dgst := digest.FromBytes(dt)
		name := vertex(&op, shown(dgst.String()))
		if layer.MatchString(shown(dgst.String())) { // it names no target, but what it copies does
			name = target(shown(op.Inputs[len(op.Inputs)-1].Digest)) + name
		}
		if name != "" {
			out[name] = dgst.String()
		}
	}
	return out
}

// layer is the name of an operation that makes a layer of the image.
var layer = regexp.MustCompile(`^\[image\] (/.*|checkpoints|metrics, schema, provenance, SBOMs|files of the spec)$`)

// target is what the names of a target's operations begin with, as in [first image]: first-; "" for those of the spec's own.
func target(shown string) string {
	step, _, _ := strings.Cut(strings.TrimPrefix(shown, "["), "] ")
	words := strings.Fields(strings.TrimPrefix(step, "linux/amd64 "))
	if len(words) < 2 {
		return ""
	}
	return strings.Join(words[:len(words)-1], "-") + "-"
}

// TestLayerNames: BuildKit writes the name of an operation that makes a layer into the image's history, and keeps it with what
// is cached. So the same one has the same name, whatever it is built for.
func TestLayerNames(t *testing.T) {
	names := func(text string) map[string]string {
		def, out := marshal(t, compile(t, plan(t, text)).Image), map[string]string{}
		for _, dt := range def.Def {
			if shown := def.Metadata[digest.FromBytes(dt).String()].GetDescription()["llb.customname"]; layer.MatchString(shown) {
				out[digest.FromBytes(dt).String()] = shown
			}
		}
		return out
	}
	const text = "# syntax=org/modelbuild:1\ntargets: {second: {image: {base: target://first}}, first: {}}\n" +
		"data: {train: {source: context://data/penguins.csv}}\nfeatures: {target: species}\ntrain: {algorithm: logistic}\n"
	both, alone := names(text), names(strings.Replace(text, "second: {image: {base: target://first}}, first: {}", "first: {}", 1))
	shared := 0
	for dgst, name := range alone {
		if also, ok := both[dgst]; ok {
			require.Equal(t, name, also)
			shared++
		}
	}
	require.Equal(t, 1, shared, "the model's layer")

	// BuildKit finds a layer in the cache by the content of what it copies too, so that equal ones of different steps are one.
	each := names(strings.Replace(program, "  engine: exec\n", "  engine: exec\n  per_platform: true\n", 1))
	require.ElementsMatch(t, slices.Collect(maps.Values(names(program))), slices.Collect(maps.Values(each)))
}

// vertex is the name of an operation by the one in the progress, as [train] and
// [first image] have it; "" for one that only prepares a step.
func vertex(op *pb.Op, shown string) string {
	step, does, _ := strings.Cut(strings.TrimPrefix(shown, "["), "] ")
	step = strings.TrimPrefix(step, "linux/amd64 ")
	step = strings.ReplaceAll(step, " ", "-")
	switch {
	case op.GetExec() != nil:
		if part := regexp.MustCompile(`, part (\d+), `).FindStringSubmatch(does); part != nil {
			step += "-" + part[1]
		}
		if _, params, ok := strings.Cut(does, ": "); ok && step == "trial" {
			step += ":" + strings.ReplaceAll(params, " ", "")
		}
		return step
	case op.GetFile() == nil || does == "write job":
		return ""
	case does == "/model/model.onnx", does == "/model/model.pth":
		return strings.TrimSuffix(step, "image") + "model-layer"
	case does == spec.ServerPath:
		return strings.TrimSuffix(step, "image") + "server-layer"
	case strings.HasPrefix(does, "take the inference server"):
		return strings.TrimSuffix(step, "image") + "server"
	case does == "what the base says of itself":
		return "said"
	case regexp.MustCompile(`^(src|photos|code|judge|from): `).MatchString(does):
		name, _, _ := strings.Cut(does, ":")
		return name
	case strings.HasSuffix(does, "checkpoint(s)"):
		return "kept"
	case strings.HasPrefix(does, "collect"):
		return strings.TrimSuffix(step, "image") + "files"
	}
	return step
}

// program has every key of the exec engine.
var program = `# syntax=org/modelbuild:1
name: cats
data:
  train: {source: context://data/cats.csv, license: CC0-1.0}
  photos: {source: context://photos, format: raw}
  prices: {source: "https://example.org/prices.csv", digest: ` + digestA + `, auth_secret: data_token}
prepare:
  sources: {code: context://prepare.py}
  run: [python3, /code]
  env: {STRIDE: 2}
  outputs: {rows: /out/rows.csv}
  threads: 4
  seed: 7
  limits: {memory: 1Gi, time: 1h}
train:
  engine: exec
  task: regression
  base: image://docker.io/library/python:3@` + digestA + `
  sources: {src: context://src}
  run: [python3, /src/train.py]
  env: {EPOCHS: 3}
  outputs: {model: /out/model.pth, metrics: /out/metrics.json}
  threads: 2
  seed: 42
  network: none
  secrets: [hf_token]
  devices: [nvidia.com/gpu=all]
  limits: {memory: 8Gi, time: 2h}
  reproducible: exact
evaluate:
  gates: {loss: "< 1"}
  confidence: 0.9
  sources: {judge: context://judge.py}
  run: [python3, /judge]
  env: {FOLDS: 5}
  outputs: {predictions: /out/scores.csv}
  threads: 8
  limits: {memory: 2Gi, time: 3m}
from: image://registry.example/base:1@` + digestA + `
`

// The vertices after a program: one that writes its job has no name.
const (
	fromScore   = "score " + fromEvaluate
	fromProgram = "score " + fromTrain
	fromPrepare = "prepare " + fromProgram
)

var programChanges = []change{
	{"prepare.sources.*", "context://prepare.py", "context://p.py", "code " + fromPrepare},
	{"prepare.run[]", "[python3, /code]", "[python3, -u, /code]", fromPrepare},
	{"prepare.env.*", "STRIDE: 2", "STRIDE: 3", fromPrepare},
	{"prepare.outputs.*", "rows: /out/rows.csv", "rows: /out/r.csv", fromPrepare},
	{"prepare.threads", "threads: 4", "threads: 5", fromPrepare},
	{"prepare.seed", "seed: 7", "seed: 8", fromPrepare},
	{"prepare.limits.memory", "1Gi", "3Gi", fromPrepare},
	{"prepare.limits.time", "1h", "4h", fromPrepare},
	{"evaluate.sources.*", "context://judge.py", "context://j.py", "judge " + fromScore},
	{"evaluate.run[]", "[python3, /judge]", "[python3, -u, /judge]", fromScore},
	{"evaluate.env.*", "FOLDS: 5", "FOLDS: 6", fromScore},
	{"evaluate.outputs.*", "/out/scores.csv", "/out/s.csv", fromScore},
	{"evaluate.threads", "threads: 8", "threads: 9", fromScore},
	{"evaluate.limits.memory", "2Gi", "4Gi", fromScore},
	{"evaluate.limits.time", "3m", "4m", fromScore},
	{"from", "base:1@" + digestA, "base:1@" + digestB, "said " + fromProgram},
	{"train.base", "python:3@" + digestA, "python:3@" + digestB, "packages " + fromPrepare},
	{"data.*.auth_secret", "auth_secret: data_token", "auth_secret: other", fromPrepare},
	{"train.sources.*", "src: context://src", "src: context://lib", "src " + fromProgram},
	{"train.run[]", "/src/train.py", "/src/fit.py", fromProgram},
	{"train.env.*", "EPOCHS: 3", "EPOCHS: 4", fromProgram},
	{"train.outputs.*", "metrics: /out/metrics.json", "metrics: /out/scores.json", fromProgram},
	{"train.threads", "threads: 2", "threads: 3", fromProgram},
	{"train.secrets[]", "[hf_token]", "[token]", fromProgram},
	{"train.devices[]", "gpu=all", "gpu=0", fromProgram},
	{"train.limits.memory", "8Gi", "9Gi", fromProgram},
	{"train.limits.time", "2h", "3h", fromProgram},
	{"train.reproducible", "reproducible: exact", "reproducible: cpu-class", fromProgram},
	{"train.per_platform", "reproducible: exact", "reproducible: exact\n  per_platform: true", fromPrepare},
	{"train.network", "network: none", "network: default", fromProgram},
	{"train.seed", "seed: 42", "seed: 43", fromProgram},
	{"train.task", "task: regression", "task: classification", fromProgram},
	{"name", "name: cats", "name: dogs", fromPackage + config},
	{"data.*.license", "CC0-1.0", "MIT", fromPackage},
	{"evaluate.gates.*", "< 1", "< 2", fromEvaluate},
	{"evaluate.confidence", "confidence: 0.9", "confidence: 0.8", fromEvaluate},
}

// TestProjectionOfPrograms is TestProjection for the exec engine.
func TestProjectionOfPrograms(t *testing.T) {
	before := vertices(t, program)
	for _, c := range programChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(program, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(program, c.old, c.new, 1))))
		})
	}
}

// TestProjectionOfCheckpoints: a part of a training depends on those before it and not on how many there are.
func TestProjectionOfCheckpoints(t *testing.T) {
	text := program + "checkpoint: {every: 10, epochs: 25, keep: 1}\n"
	before := vertices(t, text)
	for _, c := range checkpointChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(text, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(text, c.old, c.new, 1))))
		})
	}
	more := vertices(t, strings.Replace(text, "epochs: 25", "epochs: 40", 1))
	require.Contains(t, more, "train-4")
	require.NotContains(t, before, "train-4")
}

// afterParts are the vertices that read the last part of a training.
const afterParts = "score evaluate package model-layer kept image "

var checkpointChanges = []change{
	{"checkpoint.epochs", "epochs: 25", "epochs: 40", "train-3 " + afterParts},
	{"checkpoint.every", "every: 10", "every: 5", "train-1 train-2 train-3 " + afterParts},
	{"checkpoint.keep", "keep: 1", "keep: 2", "package kept image"},
	{"train.run", "/src/train.py", "/src/fit.py", "train-1 train-2 train-3 " + afterParts},
	{"evaluate.env", "FOLDS: 5", "FOLDS: 6", "score evaluate package image"},
	{"data.prices", "digest: " + digestA, "digest: " + digestB, "prepare inputs train-1 train-2 train-3 " + afterParts},
	{"train.sources", "src: context://src", "src: context://lib", "src inputs train-1 train-2 train-3 " + afterParts},
}

// scoredHere is a program whose model is scored by the build.
var scoredHere = strings.NewReplacer("model.pth", "model.onnx", "  run: [python3, /judge]\n", "", "  sources: {judge: context://judge.py}\n", "",
	"  env: {FOLDS: 5}\n", "", "  outputs: {predictions: /out/scores.csv}\n", "", "  threads: 8\n", "", "  limits: {memory: 2Gi, time: 3m}\n", "", "task: regression", "task: classification",
	"gates:", "onnx: {data: prices, target: price, columns: [size], classes: [low, high]}\n  slices: [region]\n  gates:").Replace(program)

var onnxChanges = []change{
	{"evaluate.onnx.data", "data: prices", "data: train", fromEvaluate},
	{"evaluate.onnx.target", "target: price", "target: cost", fromEvaluate},
	{"evaluate.onnx.columns[]", "columns: [size]", "columns: [rooms]", fromEvaluate},
	{"evaluate.onnx.classes[]", "[low, high]", "[high, low]", fromEvaluate},
	{"evaluate.slices[]", "slices: [region]", "slices: [country]", fromEvaluate},
}

// TestProjectionOfONNX: how a model is scored does not reach its training.
func TestProjectionOfONNX(t *testing.T) {
	before := vertices(t, scoredHere)
	for _, c := range onnxChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(scoredHere, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(scoredHere, c.old, c.new, 1))))
		})
	}
}

// TestProjectionIsComplete: a new key needs a line in changes.
func TestProjectionIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range slices.Concat(changes, serveChanges, programChanges, checkpointChanges, onnxChanges, sweepChanges, drawChanges, signChanges) {
		listed[c.leaf] = true
	}
	for _, k := range spec.Keys() {
		if k.Leaf && !strings.HasPrefix(k.Path, "train.packages.") { // environment_test.go has those
			require.True(t, listed[k.Path], "%s has no line in changes", k.Path)
		}
	}
}

// staged is a file of two models: the second learns from what the first predicts, and
// its image holds the first one.
const staged = `# syntax=org/modelbuild:1
targets:
  second:
    description: Corrects the first
    data: {train: {source: target://first/predictions.csv}}
    features: {target: actual, exclude: [row]}
    image: {files: {/models/first.onnx: target://first/model.onnx}}
  first:
    description: Species
    data: {train: {source: context://data/penguins.csv, license: MIT}}
    features: {target: species}
    evaluate: {gates: {accuracy: ">= 0.9"}}
train: {algorithm: logistic, params: {l2: 0.5}}
version: 1.0.0
`

// TestProjectionOfTargets changes one target's parts and checks which vertices of
// both are reached. A gate of the first is in the way of the second's data, so that a
// new one is asked before it; the data itself is the same, and BuildKit, which
// compares what a step reads, does not train again.
func TestProjectionOfTargets(t *testing.T) {
	before := vertices(t, staged)
	const second = "train evaluate package model-layer files image data "
	for name, c := range map[string]struct{ old, new, reaches string }{
		"algorithm of both":    {"l2: 0.5", "l2: 0.6", second + "first-train first-evaluate first-package first-model-layer first-image"},
		"gate of the first":    {">= 0.9", ">= 0.8", second + "first-evaluate first-package first-image"},
		"words of the first":   {"description: Species", "description: Kinds", "first-package first-image files package image"},
		"words of the second":  {"Corrects", "Mends", "first-package first-image files package image config"},
		"features of second":   {"exclude: [row]", "exclude: [row, predicted]", "train evaluate package model-layer image files first-package first-image"},
		"licence of the data":  {"license: MIT", "license: CC0-1.0", "first-package first-image files package image"},
		"file of the image":    {"/models/first.onnx", "/models/one.onnx", "first-package first-image files package image"},
		"version of everybody": {"version: 1.0.0", "version: 1.0.1", "first-package first-image files package image config"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(staged, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(staged, c.old, c.new, 1))))
		})
	}
}

// TestRawDataIsMounted: of several inputs of one context the raw dataset, which may be
// many files, is the one that is not copied.
func TestRawDataIsMounted(t *testing.T) {
	found := vertices(t, program)
	require.NotContains(t, found, "photos")
	require.Contains(t, found, "src")
	require.Contains(t, vertices(t, strings.Replace(program, "photos, format: raw", "photos", 1)), "photos")
}
