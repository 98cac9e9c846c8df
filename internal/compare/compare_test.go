package compare_test

import (
	"archive/tar"
	"testing"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
)

func file(name, data string) layouttest.Entry {
	return layouttest.Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: time.Unix(0, 0)}, Data: data}
}

// images compares two images with a layer of these entries each.
func images(t *testing.T, a, b []layouttest.Entry, configs ...ocispecs.Image) *compare.Report {
	t.Helper()
	configs = append(configs, make([]ocispecs.Image, 2)...)
	original, err := oci.Open(t.Context(), layouttest.Write(t, configs[0], a...))
	require.NoError(t, err)
	rebuilt, err := oci.Open(t.Context(), layouttest.Write(t, configs[1], b...))
	require.NoError(t, err)
	r, err := compare.Images(t.Context(), original, rebuilt)
	require.NoError(t, err)
	require.Len(t, r.Platforms, 1)
	return r
}

func TestSameImages(t *testing.T) {
	entries := []layouttest.Entry{file("model/model.bin", "m"), file("b", "2")}
	r := images(t, entries, entries)
	assert.True(t, r.Same())
	p := r.Platforms[0]
	assert.Empty(t, p.Files)
	assert.Empty(t, p.Settings)
	assert.Equal(t, 2, p.Compared)
	assert.True(t, p.Digest("/model/model.bin").Equal())
	assert.False(t, p.Digest("/absent").Equal())
}

func TestEveryFieldOfAnEntryCounts(t *testing.T) {
	base := tar.Header{Typeflag: tar.TypeReg, Name: "f", Mode: 0o644, ModTime: time.Unix(5, 0)}
	link := tar.Header{Typeflag: tar.TypeSymlink, Name: "f", Linkname: "x", ModTime: time.Unix(5, 0)}
	for _, tc := range []struct {
		name string
		from tar.Header
		edit func(*tar.Header)
		data string
		want []string
	}{
		{"content", base, func(*tar.Header) {}, "other", []string{"content"}},
		{"mode", base, func(h *tar.Header) { h.Mode = 0o4755 }, "data", []string{"mode"}},
		{"owner", base, func(h *tar.Header) { h.Gid = 7 }, "data", []string{"owner"}},
		{"time", base, func(h *tar.Header) { h.ModTime = time.Unix(6, 0) }, "data", []string{"modified"}},
		{"link", link, func(h *tar.Header) { h.Linkname = "y" }, "", []string{"link"}},
		{"type", base, func(h *tar.Header) { h.Typeflag = tar.TypeDir }, "", []string{"type", "content"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := layouttest.Entry{Header: tc.from}
			if tc.from.Typeflag == tar.TypeReg {
				a.Data = "data"
			}
			b := layouttest.Entry{Header: tc.from, Data: tc.data}
			tc.edit(&b.Header)
			r := images(t, []layouttest.Entry{a}, []layouttest.Entry{b})
			assert.False(t, r.Same())
			require.Len(t, r.Platforms[0].Files, 1)
			assert.Equal(t, "/f", r.Platforms[0].Files[0].Path)
			assert.Equal(t, tc.want, r.Platforms[0].Files[0].Differs)
		})
	}
}

func TestFilesOfOneImageOnly(t *testing.T) {
	p := images(t, []layouttest.Entry{file("a", "1"), file("b", "1")}, []layouttest.Entry{file("b", "1"), file("c", "1")}).Platforms[0]
	require.Len(t, p.Files, 2)
	assert.Nil(t, p.Files[0].Rebuilt)
	assert.Nil(t, p.Files[1].Original)
	assert.Equal(t, 3, p.Compared)
}

func TestFirstPlaces(t *testing.T) {
	for _, tc := range []struct{ name, a, b, want string }{
		{"x.json", `{"a": {"b": [1, 2]}}`, `{"a": {"b": [1, 3]}}`, "a.b[#001]: 2, now 3"},
		{"x.json", `{"a": 1}`, `{"a": 1, "b": "x"}`, `b: (absent), now "x"`},
		{"x.json", "{\"a\":\n1}", "{\"a\":\n 1}", "byte 6, line 2"}, // the same values
		{"x.json", "nonsense", "nonsensE", "byte 7, line 1"},
		{"x.csv", "a\nb\nc\n", "a\nb\nd\n", "byte 4, line 3"},
		{"x.bin", "\x00\x01\x02", "\x00\x01\x03", "byte 2"},
		{"x.onnx", "\x00\x01\x02", "\x00\x01", "byte 2"},
	} {
		p := images(t, []layouttest.Entry{file(tc.name, tc.a)}, []layouttest.Entry{file(tc.name, tc.b)}).Platforms[0]
		require.Len(t, p.Files, 1)
		assert.Equal(t, []string{tc.want}, p.Files[0].First, "%s %q", tc.name, tc.a)
	}
}

func TestSettings(t *testing.T) {
	a := ocispecs.Image{Config: ocispecs.ImageConfig{User: "1", Labels: map[string]string{"x": "1"}}}
	b := ocispecs.Image{Config: ocispecs.ImageConfig{User: "1", Labels: map[string]string{"x": "2"}}}
	entries := []layouttest.Entry{file("a", "1")}
	p := images(t, entries, entries, a, b).Platforms[0]
	require.Len(t, p.Settings, 1)
	assert.Equal(t, "config.Labels.x", p.Settings[0].Path)
	assert.Empty(t, p.Files)
	assert.True(t, p.Layers[0].DiffID.Equal())
	assert.False(t, p.Config.Equal())
}

func TestRepacked(t *testing.T) {
	name := layouttest.Write(t, ocispecs.Image{}, file("a", "1"))
	original, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	layouttest.Replace(t, name, "/a", []byte("1"))
	rebuilt, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	r, err := compare.Images(t.Context(), original, rebuilt)
	require.NoError(t, err)
	assert.False(t, r.Same())
	assert.True(t, r.Repacked())

	layouttest.Replace(t, name, "/a", []byte("2"))
	changed, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	r, err = compare.Images(t.Context(), original, changed)
	require.NoError(t, err)
	assert.False(t, r.Repacked())
	assert.Equal(t, []string{"byte 0, line 1"}, r.Platforms[0].Files[0].First)

	changed.Manifests[0].Config = original.Manifests[0].Config // a config that lies about the layer
	_, err = compare.Images(t.Context(), original, changed)
	require.ErrorContains(t, err, "but the config says")
}
