package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const layoutDigestText = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// tree writes files into a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

func layoutTree(t *testing.T, tags ...string) string {
	t.Helper()
	var entries []string
	for _, tag := range tags {
		entries = append(entries, `{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"`+layoutDigestText+
			`","size":2,"annotations":{"org.opencontainers.image.ref.name":"`+tag+`"}}`)
	}
	return tree(t, map[string]string{
		"oci-layout": `{"imageLayoutVersion":"1.0.0"}`,
		"index.json": `{"schemaVersion":2,"manifests":[` + strings.Join(entries, ",") + `]}`,
	})
}

func TestInputsTakeTheFrontendFromTheSpec(t *testing.T) {
	dir := tree(t, map[string]string{"sub/m.yaml": "# syntax=org/modelbuild:1\nname: x\n"})
	in, err := Request{
		Spec: filepath.Join(dir, "sub", "m.yaml"), Context: dir,
		Attrs: map[string]string{"platform": "linux/arm64"}, Attestations: map[string]string{"sbom": ""},
	}.inputs()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"source": "org/modelbuild:1", "cmdline": "org/modelbuild:1", "filename": "m.yaml",
		"platform": "linux/arm64", "attest:sbom": "",
	}, in.attrs)
	assert.Contains(t, in.locals, "context")
	assert.Contains(t, in.locals, "dockerfile")
}

func TestInputsReplaceTheFrontend(t *testing.T) {
	dir := tree(t, map[string]string{"m.yaml": "# syntax=org/modelbuild:1\n"})
	r := Request{Spec: filepath.Join(dir, "m.yaml"), Context: dir, Frontend: "registry.example/other:2"}
	in, err := r.inputs()
	require.NoError(t, err)
	assert.Equal(t, "registry.example/other:2", in.attrs["source"])

	r.Frontend = "oci-layout://" + layoutTree(t, "1")
	in, err = r.inputs()
	require.NoError(t, err)
	assert.Equal(t, "org/modelbuild:1", in.attrs["source"])
	assert.Equal(t, "oci-layout://layout-0@"+layoutDigestText, in.attrs["context:org/modelbuild:1"])
	assert.Contains(t, in.stores, "layout-0")
}

func TestInputsOfARemoteContextKeepTheLocalSpec(t *testing.T) {
	dir := tree(t, map[string]string{"m.yaml": "# syntax=org/modelbuild:1\n"})
	in, err := Request{Spec: filepath.Join(dir, "m.yaml"), Context: "https://example.test/repo.git#main"}.inputs()
	require.NoError(t, err)
	assert.Equal(t, "https://example.test/repo.git#main", in.attrs["context"])
	assert.Equal(t, "dockerfile", in.attrs["dockerfilekey"])
	assert.NotContains(t, in.locals, "context")
}

func TestNamedContexts(t *testing.T) {
	spec := tree(t, map[string]string{"m.yaml": "# syntax=org/modelbuild:1\n", "data/a.csv": "a\n"})
	two := layoutTree(t, "old", "new")
	in, err := Request{Spec: filepath.Join(spec, "m.yaml"), Context: spec, NamedContexts: []string{
		"Data=" + filepath.Join(spec, "data"), "base=docker-image://alpine:3", "repo=https://example.test/r.git", "lay=oci-layout://" + two + ":new",
	}}.inputs()
	require.NoError(t, err)
	local := strings.TrimPrefix(in.attrs["context:data"], "local:")
	assert.Contains(t, in.locals, local)
	assert.Equal(t, "docker-image://alpine:3", in.attrs["context:base"])
	assert.Equal(t, "https://example.test/r.git", in.attrs["context:repo"])
	assert.Equal(t, "oci-layout://layout-0@"+layoutDigestText, in.attrs["context:lay"])
}

func TestInputsSayWhatIsWrong(t *testing.T) {
	dir := tree(t, map[string]string{"m.yaml": "# syntax=org/modelbuild:1\n", "bare.yaml": "name: x\n", "file": ""})
	two := layoutTree(t, "a", "b")
	spec := filepath.Join(dir, "m.yaml")
	tests := []struct {
		name string
		r    Request
		want string
	}{
		{"no spec", Request{Spec: filepath.Join(dir, "absent.yaml"), Context: dir}, "read spec"},
		{"spec is a folder", Request{Spec: dir, Context: dir}, "is a folder"},
		{"no syntax line", Request{Spec: filepath.Join(dir, "bare.yaml"), Context: dir}, "bare.yaml:1: the first line must name the frontend"},
		{"context is a file", Request{Spec: spec, Context: filepath.Join(dir, "file")}, "is not a folder"},
		{"context is absent", Request{Spec: spec, Context: filepath.Join(dir, "absent")}, "open context context"},
		{"named context without a value", Request{Spec: spec, Context: dir, NamedContexts: []string{"data"}}, "NAME=VALUE is needed"},
		{"layout with two images", Request{Spec: spec, Context: dir, NamedContexts: []string{"l=oci-layout://" + two}}, "it holds 2 images"},
		{"layout without the tag", Request{Spec: spec, Context: dir, NamedContexts: []string{"l=oci-layout://" + two + ":c"}}, "no image with the tag c"},
		{"bad digest", Request{Spec: spec, Context: dir, NamedContexts: []string{"l=oci-layout://" + two + "@sha256:1"}}, "open OCI layout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.r.inputs()
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestSpecOfHostileSizeIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.yaml")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	require.NoError(t, os.Truncate(path, maxSpec+1))
	_, err := readSyntax(path)
	require.ErrorContains(t, err, "is larger than")
}
