package exec_test

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the expected output of the golden files")

// TestBadPrograms runs the trainer in each of its bad ways. testdata/bad has what buildx must print.
func TestBadPrograms(t *testing.T) {
	const spec = `# syntax=org/modelbuild:1
name: bad
data:
  train: {source: context://data/penguins.csv}
train:
  engine: exec
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, RUN]
  env: {COLUMN: x}
  outputs: {model: /out/model.json}
`
	for name, edit := range map[string][2]string{
		"fail":          {},
		"network":       {},
		"link":          {},
		"nothing":       {},
		"memory":        {"  env", "  limits: {memory: 100Mi}\n  env"},
		"sleep":         {"  env", "  limits: {time: 300ms}\n  env"},
		"no_program":    {"[trainer, RUN]", "[python3, /src/train.py]"},
		"no_source":     {"  env", "  sources: {src: context://scr}\n  env"},
		"nonsense":      {"model: /out/model.json}", "model: /out/model.json, metrics: /out/metrics.json}"},
		"unmet_gate":    {"  outputs: {model: /out/model.json}\n", "  outputs: {model: /out/model.json, metrics: /out/metrics.json}\nevaluate: {gates: {rows_used: \"> 1e6\"}}\n"},
		"no_metric":     {"  outputs: {model: /out/model.json}\n", "  outputs: {model: /out/model.json, metrics: /out/metrics.json}\nevaluate: {gates: {accuracy: \"> 0.5\"}}\n"},
		"bad_predicts":  {"  outputs: {model: /out/model.json}\n", "  task: regression\n  outputs: {model: /out/model.json, predictions: /out/notes/how.txt}\n"},
		"prepare":       {"train:\n  engine", "prepare: {run: [trainer, fail], env: {COLUMN: z}, outputs: {rows: /out/rows.csv}}\ntrain:\n  engine"},
		"prepare_none":  {"train:\n  engine", "prepare: {run: [trainer, nothing], outputs: {rows: /out/rows.csv}}\ntrain:\n  engine"},
		"score":         {"  outputs: {model: /out/model.json}\n", "  outputs: {model: /out/model.json}\nevaluate: {run: [trainer, network], outputs: {metrics: /out/scores.json}}\n"},
		"score_text":    {"  outputs: {model: /out/model.json}\n", "  outputs: {model: /out/model.json}\nevaluate: {run: [trainer, nonsense], outputs: {metrics: /out/metrics.json}}\n"},
		"epochs":        {"  env: {COLUMN: x}\n  outputs: {model: /out/model.json}\n", "  env: {FAIL_AT: 10}\n  outputs: {model: /out/model.json}\ncheckpoint: {every: 10, epochs: 30}\n"},
		"changed_data":  {"source: context://data/penguins.csv}", "source: context://data/penguins.csv, digest: sha256:" + strings.Repeat("0", 64) + "}\ncheckpoint: {every: 10, epochs: 30}"},
		"serve":         {"  outputs: {model: /out/model.json}\n", "  sources: {src: context://data/penguins.csv}\n  outputs: {model: /out/model.onnx}\nimage: {serve: {}}\n"},
		"no_checkpoint": {"  outputs: {model: /out/model.json}\n", "  outputs: {model: /out/model.json}\ncheckpoint: {every: 10, epochs: 30}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			sb := testenv.New(t)
			text := spec
			if edit[0] != "" {
				require.Contains(t, text, edit[0])
				text = strings.Replace(text, edit[0], edit[1], 1)
			}
			run := name
			if slices.Contains([]string{"unmet_gate", "no_metric", "bad_predicts", "score", "score_text", "no_checkpoint"}, name) {
				run, text = "mean", strings.Replace(text, "COLUMN: x", "COLUMN: body_mass_g", 1)
			}
			if name == "serve" {
				run = "copy, /src" // what is copied is no model
			}
			dir := folder(t, sb, strings.Replace(text, "RUN", run, 1))
			out := filepath.Join(t.TempDir(), "out")
			res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+out, dir).Failed()
			require.NoDirExists(t, out, "a failed build exports nothing")
			golden(t, filepath.Join("testdata", "bad", name+".txt"), nameserver.ReplaceAllString(strings.ReplaceAll(res.Why(), base.digest, "BASE"), " on NAMESERVER:"))
		})
	}
}

// nameserver is this machine's own, which no golden file may have.
var nameserver = regexp.MustCompile(` on [0-9.:\[\]a-f]+:53: dial udp [0-9.:\[\]a-f]+:53:`)

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

// tree calls f with the content of every file below dir.
func tree(t *testing.T, dir string, f func(name, text string)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		f(name, string(data))
		return nil
	}))
}
