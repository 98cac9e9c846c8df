package provenance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImageMaterial expects the package URLs that BuildKit v0.34 writes for the
// same references.
func TestImageMaterial(t *testing.T) {
	digest := "sha256:" + hexDigest("a")
	for _, tc := range []struct{ ref, digest, platform, want string }{
		{"busybox", "", "", "pkg:docker/busybox@latest"},
		{"busybox:1.36", "", "linux/amd64", "pkg:docker/busybox@1.36?platform=linux%2Famd64"},
		{"docker.io/org/modelbuild:1", digest, "", "pkg:docker/org/modelbuild@1?digest=" + digest},
		{"org/modelbuild:1@" + digest, "", "linux/arm64", "pkg:docker/org/modelbuild@1?digest=" + digest + "&platform=linux%2Farm64"},
		{"org/modelbuild@" + digest, "", "", "pkg:docker/org/modelbuild?digest=" + digest},
		{"localhost:5000/a/b:1", "", "", "pkg:docker/localhost:5000/a/b@1"},
	} {
		t.Run(tc.ref, func(t *testing.T) {
			m, err := ImageMaterial(tc.ref, tc.digest, tc.platform)
			require.NoError(t, err)
			assert.Equal(t, tc.want, m.URI)
			assert.Equal(t, strings.Contains(tc.want, "digest="), m.Digest["sha256"] == hexDigest("a"))
		})
	}
	_, err := ImageMaterial("Not A Ref", "", "")
	assert.ErrorContains(t, err, `parse image reference "Not A Ref"`)
	_, err = ImageMaterial("busybox", "abc", "")
	assert.ErrorContains(t, err, `digest "abc" has no algorithm`)
	_, err = ImageMaterial("busybox", "sha256:abc", "")
	assert.ErrorContains(t, err, "64 lower-case hex digits")
}

func TestGitMaterial(t *testing.T) {
	m, err := GitMaterial("https://u:"+secret+"@example.org/r.git#main", strings.Repeat("c", 40))
	require.NoError(t, err)
	assert.Equal(t, Material{URI: "https://example.org/r.git#main", Digest: DigestSet{"sha1": strings.Repeat("c", 40)}}, m)
	m, err = GitMaterial("https://example.org/r.git", hexDigest("c"))
	require.NoError(t, err)
	assert.Equal(t, sha("c"), m.Digest)
	_, err = GitMaterial("https://u:"+secret+"@example.org/r.git", "main")
	require.ErrorContains(t, err, "40 lower-case hex digits")
	assert.NotContains(t, err.Error(), secret)
}

func TestNormalizeMaterials(t *testing.T) {
	in := []Material{
		{URI: "b", Digest: sha("2")}, {URI: "b", Digest: sha("1")}, {URI: "a"},
		{URI: "b", Digest: sha("2")}, {URI: "https://h/x?1"}, {URI: "https://h/x?2"},
	}
	got, err := NormalizeMaterials(in)
	require.NoError(t, err)
	assert.Equal(t, []Material{
		{URI: "a"}, {URI: "b", Digest: sha("1")}, {URI: "b", Digest: sha("2")}, {URI: "https://h/x?redacted"},
	}, got)
	assert.Equal(t, "https://h/x?1", in[4].URI, "the input was changed")
}

func TestBlobMaterial(t *testing.T) {
	hex := hexDigest("b")
	m, err := BlobMaterial("registry.example:5000/team/data@sha256:" + hex)
	require.NoError(t, err)
	require.Equal(t, Material{URI: "pkg:docker/registry.example:5000/team/data?digest=sha256:" + hex + "&ref_type=blob", Digest: DigestSet{"sha256": hex}}, m)
	_, err = BlobMaterial("Not A Ref")
	require.Error(t, err)
}
