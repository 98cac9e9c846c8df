package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// corrected has a second model that learns from what the first predicts, and an image
// that holds both; a third is built on the image of the second.
const corrected = `# syntax=org/modelbuild:1
name: penguins
targets:
  first:
    description: Species from every measurement
    data: {train: {source: context://data/penguins.csv, license: CC0-1.0}}
    features: {target: species, exclude: [year]}
    split: {kfold: 3}
    evaluate: {gates: {accuracy: ">= 0.95"}}
    image: {user: "1000", labels: {org.example.team: birds}}
  second:
    description: Corrects what the first says
    data: {train: {source: target://first/predictions.csv}}
    features: {target: actual, exclude: [row]}
    image:
      files:
        /models/first: target://first
        /models/first.csv: target://first/predictions.csv
        /model/NOTICE: context://NOTICE
        /docs: context://docs
  third:
    data: {train: {source: target://first/out_of_fold.csv}}
    features: {target: actual, exclude: [row, predicted]}
    image: {base: target://second}
train: {algorithm: logistic, seed: 42}
split: {test: 0.3}
`

func correctedDir(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := penguins(t, sb)
	for name, text := range map[string]string{"model.yaml": corrected, "NOTICE": "birds\n", "docs/a/b.md": "# B\n", "docs/run.sh": "#!/bin/sh\n"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "docs", "run.sh"), 0o700))
	return dir
}

type lineage struct {
	Subject   []struct{ Digest map[string]string }
	Predicate struct {
		Invocation struct{ Parameters map[string]any }
		Materials  []struct {
			URI    string
			Digest map[string]string
		}
	}
}

func readLineage(t *testing.T, m *oci.Manifest) (lineage, map[string]string) {
	t.Helper()
	files, err := m.ReadFiles(t.Context(), "/model/provenance.intoto.json")
	require.NoError(t, err)
	var l lineage
	require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &l))
	materials := map[string]string{}
	for _, x := range l.Predicate.Materials {
		materials[x.URI] = x.Digest["sha256"]
	}
	return l, materials
}

// TestTargetFromTarget trains one target on what another predicts, and finds both in
// the image and in the provenance.
func TestTargetFromTarget(t *testing.T) {
	sb := testenv.New(t)
	dir := correctedDir(t, sb)
	first := push(t, sb, dir, sb.Ref("first"), append([]string{"--target", "first"}, attested...)...).Manifests[0]
	second := push(t, sb, dir, sb.Ref("second"), append([]string{"--target", "second"}, attested...)...).Manifests[0]
	want, err := first.ReadFiles(t.Context(), "/model/model.onnx", "/model/provenance.intoto.json")
	require.NoError(t, err)
	got, err := second.ReadFiles(t.Context(), "/models/first/model.onnx", "/models/first/provenance.intoto.json", "/models/first.csv",
		"/model/NOTICE", "/docs/a/b.md", "/model/model.onnx", "/model/sbom.spdx.json", "/model/sbom.cdx.json")
	require.NoError(t, err)
	require.Equal(t, string(want["/model/model.onnx"]), string(got["/models/first/model.onnx"]))
	require.Equal(t, string(want["/model/provenance.intoto.json"]), string(got["/models/first/provenance.intoto.json"]))
	require.Equal(t, "birds\n", string(got["/model/NOTICE"]))
	require.Equal(t, "# B\n", string(got["/docs/a/b.md"]))

	l, materials := readLineage(t, second)
	require.Equal(t, digest.FromBytes(got["/model/model.onnx"]).Encoded(), l.Subject[0].Digest["sha256"])
	require.Equal(t, digest.FromBytes(got["/models/first.csv"]).Encoded(), materials["target://first/predictions.csv"])
	require.Equal(t, digest.FromBytes(want["/model/model.onnx"]).Encoded(), materials["target://first/model.onnx"])
	_, of := readLineage(t, first)
	require.NotEmpty(t, of["context://data/penguins.csv"])
	for uri, sha256 := range of {
		require.Equal(t, sha256, materials[uri], "what the first was made from is what the second was made from: %s", uri)
	}
	require.Equal(t, digest.FromString("birds\n").Encoded(), materials["context://NOTICE"])
	require.Equal(t, digest.FromString("# B\n").Encoded(), materials["context://docs/a/b.md"])
	require.Contains(t, l.Predicate.Invocation.Parameters["targets"], "first")
	for _, sbom := range []string{"/model/sbom.spdx.json", "/model/sbom.cdx.json"} {
		require.Contains(t, string(got[sbom]), digest.FromString("birds\n").Encoded())
		require.Contains(t, string(got[sbom]), "/models/first/model.onnx")
	}
}

// TestImageOnTarget builds on another target's image: its files, user and labels are
// there, and the model is this one's.
func TestImageOnTarget(t *testing.T) {
	sb := testenv.New(t)
	dir := correctedDir(t, sb)
	second := push(t, sb, dir, sb.Ref("second"), "--target", "second").Manifests[0]
	third := push(t, sb, dir, sb.Ref("third"), "--target", "third").Manifests[0]
	require.Equal(t, second.Manifest.Layers, third.Manifest.Layers[:len(second.Manifest.Layers)], "the layers are shared")
	a, err := second.ReadFiles(t.Context(), "/model/NOTICE", "/model/model.onnx")
	require.NoError(t, err)
	b, err := third.ReadFiles(t.Context(), "/model/NOTICE", "/model/model.onnx", "/models/first/model.onnx")
	require.NoError(t, err)
	require.Equal(t, a["/model/NOTICE"], b["/model/NOTICE"])
	require.NotEqual(t, string(a["/model/model.onnx"]), string(b["/model/model.onnx"]))
	require.NotEmpty(t, b["/models/first/model.onnx"])
	l, materials := readLineage(t, third)
	require.Equal(t, digest.FromBytes(b["/model/model.onnx"]).Encoded(), l.Subject[0].Digest["sha256"])
	require.Equal(t, digest.FromBytes(a["/model/model.onnx"]).Encoded(), materials["target://second/model.onnx"])
	require.NotContains(t, third.Config.Config.Labels, "org.opencontainers.image.description", "what is said of the base's model is not said of this one")
}

