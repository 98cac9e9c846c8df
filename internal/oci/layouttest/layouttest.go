// Package layouttest makes and changes OCI layouts in tests.
package layouttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
)

// File reads a file of the image in a layout.
func File(t testing.TB, name, file string) []byte {
	t.Helper()
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	files, err := img.Manifests[0].ReadFiles(t.Context(), file)
	require.NoError(t, err)
	require.Contains(t, files, file)
	return files[file]
}

// Replace puts other bytes in the place of a file in the first image of a layout, and mends every digest on the way to
// the index. The layer is packed anew. Attestations stay with the image that was there.
func Replace(t testing.TB, name, file string, data []byte) {
	t.Helper()
	l := layout{t, strings.TrimPrefix(name, oci.LayoutScheme)}
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	m := img.Manifests[0]
	manifest, config := m.Manifest, m.Config
	replaced := false
	for i, desc := range manifest.Layers {
		text, found := replaceIn(t, l.read(desc.Digest), file, data)
		if !found {
			continue
		}
		replaced = true
		config.RootFS.DiffIDs[i] = digest.FromBytes(text)
		manifest.Layers[i].Digest, manifest.Layers[i].Size = l.write(pack(t, text, gzip.BestSpeed))
	}
	require.True(t, replaced, file)
	manifest.Config.Digest, manifest.Config.Size = l.json(config)
	desc := m.Descriptor
	desc.Digest, desc.Size = l.json(manifest)
	if img.Descriptor.Digest == m.Descriptor.Digest {
		l.index(desc)
		return
	}
	var index ocispecs.Index
	require.NoError(t, json.Unmarshal(l.read(img.Descriptor.Digest), &index))
	for i, d := range index.Manifests {
		if d.Digest == m.Descriptor.Digest {
			index.Manifests[i] = desc
		}
		if d.Annotations["vnd.docker.reference.digest"] == m.Descriptor.Digest.String() {
			index.Manifests[i].Annotations["vnd.docker.reference.digest"] = desc.Digest.String()
		}
	}
	top := img.Descriptor
	top.Digest, top.Size = l.json(index)
	l.index(top)
}

// Edit changes the manifest and the configuration of the first image of a layout, and mends the digests above. The index
// is left out, with the attestations that it ties to the image.
func Edit(t testing.TB, name string, change func(*ocispecs.Manifest, *ocispecs.Image)) {
	t.Helper()
	l := layout{t, strings.TrimPrefix(name, oci.LayoutScheme)}
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	m := img.Manifests[0]
	change(&m.Manifest, &m.Config)
	m.Manifest.Config.Digest, m.Manifest.Config.Size = l.json(m.Config)
	m.Descriptor.Digest, m.Descriptor.Size = l.json(m.Manifest)
	l.index(m.Descriptor)
}

// Flip changes one bit in the middle of a blob of a layout.
func Flip(t testing.TB, name string, d digest.Digest) {
	t.Helper()
	l := layout{t, strings.TrimPrefix(name, oci.LayoutScheme)}
	text := l.read(d)
	text[len(text)/2] ^= 1
	require.NoError(t, os.WriteFile(l.path(d), text, 0o644))
}

// Copy is a copy of a layout.
func Copy(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(strings.TrimPrefix(name, oci.LayoutScheme))))
	return oci.LayoutScheme + dir
}

// Entry is a file of an image that Write makes, or a folder where it has no name of a file.
type Entry struct {
	Header tar.Header
	Data   string
}

// Write makes a layout of an image with one layer, and returns its name.
func Write(t testing.TB, config ocispecs.Image, entries ...Entry) string {
	t.Helper()
	l := layout{t, t.TempDir()}
	require.NoError(t, os.MkdirAll(filepath.Join(l.dir, "blobs", "sha256"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(l.dir, ocispecs.ImageLayoutFile), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		e.Header.Size = int64(len(e.Data))
		require.NoError(t, w.WriteHeader(&e.Header))
		_, err := io.WriteString(w, e.Data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	config.OS, config.Architecture = "linux", "amd64"
	config.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(b.Bytes())}}
	manifest := ocispecs.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageManifest,
		Config: ocispecs.Descriptor{MediaType: ocispecs.MediaTypeImageConfig}, Layers: []ocispecs.Descriptor{{MediaType: ocispecs.MediaTypeImageLayerGzip}}}
	manifest.Config.Digest, manifest.Config.Size = l.json(config)
	manifest.Layers[0].Digest, manifest.Layers[0].Size = l.write(pack(t, b.Bytes(), gzip.BestCompression))
	top := ocispecs.Descriptor{MediaType: ocispecs.MediaTypeImageManifest}
	top.Digest, top.Size = l.json(manifest)
	l.index(top)
	return oci.LayoutScheme + l.dir
}

type layout struct {
	t   testing.TB
	dir string
}

func (l layout) path(d digest.Digest) string {
	return filepath.Join(l.dir, "blobs", d.Algorithm().String(), d.Encoded())
}

func (l layout) read(d digest.Digest) []byte {
	l.t.Helper()
	text, err := os.ReadFile(l.path(d))
	require.NoError(l.t, err)
	return text
}

func (l layout) write(text []byte) (digest.Digest, int64) {
	l.t.Helper()
	d := digest.FromBytes(text)
	require.NoError(l.t, os.WriteFile(l.path(d), text, 0o644))
	return d, int64(len(text))
}

func (l layout) json(v any) (digest.Digest, int64) {
	l.t.Helper()
	text, err := json.Marshal(v)
	require.NoError(l.t, err)
	return l.write(text)
}

func (l layout) index(top ocispecs.Descriptor) {
	l.t.Helper()
	text, err := json.Marshal(ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []ocispecs.Descriptor{top}})
	require.NoError(l.t, err)
	require.NoError(l.t, os.WriteFile(filepath.Join(l.dir, ocispecs.ImageIndexFile), text, 0o644))
}

// replaceIn rewrites a layer that is packed with gzip; the result is not packed.
func replaceIn(t testing.TB, layer []byte, file string, data []byte) (text []byte, found bool) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(layer))
	require.NoError(t, err)
	var b bytes.Buffer
	r, w := tar.NewReader(z), tar.NewWriter(&b)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		if path.Clean("/"+h.Name) == file {
			content, h.Size, found = data, int64(len(data)), true
		}
		require.NoError(t, w.WriteHeader(h))
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes(), found
}

func pack(t testing.TB, text []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	require.NoError(t, err)
	_, err = z.Write(text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}
