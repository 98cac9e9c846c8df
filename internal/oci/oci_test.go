package oci

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const predicate = "https://example.test/predicate/v1"

func statement(subject digest.Digest) string {
	return `{"_type":"https://in-toto.io/Statement/v1","predicateType":"` + predicate + `","subject":[{"name":"x","digest":{"sha256":"` +
		subject.Encoded() + `"}}],"predicate":{}}`
}

func TestOpenReadsPlatformsAndAttestations(t *testing.T) {
	l := newLayout(t)
	layer := l.blob(ocispecs.MediaTypeImageLayer, archive(t, entry{"model/model.onnx", "weights"}))
	amd, arm := l.manifest("amd64", layer), l.manifest("arm64", layer)
	about := l.attestations(arm.Digest, map[string]string{predicate: statement(arm.Digest)})
	index := l.index(amd, arm, about)

	img, err := Open(t.Context(), l.name())
	require.NoError(t, err)
	assert.Equal(t, index.Digest, img.Descriptor.Digest)
	require.Len(t, img.Manifests, 2)
	assert.Equal(t, "linux/amd64", img.Manifests[0].Platform)
	assert.Empty(t, img.Manifests[0].Attestations)
	assert.Equal(t, "linux/arm64", img.Manifests[1].Platform)
	require.Len(t, img.Manifests[1].Attestations, 1)

	a := img.Manifests[1].Attestations[0]
	s, err := a.Statement(t.Context())
	require.NoError(t, err)
	assert.Equal(t, predicate, s.PredicateType)
	assert.True(t, a.About(s))
	s.Subject[0].Digest["sha256"] = amd.Digest.Encoded()
	assert.False(t, a.About(s), "a statement about another manifest")
}

func TestOpenPicksByTagAndDigest(t *testing.T) {
	l := newLayout(t)
	one, two := l.manifest("amd64"), l.manifest("arm64")
	one.Annotations = map[string]string{ocispecs.AnnotationRefName: "one"}
	two.Annotations = map[string]string{ocispecs.AnnotationRefName: "two"}
	l.root(one, two)
	for _, name := range []string{l.name() + ":two", l.name() + "@" + two.Digest.String()} {
		img, err := Open(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, two.Digest, img.Descriptor.Digest)
	}
	_, err := Open(t.Context(), l.name())
	require.ErrorContains(t, err, "it holds 2 images")
	_, err = Open(t.Context(), l.name()+":three")
	require.ErrorContains(t, err, "no image three")
}

func TestOpenRefusesWhatIsNoImage(t *testing.T) {
	l := newLayout(t)
	l.root(l.blob("application/octet-stream", []byte("x")))
	_, err := Open(t.Context(), l.name())
	require.ErrorIs(t, err, errNotImage)

	l = newLayout(t)
	l.index()
	_, err = Open(t.Context(), l.name())
	require.ErrorIs(t, err, errNotImage)
}

func TestChangedBlobIsFound(t *testing.T) {
	build := func(t *testing.T) (l *layout, manifest, config, layer, statementBlob ocispecs.Descriptor) {
		l = newLayout(t)
		layer = l.blob(ocispecs.MediaTypeImageLayerGzip, gzipped(t, archive(t, entry{"model/a", "aaaa"})))
		manifest = l.manifest("amd64", layer)
		config = l.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}})
		l.index(manifest, l.attestations(manifest.Digest, map[string]string{predicate: statement(manifest.Digest)}))
		return l, manifest, config, layer, l.blob("", []byte(statement(manifest.Digest)))
	}
	tests := []struct {
		name   string
		change func(m, c, layer, s ocispecs.Descriptor) ocispecs.Descriptor
	}{
		{"manifest", func(m, _, _, _ ocispecs.Descriptor) ocispecs.Descriptor { return m }},
		{"config", func(_, c, _, _ ocispecs.Descriptor) ocispecs.Descriptor { return c }},
		{"layer", func(_, _, l, _ ocispecs.Descriptor) ocispecs.Descriptor { return l }},
		{"statement", func(_, _, _, s ocispecs.Descriptor) ocispecs.Descriptor { return s }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, m, c, layer, s := build(t)
			require.NoError(t, readAll(t, l.name()), "before the change")
			path := l.path(tt.change(m, c, layer, s).Digest)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			text[len(text)-1] ^= 1
			require.NoError(t, os.WriteFile(path, text, 0o644))
			require.Error(t, readAll(t, l.name()))
		})
	}
}

