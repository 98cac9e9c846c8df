package oci

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

// layout is an OCI layout that a test writes by hand.
type layout struct {
	t   *testing.T
	dir string
}

func newLayout(t *testing.T) *layout {
	t.Helper()
	l := &layout{t: t, dir: t.TempDir()}
	require.NoError(t, os.MkdirAll(filepath.Join(l.dir, "blobs", "sha256"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(l.dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644))
	return l
}

func (l *layout) name() string { return LayoutScheme + l.dir }

// blob writes a blob and describes it.
func (l *layout) blob(mediaType string, text []byte) ocispecs.Descriptor {
	l.t.Helper()
	d := digest.FromBytes(text)
	require.NoError(l.t, os.WriteFile(l.path(d), text, 0o644))
	return ocispecs.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(text))}
}

func (l *layout) path(d digest.Digest) string {
	return filepath.Join(l.dir, "blobs", "sha256", d.Encoded())
}

func (l *layout) json(mediaType string, v any) ocispecs.Descriptor {
	l.t.Helper()
	text, err := json.Marshal(v)
	require.NoError(l.t, err)
	return l.blob(mediaType, text)
}

// manifest writes an image manifest for a platform.
func (l *layout) manifest(arch string, layers ...ocispecs.Descriptor) ocispecs.Descriptor {
	l.t.Helper()
	config := l.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: arch}})
	return l.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageManifest, Config: config, Layers: layers,
	})
}

// attestations writes an attestation manifest about an image manifest, one layer a statement.
func (l *layout) attestations(about digest.Digest, statements map[string]string) ocispecs.Descriptor {
	l.t.Helper()
	var layers []ocispecs.Descriptor
	for predicate, text := range statements {
		layer := l.blob("application/vnd.in-toto+json", []byte(text))
		layer.Annotations = map[string]string{annotationPredicateType: predicate}
		layers = append(layers, layer)
	}
	desc := l.manifest("unknown", layers...)
	desc.Annotations = map[string]string{annotationReferenceType: attestationManifest, annotationReferenceDigest: about.String()}
	return desc
}

// root writes index.json with what the layout's names point at.
func (l *layout) root(descs ...ocispecs.Descriptor) {
	l.t.Helper()
	text, err := json.Marshal(ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: descs})
	require.NoError(l.t, err)
	require.NoError(l.t, os.WriteFile(filepath.Join(l.dir, "index.json"), text, 0o644))
}

// index writes an image index and makes it the layout's only image.
func (l *layout) index(manifests ...ocispecs.Descriptor) ocispecs.Descriptor {
	l.t.Helper()
	desc := l.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageIndex, Manifests: manifests,
	})
	l.root(desc)
	return desc
}

// entry is a file, or with a trailing slash in its name a folder.
type entry struct{ name, text string }

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Typeflag: tar.TypeReg}
		if e.name[len(e.name)-1] == '/' {
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := w.Write([]byte(e.text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zstandard(t *testing.T, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(text, nil)
}
