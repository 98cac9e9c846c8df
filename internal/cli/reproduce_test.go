package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	orasgo "oras.land/oras-go/v2"
	oras "oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
)

// penguinsFolder is a copy of the example, which a test may change.
func penguinsFolder(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Dir(penguins(sb)))))
	return dir
}

// built is a layout with the image of a folder.
func built(t *testing.T, sb *testenv.Sandbox, dir string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "image")
	sb.CLI(append([]string{"build", "--progress", "quiet", "-o", "type=oci,dest=" + out + ",tar=false"}, append(args, dir)...)...).OK()
	return "oci-layout://" + out
}

func TestReproduceAnImage(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	ref := sb.Ref("1")
	sb.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	sb.CLI("build", "--progress", "quiet", "--push", "-t", ref, "--provenance", "mode=max,version=v1", dir).OK()
	statement := filepath.Join(dir, "reproduced.json")
	sb.Setenv("SOURCE_DATE_EPOCH", "1800000000")
	out := sb.CLI("reproduce", ref, "--context", dir, "--progress", "plain", "--statement", statement, "--builder-id", "https://example.org/r").OK()
	assert.Contains(t, out.Stdout, "reproduced: the images are identical")
	assert.Contains(t, out.Stdout, "/model/model.onnx, same")
	assert.NotRegexp(t, `#(\d+) \[(train|evaluate|package)\].*\n#\d+ CACHED`, out.Stderr)
	assert.Contains(t, out.Stderr, "train  model.onnx sha256:", "it was trained again")

	raw, err := provenance.Parse([]byte(read(t, statement)))
	require.NoError(t, err)
	p, err := raw.Reproduction()
	require.NoError(t, err)
	assert.Equal(t, provenance.ResultIdentical, p.Result)
	assert.Equal(t, "https://example.org/r", p.Builder.ID)
	assert.EqualValues(t, 1700000000, p.SourceDateEpoch, "of the image")
	assert.EqualValues(t, 1800000000, p.ReproducedOn.Unix(), "of the statement")
	assert.Equal(t, p.Platforms[0].Manifest.Original["sha256"], raw.Subject[0].Digest["sha256"])
	assert.Len(t, p.Inputs, 2)
	assert.Equal(t, p.Platforms[0].Models[0].Original, p.Platforms[0].Models[0].Rebuilt)
}