// readAll reads everything that an image has.
func readAll(t *testing.T, name string) error {
	t.Helper()
	img, err := Open(t.Context(), name)
	if err != nil {
		return err
	}
	for _, m := range img.Manifests {
		if err := m.Walk(t.Context(), func(_ File, r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }); err != nil {
			return err
		}
		for _, a := range m.Attestations {
			if _, err := a.Statement(t.Context()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestTrailingBytesAfterALayerAreFound(t *testing.T) {
	l := newLayout(t)
	layer := l.blob(ocispecs.MediaTypeImageLayer, archive(t, entry{"a", "a"}))
	l.index(l.manifest("amd64", layer))
	f, err := os.OpenFile(l.path(layer.Digest), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.Write([]byte("more"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Error(t, readAll(t, l.name()))
}

func TestHostileSizesAreRefusedBeforeReading(t *testing.T) {
	var limit *LimitError

	l := newLayout(t)
	m := l.manifest("amd64")
	m.Size = maxManifest + 1
	l.index(m)
	_, err := Open(t.Context(), l.name())
	require.ErrorAs(t, err, &limit)

	l = newLayout(t)
	m = l.manifest("amd64")
	m.Size = -1
	l.index(m)
	_, err = Open(t.Context(), l.name())
	require.ErrorAs(t, err, &limit)

	l = newLayout(t)
	m = l.manifest("amd64")
	many := make([]ocispecs.Descriptor, maxPlatforms+1)
	for i := range many {
		many[i] = m
	}
	l.index(many...)
	_, err = Open(t.Context(), l.name())
	require.ErrorAs(t, err, &limit)
}

func TestLargeFileIsNotReadIntoMemory(t *testing.T) {
	l := newLayout(t)
	var zeros bytes.Buffer
	zeros.Write(make([]byte, MaxFile+1))
	l.index(l.manifest("amd64", l.blob(ocispecs.MediaTypeImageLayerGzip, gzipped(t, archive(t, entry{"model/a", zeros.String()})))))
	img, err := Open(t.Context(), l.name())
	require.NoError(t, err)
	_, err = img.Manifests[0].ReadFiles(t.Context(), "/model/a")
	var limit *LimitError
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, int64(MaxFile+1), limit.Size)
}

func TestLimitedReaderFailsAtItsLimit(t *testing.T) {
	text, err := io.ReadAll(&limitedReader{r: strings.NewReader("12345"), left: 3})
	var limit *LimitError
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, "123", string(text))
}

func TestAttestationAnnouncedAsAnotherTypeIsRefused(t *testing.T) {
	l := newLayout(t)
	m := l.manifest("amd64")
	l.index(m, l.attestations(m.Digest, map[string]string{"https://slsa.dev/provenance/v1": statement(m.Digest)}))
	require.ErrorContains(t, readAll(t, l.name()), "announced as")
}

func TestAttestationAboutNothingIsRefused(t *testing.T) {
	l := newLayout(t)
	l.index(l.manifest("amd64"), l.attestations(digest.FromString("other"), map[string]string{predicate: statement(digest.FromString("other"))}))
	_, err := Open(t.Context(), l.name())
	require.ErrorContains(t, err, "which the index does not list")
}

func TestLayersAreReadAsTheyLieOnEachOther(t *testing.T) {
	l := newLayout(t)
	lower := archive(t, entry{"a/", ""}, entry{"a/one", "1"}, entry{"a/two", "2"}, entry{"b/x", "x"}, entry{"b/y", "y"}, entry{"file", "f"}, entry{"kept", "k"})
	middle := archive(t, entry{"a/.wh.two", ""}, entry{"b/.wh..wh..opq", ""}, entry{"b/z", "z"}, entry{"file/", ""}, entry{"file/in", "i"})
	upper := archive(t, entry{"./a/one", "changed"}, entry{"../../etc/out", "o"})
	l.index(l.manifest("amd64",
		l.blob(ocispecs.MediaTypeImageLayer, lower),
		l.blob(ocispecs.MediaTypeImageLayerGzip, gzipped(t, middle)),
		l.blob(ocispecs.MediaTypeImageLayerZstd, zstandard(t, upper))))
	img, err := Open(t.Context(), l.name())
	require.NoError(t, err)
	got := map[string]string{}
	require.NoError(t, img.Manifests[0].Walk(t.Context(), func(f File, r io.Reader) error {
		text, err := io.ReadAll(r)
		got[f.Path] = string(text)
		return err
	}))
	assert.Equal(t, map[string]string{"/a/one": "changed", "/b/z": "z", "/file/in": "i", "/kept": "k", "/etc/out": "o"}, got)
}

func TestReadFilesLeavesOutWhatIsAbsent(t *testing.T) {
	l := newLayout(t)
	l.index(l.manifest("amd64", l.blob(ocispecs.MediaTypeImageLayer, archive(t, entry{"model/a", "A"}))))
	img, err := Open(t.Context(), l.name())
	require.NoError(t, err)
	got, err := img.Manifests[0].ReadFiles(t.Context(), "model/a", "/model/b")
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"/model/a": []byte("A")}, got)
}

func TestWalkReportsTheVisitorsError(t *testing.T) {
	l := newLayout(t)
	l.index(l.manifest("amd64", l.blob(ocispecs.MediaTypeImageLayer, archive(t, entry{"a", "A"}))))
	img, err := Open(t.Context(), l.name())
	require.NoError(t, err)
	stop := errors.New("stop")
	require.ErrorIs(t, img.Manifests[0].Walk(t.Context(), func(File, io.Reader) error { return stop }), stop)
}

func TestParseReference(t *testing.T) {
	tests := []struct{ name, want string }{
		{"alpine", "docker.io/library/alpine"},
		{"org/modelbuild:1", "docker.io/org/modelbuild:1"},
		{"localhost:5000/a/b:c", "localhost:5000/a/b:c"},
		{"registry.example/a@" + digest.FromString("").String(), "registry.example/a@" + digest.FromString("").String()},
		{"localhost/a", "localhost/a"},
	}
	for _, tt := range tests {
		ref, err := ParseReference(tt.name)
		require.NoError(t, err)
		assert.Equal(t, tt.want, ref.String())
	}
	_, err := ParseReference("Not A Reference")
	require.ErrorContains(t, err, `read image reference "Not A Reference"`)
}

func TestLoopbackRegistriesSpeakPlainHTTP(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost:5000": true, "127.0.0.1:1": true, "127.9.9.9": true, "[::1]:5000": true,
		"registry.example": false, "10.0.0.1:5000": false, "localhost.example": false,
	} {
		assert.Equal(t, want, isLoopback(host), host)
	}
}
