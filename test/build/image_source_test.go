package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// dataImage builds an image of a folder's files below /data, with a link to them, and
// returns its digest.
func dataImage(t *testing.T, sb *testenv.Sandbox, dir, output string) string {
	t.Helper()
	text := "FROM scratch\nCOPY *.csv /data/\nCOPY . /\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644))
	require.NoError(t, os.Symlink("data/penguins.csv", filepath.Join(dir, "latest.csv.link")))
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir,
		"--metadata-file", metadata, "--output", output).OK()
	data, err := os.ReadFile(metadata)
	require.NoError(t, err)
	var md map[string]any
	require.NoError(t, json.Unmarshal(data, &md))
	return md["containerimage.digest"].(string)
}

func failedBuild(sb *testenv.Sandbox, dir string, args ...string) string {
	all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly"}, args...)
	return sb.Buildx(append(all, dir)...).Failed().Stderr
}

// TestImageSource trains on a file of an image in a registry, adds another to the
// model's image, and finds the image among the materials of both provenances.
func TestImageSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	repo := strings.TrimSuffix(sb.Ref("1"), ":1") + "data"
	dgst := dataImage(t, sb, filepath.Join(dir, "data"), "type=image,push=true,name="+repo+":1")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	image := "image://" + repo + ":1@" + dgst + "#"
	edit(t, dir, "model.yaml", local, "source: "+image+"data/penguins.csv")
	edit(t, dir, "model.yaml", "split:", "image: {files: {/model/rows.csv: \""+image+"latest.csv.link\"}}\n\nsplit:")
	ref := sb.Ref("2")
	img := push(t, sb, dir, ref, attested...)
	hex := strings.TrimPrefix(dgst, "sha256:")
	require.Equal(t, hex, material(t, inspect(t, sb, ref), dgst)["sha256"])
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx", "/model/sbom.cdx.json", "/model/rows.csv")
	require.NoError(t, err)
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]), "the source of the data does not change the model")
	require.Regexp(t, `"uri":\s*"pkg:docker/[^"]*data@1\?digest=`+dgst+`[^}]*`+hex, string(files["/model/provenance.intoto.json"]))
	require.Contains(t, string(files["/model/sbom.cdx.json"]), image+"data/penguins.csv", "the SBOM names the file")

	edit(t, dir, "model.yaml", "#data/penguins.csv", "#data/penguin.csv")
	bad := failedBuild(sb, dir)
	require.Contains(t, bad, "MB3001: data.train: no file data/penguin.csv in the image")
	require.Contains(t, bad, "did you mean #data/penguins.csv?")
	edit(t, dir, "model.yaml", "#data/penguin.csv", "#data")
	require.Contains(t, failedBuild(sb, dir), "MB3001: data.train: data is a directory")
	edit(t, dir, "model.yaml", "#data\n", "#data/penguins.csv\n    digest: sha256:"+strings.Repeat("0", 64)+"\n")
	require.Contains(t, failedBuild(sb, dir), "MB2020: data.train: the content has digest", "a digest holds for the file's bytes")
	edit(t, dir, "model.yaml", dgst+"#data/penguins.csv", digest.FromString("none").String()+"#data/penguins.csv")
	bad = failedBuild(sb, dir)
	require.Contains(t, bad, "MB3004: data.train: cannot read the image")
	require.Contains(t, bad, "check the name and the digest")
}

// TestLockedImageSource locks the image of a source that has a tag alone.
func TestLockedImageSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	repo := strings.TrimSuffix(sb.Ref("1"), ":1") + "data"
	dgst := dataImage(t, sb, filepath.Join(dir, "data"), "type=image,push=true,name="+repo+":1")
	edit(t, dir, "model.yaml", local, "source: image://"+repo+":1#data/penguins.csv")
	require.Contains(t, failedBuild(sb, dir), "MB1021: data.train.source: an image needs a digest")
	sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "lock", "--registry-mirror", "docker.io="+sb.Registry()).OK()
	text, err := os.ReadFile(filepath.Join(dir, "modelbuild.lock"))
	require.NoError(t, err)
	require.Contains(t, string(text), "image://"+repo+":1#data/penguins.csv: {kind: image, digest: '"+dgst+"'}")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).OK()
}

// TestLayoutSource trains on a file of an image in an OCI layout of the client.
func TestLayoutSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	layout := filepath.Join(t.TempDir(), "layout")
	dgst := dataImage(t, sb, filepath.Join(dir, "data"), "type=oci,tar=false,dest="+layout)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	edit(t, dir, "model.yaml", local, "source: oci-layout://shared@"+dgst+"#data/penguins.csv")
	ref := sb.Ref("1")
	img := push(t, sb, dir, ref, append([]string{"--build-context", "shared=oci-layout://" + layout}, attested...)...)
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
	require.NoError(t, err)
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]))
	require.Contains(t, string(files["/model/provenance.intoto.json"]), `"oci-layout://shared#data/penguins.csv"`)
	sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "build", "--build-context", "shared=oci-layout://"+layout, "--output", "type=local,dest="+filepath.Join(dir, "out")).OK()

	require.Contains(t, failedBuild(sb, dir), "give it with --build-context shared=oci-layout://DIR")
	require.Contains(t, failedBuild(sb, dir, "--build-context", "shared="+dir), "MB3005: data.train: the build context shared is no image")
	given := []string{"--build-context", "shared=oci-layout://" + layout}
	edit(t, dir, "model.yaml", "#data/penguins.csv", "#penguins.cvs")
	require.Contains(t, failedBuild(sb, dir, given...), "MB3001: data.train: no file penguins.cvs in the image")
	edit(t, dir, "model.yaml", dgst, digest.FromString("none").String())
	require.Contains(t, failedBuild(sb, dir, given...), "MB3003: data.train: the build context shared is the image "+dgst)
}
