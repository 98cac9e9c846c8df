package release

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFromMetadata(t *testing.T) {
	baked := `{
  "buildx.build.warnings": [{"vertex": "sha256:1"}],
  "second": {"containerimage.digest": "sha256:bb", "image.name": "registry.example/b:1,registry.example/b:2"},
  "first": {"containerimage.digest": "sha256:aa", "buildx.build.ref": "x"},
  "cacheonly": {"buildx.build.ref": "y"}
}`
	got, err := FromMetadata([]byte(baked))
	require.NoError(t, err)
	require.Equal(t, []Named{{"first", "", "sha256:aa"}, {"second", "registry.example/b:1", "sha256:bb"}}, got)

	_, err = Merge(got, nil)
	require.EqualError(t, err, `the metadata does not say where the image "first" is; add first=IMAGE`)
	merged, err := Merge(got, []Named{{Name: "first", Image: "oci-layout://out"}, {Image: "registry.example/c:1"}})
	require.NoError(t, err)
	require.Equal(t, []Named{{"first", "oci-layout://out", "sha256:aa"}, got[1], {"", "registry.example/c:1", ""}}, merged)

	got, err = FromMetadata([]byte(`{"containerimage.digest": "sha256:aa"}`))
	require.NoError(t, err)
	merged, err = Merge(got, []Named{{Name: "mine", Image: "oci-layout://out"}})
	require.NoError(t, err)
	require.Equal(t, []Named{{"mine", "oci-layout://out", "sha256:aa"}}, merged, "a build of one image has no names")

	for text, want := range map[string]string{
		`{"a": {"buildx.build.ref": "x"}}`: "it has no image: the build has to make one, with type=image or type=oci",
		`[]`:                               "json: cannot unmarshal array into Go value of type release.built",
	} {
		_, err := FromMetadata([]byte(text))
		require.EqualError(t, err, want)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{"version": 2, "images": []}`:                             "it has version 2, and this program reads 1",
		`{"version": 1, "imags": []}`:                              `json: unknown field "imags"`,
		`{"version": 1, "images": [{"name": "a"}]}`:                `each image needs a digest and a name of its own (see "a")`,
		`{"version": 1, "images": [{"digest": "sha256:a"}]}`:       `each image needs a digest and a name of its own (see "")`,
		`{"version": 1, "images": [` + image + `, ` + image + `]}`: `each image needs a digest and a name of its own (see "a")`,
	} {
		_, err := Parse([]byte(text))
		require.EqualError(t, err, want)
	}
	r, err := Parse([]byte(`{"version": 1, "images": [` + image + `]}`))
	require.NoError(t, err)
	again, err := r.JSON()
	require.NoError(t, err)
	back, err := Parse(again)
	require.NoError(t, err)
	require.Equal(t, r, back)
}

const image = `{"name": "a", "digest": "sha256:a", "platforms": [{"platform": "linux/amd64", "digest": "sha256:p", "config": "sha256:c", "models": []}]}`

func TestCompare(t *testing.T) {
	make := func(edit func(*Image)) *Release {
		i := Image{Name: "a", Ref: "registry.example/a:1", Digest: "sha256:a", Platforms: []Platform{{
			Platform: "linux/amd64", Digest: "sha256:p", Config: "sha256:c", Models: []Model{{"/model/model.onnx", "sha256:m"}},
			Entrypoint: []string{"/bin/a"}, LaunchPolicy: map[string]string{"log_redirect": "never", "allow_cgroups": "false"},
		}}}
		edit(&i)
		return &Release{Version: Version, Images: []Image{i}}
	}
	same := make(func(*Image) {})
	require.Empty(t, Compare(same, same))
	for name, c := range map[string]struct {
		got  *Release
		want []string
	}{
		"another image": {make(func(i *Image) { i.Name = "b" }), []string{
			"a: image: expected sha256:a, got none", "b: image: expected none, got sha256:a"}},
		"another model": {make(func(i *Image) {
			p := &i.Platforms[0]
			i.Digest, p.Digest, p.Models = "sha256:a2", "sha256:p2", []Model{{"/model/model.pth", "sha256:m2"}}
		}), []string{
			"a: linux/amd64 manifest: expected sha256:p, got sha256:p2",
			"a: linux/amd64 /model/model.onnx: expected sha256:m, got none",
			"a: linux/amd64 /model/model.pth: expected none, got sha256:m2"}},
		"another policy": {make(func(i *Image) {
			p := &i.Platforms[0]
			p.Digest, p.Config, p.Entrypoint, p.LaunchPolicy = "sha256:p2", "sha256:c2", nil, map[string]string{"log_redirect": "always"}
		}), []string{
			"a: linux/amd64 manifest: expected sha256:p, got sha256:p2",
			"a: linux/amd64 config: expected sha256:c, got sha256:c2",
			"a: linux/amd64 entrypoint: expected /bin/a, got none",
			"a: linux/amd64 launch policy: expected allow_cgroups=false log_redirect=never, got log_redirect=always"}},
		"another platform": {make(func(i *Image) { i.Platforms[0].Platform = "linux/arm64" }), []string{
			"a: linux/amd64 manifest: expected sha256:p, got none", "a: linux/arm64 manifest: expected none, got sha256:p"}},
		"other attestations": {make(func(i *Image) { i.Digest = "sha256:a2" }), []string{"a: index: expected sha256:a, got sha256:a2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range Compare(same, c.got) {
				got = append(got, d.String())
				require.Equal(t, name == "other attestations", d.IndexOnly)
			}
			require.Equal(t, c.want, got)
		})
	}
}
