package build_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	prov "github.com/modelbuild/modelbuild/provenance"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// recordOf reads the training record beside an image, and validates it by the published schema.
func recordOf(t *testing.T, sb *testenv.Sandbox, img *oci.Image) (*prov.Raw, *prov.TrainingRecord) {
	t.Helper()
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType != trainingRecord {
			continue
		}
		raw, err := prov.ParseUnbound(s.Raw)
		require.NoError(t, err)
		r, err := raw.TrainingRecord()
		require.NoError(t, err)
		sb.ValidRecord(raw.Predicate)
		return raw, r
	}
	require.FailNow(t, "there is no training record")
	return nil, nil
}

// TestRecord: the record is about the image and the model's file, has the commit that buildx tells, and digests of the
// statistics that the image's schema has. A commit changes no image.
func TestRecord(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	git := func(args ...string) string {
		return strings.TrimSpace(sb.Run(dir, append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...).OK().Stdout)
	}
	sb.Setenv("BUILDX_GIT_CHECK_DIRTY", "1")
	git("init", "-q")
	git("remote", "add", "origin", "https://u:planted-value@git.example/team/models.git")
	git("add", ".")
	git("commit", "-q", "-m", "models")
	build := func(tag string) *oci.Image {
		ref := sb.Ref(tag)
		sb.BuildxIn(dir, "build", "-f", "model.yaml", "--attest", "type=provenance,mode=min", "--output", "type=image,name="+ref+",push=true,registry.insecure=true", ".").OK()
		img, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		return img
	}
	img := build("1")
	raw, r := recordOf(t, sb, img)
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/model.onnx", "/model/schema.json")
	require.NoError(t, err)
	byName := map[string]string{}
	for _, s := range raw.Subject {
		byName[s.Name] = s.Digest["sha256"]
	}
	require.Equal(t, digest.FromBytes(files["/model/model.onnx"]).Encoded(), byName["model/model.onnx"])
	require.Len(t, byName, 2)
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		require.True(t, a.About(s))
	}
	require.Equal(t, &prov.RecordSource{URI: "https://git.example/team/models.git", Revision: git("rev-parse", "HEAD"), Directory: "."}, r.Source)

	var schema struct {
		Statistics struct {
			Rows    int
			Columns map[string]json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(files["/model/schema.json"], &schema))
	require.Equal(t, 275, r.Split.Statistics.Rows)
	require.Len(t, r.Split.Statistics.Columns, len(schema.Statistics.Columns))
	for name, column := range schema.Statistics.Columns {
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, column))
		require.Equal(t, digest.FromBytes(compact.Bytes()).String(), r.Split.Statistics.Columns[name], name)
	}

	edit(t, dir, "data/README.md", "\n", "\n\n")
	again := build("2")
	_, r = recordOf(t, sb, again)
	require.True(t, r.Source.Dirty)
	require.Equal(t, git("rev-parse", "HEAD"), r.Source.Revision)
	require.Equal(t, img.Manifests[0].Descriptor.Digest, again.Manifests[0].Descriptor.Digest)

	// The CLI tells the same, and sends no user name of the remote in the first place.
	ref := sb.Ref("3")
	sb.CLI("build", "-f", filepath.Join(dir, "model.yaml"), "--push", "-t", ref).OK()
	byCLI, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	_, told := recordOf(t, sb, byCLI)
	require.Equal(t, r.Source, told.Source)
	sb.CLI("build", "-f", filepath.Join(dir, "model.yaml"), "--vcs=false", "--push", "-t", ref).OK()
	untold, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	_, told = recordOf(t, sb, untold)
	require.Nil(t, told.Source)
	require.Equal(t, byCLI.Manifests[0].Descriptor.Digest, untold.Manifests[0].Descriptor.Digest)
}
