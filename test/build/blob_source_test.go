package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry/remote"
)

// artifact puts a file into a registry or a layout as oras push does: a manifest with a
// blob that has a title. It returns the digest of the blob.
func artifact(t *testing.T, to oras.Target, file string) digest.Digest {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	desc := content.NewDescriptorFromBytes("text/csv", data)
	desc.Annotations = map[string]string{ocispecs.AnnotationTitle: filepath.Base(file)}
	require.NoError(t, to.Push(t.Context(), desc, strings.NewReader(string(data))))
	m, err := oras.PackManifest(t.Context(), to, oras.PackManifestVersion1_1, "application/vnd.example.data", oras.PackManifestOptions{
		Layers: []ocispecs.Descriptor{desc}, ManifestAnnotations: map[string]string{ocispecs.AnnotationCreated: "1970-01-01T00:00:00Z"}})
	require.NoError(t, err)
	require.NoError(t, to.Tag(t.Context(), m, "1"))
	return desc.Digest
}

// dataArtifact pushes an artifact to the sandbox's registry.
func dataArtifact(t *testing.T, sb *testenv.Sandbox, file string) (repo string, blob digest.Digest) {
	t.Helper()
	repo = strings.TrimSuffix(sb.Ref("1"), ":1") + "data"
	to, err := remote.NewRepository(repo)
	require.NoError(t, err)
	to.PlainHTTP = true
	return repo, artifact(t, to, file)
}

// TestBlobSource trains on a blob of a registry, and finds it among the materials of
// both provenances.
func TestBlobSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	repo, blob := dataArtifact(t, sb, filepath.Join(dir, "data", "penguins.csv"))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	source := "image+blob://" + repo + "@" + blob.String()
	edit(t, dir, "model.yaml", local, "source: "+source)
	edit(t, dir, "model.yaml", "split:", "image: {files: {/model/rows.csv: \""+source+"\"}}\n\nsplit:")
	ref := sb.Ref("2")
	img := push(t, sb, dir, ref, attested...)
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx", "/model/rows.csv")
	require.NoError(t, err)
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]), "the source of the data does not change the model")
	require.Equal(t, blob, digest.FromBytes(files["/model/rows.csv"]))
	uri := "pkg:docker/" + repo + "?digest=" + blob.String() + "&ref_type=blob"
	require.Contains(t, strings.ReplaceAll(string(files["/model/provenance.intoto.json"]), `\u0026`, "&"), uri)
	require.Equal(t, blob.Encoded(), material(t, inspect(t, sb, ref), uri)["sha256"], "BuildKit's own provenance gives the blob the same name")

	edit(t, dir, "model.yaml", source+"\n", "image+blob://"+repo+"@"+digest.FromString("none").String()+"\n")
	bad := failedBuild(sb, dir)
	require.Contains(t, bad, "MB3004: data.train: cannot read the blob")
	require.Contains(t, bad, "check the name and the digest")
}

// TestLockedBlobSource finds a blob by the title that an artifact gives it.
func TestLockedBlobSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	repo, blob := dataArtifact(t, sb, filepath.Join(dir, "data", "penguins.csv"))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	lock := func() testenv.Result {
		return sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "lock", "--registry-mirror", "docker.io="+sb.Registry())
	}
	edit(t, dir, "model.yaml", local, "source: image+blob://"+repo+":1#penguin.csv")
	require.Contains(t, failedBuild(sb, dir), "MB1021: data.train.source: a blob needs a digest")
	bad := lock().Failed().Stderr
	require.Contains(t, bad, "has no blob with the title penguin.csv")
	require.Contains(t, bad, "did you mean \"penguins.csv\"?")
	edit(t, dir, "model.yaml", "#penguin.csv", "#penguins.csv")
	lock().OK()
	text, err := os.ReadFile(filepath.Join(dir, "modelbuild.lock"))
	require.NoError(t, err)
	require.Contains(t, string(text), "image+blob://"+repo+":1#penguins.csv: {kind: blob, digest: '"+blob.String()+"'}")
	sb.Buildx("build", "--build-arg", "MODELBUILD_LOCKED=1", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).OK()
}

// TestLayoutBlobSource trains on a blob of an OCI layout of the client, with buildx and
// with the project's own client.
func TestLayoutBlobSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	layout := t.TempDir()
	to, err := oci.New(layout)
	require.NoError(t, err)
	blob := artifact(t, to, filepath.Join(dir, "data", "penguins.csv"))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	source := "oci-layout+blob://shared@" + blob.String()
	edit(t, dir, "model.yaml", local, "source: "+source)
	given := []string{"--build-context", "shared=oci-layout://" + layout + ":1"}
	img := push(t, sb, dir, sb.Ref("1"), append(given, attested...)...)
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
	require.NoError(t, err)
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]))
	require.Contains(t, string(files["/model/provenance.intoto.json"]), `"`+source+`"`)
	sb.Run(dir, append([]string{filepath.Join(sb.Bin(), "modelbuild"), "build", "--output", "type=local,dest=" + filepath.Join(dir, "out")}, given...)...).OK()

	require.Contains(t, failedBuild(sb, dir), "MB3005: data.train: no build context named shared")
	require.Contains(t, failedBuild(sb, dir, "--build-context", "shared="+dir), "MB3005: data.train: the build context shared is no OCI layout")
	edit(t, dir, "model.yaml", blob.String(), digest.FromString("none").String())
	bad := failedBuild(sb, dir, given...)
	require.Contains(t, bad, "MB3004: data.train: cannot read the blob")
	require.Contains(t, bad, "has it under blobs/sha256")
}