func TestReproduceInABuilderOfItsOwn(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	frontend := filepath.Join(t.TempDir(), "frontend")
	copyFrontend(t, sb, frontend)
	image := built(t, sb, dir)
	sb.Setenv("BUILDKIT_HOST", "")
	cache := t.TempDir()
	sb.Setenv("XDG_CACHE_HOME", cache)
	out := sb.CLI("reproduce", image, "--context", dir, "--frontend", "oci-layout://"+frontend, "--format", "json").OK()
	var o outcome
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &o))
	assert.Equal(t, provenance.ResultIdentical, o.Result)
	assert.True(t, o.Platforms[0].Manifest.Equal())
	left, err := filepath.Glob(filepath.Join(cache, "modelbuild", "fresh-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "the builder is removed")
}

// copyFrontend copies the frontend image from the registry into a layout.
func copyFrontend(t *testing.T, sb *testenv.Sandbox, dir string) {
	t.Helper()
	name, digest := sb.Frontend()
	repo, err := remote.NewRepository(sb.Registry() + "/" + strings.TrimSuffix(name, ":1"))
	require.NoError(t, err)
	repo.PlainHTTP = true
	store, err := oras.New(dir)
	require.NoError(t, err)
	_, err = orasgo.Copy(t.Context(), repo, digest, store, "1", orasgo.DefaultCopyOptions)
	require.NoError(t, err)
}

func TestReproduceRefusesOtherInputs(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image := built(t, sb, dir)
	data := filepath.Join(dir, "data", "penguins.csv")
	text := read(t, data)
	require.NoError(t, os.WriteFile(data, []byte(text+"\n"), 0o644))
	out := sb.CLI("reproduce", image, "--context", dir).Failed()
	assert.Equal(t, 2, out.Code)
	assert.Contains(t, out.Stderr, "nothing was built")
	assert.Contains(t, out.Stderr, "context://data/penguins.csv: recorded sha256:")
	assert.NotContains(t, out.Stderr, "context://model.yaml: recorded")

	require.NoError(t, os.Remove(data))
	out = sb.CLI("reproduce", image, "--context", dir).Failed()
	assert.Contains(t, out.Stderr, "here there is no such file")
}

func TestReproduceOfAnotherModelUnderTheSameProvenance(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image := built(t, sb, dir)
	other := penguinsFolder(t, sb)
	spec := strings.Replace(read(t, filepath.Join(other, "model.yaml")), "seed: 42", "seed: 43", 1)
	require.NoError(t, os.WriteFile(filepath.Join(other, "model.yaml"), []byte(spec), 0o644))
	model := layouttest.File(t, built(t, sb, other), "/model/model.onnx")
	layouttest.Replace(t, image, "/model/model.onnx", model)

	out := sb.CLI("reproduce", image, "--context", dir).Failed()
	assert.Equal(t, 1, out.Code)
	assert.Contains(t, out.Stderr, "the rebuilt image differs")
	assert.Contains(t, out.Stdout, "NOT reproduced")
	assert.Regexp(t, `differs +/model/model\.onnx +content`, out.Stdout)
	assert.Contains(t, out.Stdout, "by the image's own provenance")
	assert.Regexp(t, `files +1 of \d+ differ`, out.Stdout, "nothing else")
	assert.Regexp(t, `node \d+ \w+, attribute|tensor `, out.Stdout, "the part of the model")
}

func TestReproduceWithTheSpecGivenAgain(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	image := built(t, sb, dir, "--provenance", "mode=min", "--label", "org.example.a=b")
	spec := filepath.Join(dir, "model.yaml")
	out := sb.CLI("reproduce", image, "--context", dir).Failed()
	assert.Equal(t, 2, out.Code)
	assert.Contains(t, out.Stderr, "name the file with --file")

	out = sb.CLI("reproduce", image, "--context", dir, "-f", spec).Failed()
	assert.Equal(t, 1, out.Code)
	assert.Contains(t, out.Stdout, "config.Labels.org.example.a")
	assert.Contains(t, out.Stderr, "does not tell build arguments and labels")

	sb.CLI("reproduce", image, "--context", dir, "-f", spec, "--label", "org.example.a=b").OK()

	require.NoError(t, os.WriteFile(spec, []byte(read(t, spec)+"\n"), 0o644))
	out = sb.CLI("reproduce", image, "--context", dir, "-f", spec).Failed()
	assert.Contains(t, out.Stderr, "context://model.yaml: recorded sha256:")
}

func TestReproduceNeedsProvenance(t *testing.T) {
	sb := testenv.New(t)
	dir := sb.Context(map[string]string{"Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"})
	out := filepath.Join(dir, "image")
	sb.Buildx("build", "--output", "type=oci,tar=false,dest="+out, dir).OK()
	failed := sb.CLI("reproduce", "oci-layout://"+out).Failed()
	assert.Equal(t, 2, failed.Code)
	assert.Contains(t, failed.Stderr, "has no /model/provenance.intoto.json")
	assert.Contains(t, failed.Stderr, "`modelbuild build` makes images that do")
}

func TestReproduceUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"--format", "xml", "a"}, {"--tolerance", "2", "a"}, {"--tolerance", "NaN", "a"}, {"--progress", "no", "a"}} {
		var stdout, stderr strings.Builder
		assert.Equal(t, exitUsage, run(t.Context(), append([]string{"reproduce"}, args...), &stdout, &stderr), args)
		assert.Contains(t, stderr.String(), "modelbuild reproduce --help")
	}
}
