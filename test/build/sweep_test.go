package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

// sweepSpec has a grid of four trials and held-out rows of a file of their own.
const sweepSpec = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
license: CC0-1.0
data:
  train: {source: context://train.csv, license: CC0-1.0}
  test: {source: context://test.csv, license: CC0-1.0}
features: {target: species, exclude: [year]}
split: {kind: fixed, kfold: 3}
train: {algorithm: logistic, seed: 4711}
sweep:
  kind: grid
  metric: log_loss
  params: {l1: [0, 3], l2: [0.5, 10]}
evaluate: {gates: {accuracy: ">= 0.9", macro_f1: ">= 0.9"}}
`

// parted is a context with the penguins in two files.
func parted(t *testing.T, sb *testenv.Sandbox, spec string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sb.Source(), "examples", "penguins", "data", "penguins.csv"))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	train, test := []string{lines[0]}, []string{lines[0]}
	for i, line := range lines[1:] {
		if i%5 == 0 {
			test = append(test, line)
		} else {
			train = append(train, line)
		}
	}
	return sb.Context(map[string]string{"model.yaml": spec, "train.csv": strings.Join(train, ""), "test.csv": strings.Join(test, "")})
}

var sweepStep = regexp.MustCompile(`(?m)^#(\d+) \[(trial|select|train|evaluate|package)\] (\d+ of \d+: .*|the best|logistic|held-out|provenance)`)

// ranOfSweep lists the steps of a plain log that were run: trials by their parameters.
func ranOfSweep(log string) []string {
	var out []string
	for _, m := range sweepStep.FindAllStringSubmatch(log, -1) {
		name := m[2]
		if _, params, ok := strings.Cut(m[3], ": "); ok {
			name = params
		}
		if !regexp.MustCompile(`(?m)^#`+m[1]+` CACHED`).MatchString(log) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// TestSweep checks which trials a change runs again, on a real BuildKit.
func TestSweep(t *testing.T) {
	sb := testenv.New(t)
	dir := parted(t, sb, sweepSpec)
	build := func() []string {
		t.Helper()
		return ranOfSweep(sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).OK().Stderr)
	}
	four := []string{"l1=0, l2=0.5", "l1=0, l2=10", "l1=3, l2=0.5", "l1=3, l2=10"}
	require.ElementsMatch(t, append(slices.Clone(four), "evaluate", "package", "select", "train"), build())
	require.Empty(t, build(), "nothing changed")

	edit(t, dir, "model.yaml", "l1: [0, 3]", "l1: [0]")
	require.Equal(t, []string{"package", "select"}, build(), "the same trial is the best of fewer: it trains nothing again")

	edit(t, dir, "model.yaml", "l2: [0.5, 10]", "l2: [0.5, 11]")
	require.Equal(t, []string{"l1=0, l2=11", "package", "select"}, build(), "one value is one trial")

	edit(t, dir, "model.yaml", "l2: [0.5, 11]", "l2: [10, 11]")
	require.Equal(t, []string{"evaluate", "package", "select", "train"}, build(), "all were tried before, and another is the best")

	edit(t, dir, "model.yaml", ">= 0.9\", macro_f1", ">= 0.91\", macro_f1")
	require.Equal(t, []string{"evaluate", "package"}, build(), "a gate tries nothing again")

	edit(t, dir, "test.csv", "Adelie,Torgersen,39.1", "Gentoo,Biscoe,47.1")
	require.Equal(t, []string{"evaluate", "package", "train"}, build(), "held-out rows choose nothing")

	edit(t, dir, "model.yaml", "seed: 4711", "seed: 4712")
	require.Contains(t, build(), "l1=0, l2=11", "the seed is one of each trial")
}

// TestTrialsTakeTurns: twelve trials wait for one another, and what an earlier one tries is nothing to those that come
// after it.
func TestTrialsTakeTurns(t *testing.T) {
	sb := testenv.New(t)
	dir := parted(t, sb, strings.Replace(sweepSpec, "l1: [0, 3], l2: [0.5, 10]", "l1: [0, 3, 4], l2: [0.5, 10, 11, 12]", 1))
	edit(t, dir, "model.yaml", "seed: 4711", "seed: 4713")
	build := func() []string {
		t.Helper()
		return ranOfSweep(sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).OK().Stderr)
	}
	require.Len(t, build(), 12+4)
	edit(t, dir, "model.yaml", "l1: [0, 3, 4]", "l1: [1, 3, 4]")
	ran := build()
	require.Equal(t, []string{"l1=1, l2=0.5", "l1=1, l2=10", "l1=1, l2=11", "l1=1, l2=12"}, slices.DeleteFunc(ran, func(s string) bool { return !strings.HasPrefix(s, "l1") }))
}

// TestSweepIsReproducible builds twice without cache. The model is that of a spec with the
// chosen values written out, and the record names what was tried.
func TestSweepIsReproducible(t *testing.T) {
	sb := testenv.New(t)
	var out string
	build := func(spec string, args ...string) *oci.Image {
		dir := parted(t, sb, spec)
		out = "oci-layout://" + filepath.Join(t.TempDir(), "oci")
		args = append([]string{"build", "-f", dir + "/model.yaml", "-o", "type=oci,tar=false,dest=" + strings.TrimPrefix(out, "oci-layout://")}, args...)
		sb.CLI(append(args, dir)...).OK()
		img, err := oci.Open(t.Context(), out)
		require.NoError(t, err)
		return img
	}
	img := build(sweepSpec, "--no-cache")
	first := img.Manifests[0]
	require.Contains(t, sb.CLI("verify", out).OK().Stdout, "sweep: of 4 trials the best log_loss is that of l1=0, l2=0.5, with which the model was trained")
	require.Equal(t, first.Descriptor.Digest, build(sweepSpec, "--no-cache").Manifests[0].Descriptor.Digest)

	files, err := first.ReadFiles(t.Context(), "/model/sweep.json", "/model/model.onnx", "/model/metrics.json", "/model/config.json", "/model/schema.json", "/model/card.md")
	require.NoError(t, err)
	var record struct {
		Selected int
		Trials   []struct{ Status string }
	}
	require.NoError(t, json.Unmarshal(files["/model/sweep.json"], &record))
	require.Len(t, record.Trials, 4)
	require.Equal(t, 1, record.Selected)
	require.Contains(t, string(files["/model/card.md"]), "best of 4 trials")

	before, after, _ := strings.Cut(sweepSpec, "sweep:")
	_, gates, _ := strings.Cut(after, "evaluate:")
	written := strings.Replace(before+"evaluate:"+gates, "seed: 4711", "seed: 4711, params: {l1: 0, l2: 0.5}", 1)
	ordinary := build(written).Manifests[0]
	for _, name := range []string{"/model/model.onnx", "/model/metrics.json", "/model/config.json", "/model/schema.json"} {
		other, err := ordinary.ReadFiles(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, digest.FromBytes(files[name]), digest.FromBytes(other[name]), name)
	}

	_, r := recordOf(t, sb, img)
	require.Len(t, r.Sweep.Trials, 4)
	require.Equal(t, "log_loss", r.Sweep.Metric)
	require.Equal(t, json.Number("0.5"), r.Sweep.Trials[r.Sweep.Selected-1].Parameters["l2"])
}

// TestFailedTrials: parameters that cannot be fitted with are a result, unless all are.
func TestFailedTrials(t *testing.T) {
	const spec = `# syntax=org/modelbuild:1
name: groups
data: {train: {source: context://train.csv}}
features: {exclude: [species, year]}
train: {algorithm: k-means, seed: 1}
sweep: {kind: grid, metric: silhouette, params: {clusters: [3, 90000]}}
`
	sb := testenv.New(t)
	dir := parted(t, sb, spec)
	log := sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).OK().Stderr
	require.Contains(t, log, "2 of 2  clusters=90000  failed: ")
	require.Contains(t, log, "trial 1 has the best silhouette")

	edit(t, dir, "model.yaml", "[3, 90000]", "[100000, 90000]")
	res := sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Why(), "none of the 2 trials has a result: clusters=100000: ")
	require.Contains(t, res.Why(), "model.yaml:6")
}
