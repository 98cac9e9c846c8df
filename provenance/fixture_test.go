package provenance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// secret is what must never reach a statement.
const secret = "hunter2"

func hexDigest(digit string) string { return strings.Repeat(digit, 64) }

func sha(digit string) DigestSet { return DigestSet{"sha256": hexDigest(digit)} }

// penguins is a build with one of everything.
func penguins(t *testing.T) Build {
	t.Helper()
	frontend, err := ImageMaterial("docker.io/org/modelbuild:1", "sha256:"+hexDigest("f"), "linux/amd64")
	require.NoError(t, err)
	repo, err := GitMaterial("https://alice:"+secret+"@example.org/team/repo.git", strings.Repeat("c", 40))
	require.NoError(t, err)
	data := FileMaterial("context://data/penguins.csv", sha("d"))
	text := "# syntax=org/modelbuild:1\nname: penguins\ndata: {train: {source: 'https://u:" + secret + "@example.org/p.csv?sig=" + secret + "'}}\n"
	return Build{
		Subjects: []Subject{{Name: "model/model.onnx", Digest: sha("a")}},
		Builder:  "https://ci.example.org/builder",
		Spec: SpecFile{
			URI: "https://" + secret + "@example.org/team/repo.git#main", Digest: DigestSet{"sha1": strings.Repeat("c", 40)},
			EntryPoint: "model.yaml", Text: []byte(text),
			Material: FileMaterial("context://model.yaml", sha("b")),
		},
		Materials: []Material{
			frontend, data, repo, data,
			{URI: "https://u:" + secret + "@example.org/p.csv?sig=" + secret, Digest: sha("e")},
		},
		Platform: "linux/amd64", Hermetic: true, Reproducible: true, Epoch: 1700000000,
		Parameters: map[string]any{
			"train":    map[string]any{"algorithm": "logistic", "seed": uint64(42), "params": map[string]any{"l2": 1e-4}},
			"features": map[string]any{"target": "species", "exclude": []string{"id"}},
			"mirror":   "https://example.org/?token=" + secret,
		},
		Steps: []Step{
			{Name: "train", Command: []string{"modelbuild-step", "train", "--from=https://u:" + secret + "@h/"},
				Inputs: []Material{frontend, data}, Lines: []Range{{Start: Position{2}, End: Position{3}}}},
			{Name: "evaluate", Command: []string{"modelbuild-step", "evaluate"}, Inputs: []Material{{URI: "step:train/train.json", Digest: sha("1")}}},
		},
	}
}

func statement(t *testing.T, b Build, mode packagejob.Mode) *Statement {
	t.Helper()
	st, err := New(b, mode)
	require.NoError(t, err)
	return st
}

func marshal(t *testing.T, v interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	data, err := v.Marshal()
	require.NoError(t, err)
	return data
}

// trained is a training record with one of everything.
func trained() TrainingRecord {
	frontend := Material{URI: "pkg:docker/org/modelbuild@1?digest=sha256:" + hexDigest("f"), Digest: sha("f")}
	metrics := map[string]float64{"accuracy": 0.98, "log_loss": 0.0625}
	return TrainingRecord{
		Model: RecordModel{Name: "penguins", Version: "1.2.0", File: "model/model.onnx", Digest: sha("a"), Size: 2178},
		Datasets: []RecordDataset{
			{Name: "train", URI: "https://u:" + secret + "@example.org/p.csv?" + secret, Digest: sha("d"), Size: 15000, Rows: 344},
			{Name: "test", URI: "context://data/test.csv", Digest: sha("e"), Size: 1500, Rows: 34},
		},
		Split: RecordSplit{Kind: "stratified", Test: 0.2, TrainRows: 275, TestRows: 69, TrainDigest: "sha256:" + hexDigest("2"), TestDigest: "sha256:" + hexDigest("3"),
			Statistics: &RecordStatistics{File: "model/schema.json", Rows: 275, Columns: map[string]string{"island": "sha256:" + hexDigest("5")}}},
		Training: Training{
			Engine: "builtin", EngineVersion: "1", Task: "classification", Algorithm: "logistic",
			Parameters: map[string]any{"l2": 1e-4, "max_iterations": 200}, Seed: 42, Target: "species",
			Features: 9, Classes: []string{"Adelie", "Chinstrap", "Gentoo"}, Iterations: 24, FinalLoss: 0.0669, Converged: new(true),
		},
		Determinism: Determinism{Class: ClassExact, KnownAnswer: "sha256:" + hexDigest("4")},
		Evaluation: &Evaluation{
			Part: "test", Rows: 69, Metrics: metrics, Baseline: map[string]float64{"accuracy": 0.44},
			Slices: map[string]map[string]SliceMetrics{"island": {"Biscoe": {Rows: 30, Metrics: metrics}}},
			Gates:  []Gate{{Metric: "accuracy", Op: ">=", Value: 0.95, Actual: 0.98, Met: true}},
		},
		Environment: RecordEnv{Platform: "linux/amd64", Hermetic: true, Frontend: &frontend},
		Source:      &RecordSource{URI: "https://u:" + secret + "@git.example/team/r.git", Revision: strings.Repeat("c", 40), Dirty: true, Directory: "models"},
	}
}