// TestTargetsReproducible builds without cache, on a checkout with other modes and
// times of files.
func TestTargetsReproducible(t *testing.T) {
	sb := testenv.New(t)
	var digests []string
	for _, mode := range []os.FileMode{0o600, 0o664} {
		dir := correctedDir(t, sb)
		require.NoError(t, os.Chmod(filepath.Join(dir, "NOTICE"), mode))
		require.NoError(t, os.Chmod(filepath.Join(dir, "docs", "a"), mode|0o110))
		img := push(t, sb, dir, sb.Ref("x"), "--no-cache", "--target", "third")
		digests = append(digests, img.Manifests[0].Descriptor.Digest.String())
	}
	require.Equal(t, digests[0], digests[1])
}

var ranStep = regexp.MustCompile(`(?m)^#(\d+) \[((?:first )?(?:train|evaluate|package))\] (?:logistic|held-out|provenance)`)

// TestTargetsAreBuiltOnce: a target's steps are the same, whoever asks for them.
func TestTargetsAreBuiltOnce(t *testing.T) {
	sb := testenv.New(t)
	dir := correctedDir(t, sb)
	edit(t, dir, "model.yaml", "seed: 42", "seed: 7")
	build := func(target string) []string {
		t.Helper()
		log := sb.Buildx("build", "-f", dir+"/model.yaml", "--target", target, "--output", "type=cacheonly", dir).OK().Stderr
		var out []string
		for _, m := range ranStep.FindAllStringSubmatch(log, -1) {
			if !strings.Contains(log, "\n#"+m[1]+" CACHED") && !slices.Contains(out, m[2]) {
				out = append(out, m[2])
			}
		}
		return out
	}
	require.Equal(t, []string{"train", "evaluate", "package"}, build("first"))
	require.ElementsMatch(t, []string{"train", "evaluate", "package"}, build("second"))
	require.Empty(t, build("second"))
	edit(t, dir, "model.yaml", ">= 0.95", ">= 0.9")
	require.ElementsMatch(t, []string{"first evaluate", "first package", "package"}, build("second"), "a gate of the first trains nothing again")
}

// TestMistakesOfTargets shows the mistake of a target where the spec has that target,
// and stops what needs it.
func TestMistakesOfTargets(t *testing.T) {
	sb := testenv.New(t)
	for name, c := range map[string]struct{ old, new, want string }{
		"gate":   {">= 0.95", ">= 1.01", "model.yaml:9:34: error MB4001: accuracy is "},
		"column": {"target: species", "target: specie", `did you mean "species"?`},
		"data":   {"data/penguins.csv", "data/penguin.csv", "model.yaml:6:28: error MB3001: data.train: no file data/penguin.csv"},
		"file":   {"context://NOTICE", "context://NOTICES", "model.yaml:19:24: error MB3001: image.files./model/NOTICE: no file NOTICES in the build context"},
		"unread": {"target://first/predictions.csv}}\n    features: {target: actual, exclude: [row]}", "target://first/predictions.csv}}\n    features: {target: real}", "model.yaml:14:24: error MB2001"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := correctedDir(t, sb)
			edit(t, dir, "model.yaml", c.old, c.new)
			out := sb.Buildx("build", "-f", dir+"/model.yaml", "--target", "second", "--output", "type=cacheonly", dir).Failed()
			require.Contains(t, out.Stderr, c.want)
		})
	}
}

// TestDescribeTargets lists the steps of the target that is needed too.
func TestDescribeTargets(t *testing.T) {
	sb := testenv.New(t)
	dir := correctedDir(t, sb)
	out := sb.Buildx("build", "--call=modelbuild.describe", "-f", dir+"/model.yaml", "--target", "second", dir).OK().Stdout
	require.Regexp(t, `(?m)^first train +logistic of species`, out)
	require.Regexp(t, `(?m)^train +logistic of actual`, out)
	require.Regexp(t, `(?m)^train +target://first/predictions\.csv`, out)
	require.Contains(t, out, "\n/model/NOTICE\n")
}

// TestContextsOfTargets puts named contexts in place of the data of either target. The
// first is not needed where its predictions are given.
func TestContextsOfTargets(t *testing.T) {
	sb := testenv.New(t)
	dir := correctedDir(t, sb)
	given := t.TempDir()
	require.NoError(t, os.Rename(filepath.Join(dir, "data", "penguins.csv"), filepath.Join(given, "penguins.csv")))
	img := push(t, sb, dir, sb.Ref("x"), "--target", "second", "--build-context", "first.data.train="+given)
	_, materials := readLineage(t, img.Manifests[0])
	require.NotEmpty(t, materials["context+first.data.train://penguins.csv"])

	files, err := img.Manifests[0].ReadFiles(t.Context(), "/models/first.csv")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(given, "predictions.csv"), files["/models/first.csv"], 0o644))
	edit(t, dir, "model.yaml", "        /models/first: target://first\n        /models/first.csv: target://first/predictions.csv\n", "")
	out := sb.Buildx("build", "-f", dir+"/model.yaml", "--target", "second", "--build-context", "data.train="+given, "--output", "type=cacheonly", dir).OK()
	require.NotContains(t, out.Stderr, "[first train]")
}
