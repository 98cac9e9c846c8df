// Package layers says where the files of an image lie in its layers, and verifies files by that, without reading the image.
package layers

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// maxFiles bounds the files of an image that are told.
const maxFiles = 1 << 20

// Read reads an image's layers, all of them, and says where its files are.
func Read(ctx context.Context, m *oci.Manifest) (provenance.Layers, error) {
	out := provenance.Layers{Platform: m.Platform, Layers: []provenance.Layer{}, Files: []provenance.LayerFile{}}
	ids := m.Config.RootFS.DiffIDs
	if len(ids) != len(m.Manifest.Layers) {
		return out, fmt.Errorf("the image has %d layers, and its configuration tells of %d", len(m.Manifest.Layers), len(ids))
	}
	for i, l := range m.Manifest.Layers {
		out.Layers = append(out.Layers, provenance.Layer{MediaType: l.MediaType, Digest: set(l.Digest), DiffID: set(ids[i]), Size: l.Size})
	}
	err := m.WalkEntries(ctx, func(e oci.Entry, r io.Reader) error {
		if e.Header.Typeflag != tar.TypeReg {
			return nil
		}
		if len(out.Files) == maxFiles {
			return &oci.LimitError{What: "the list of files", Size: -1, Limit: maxFiles}
		}
		sum, err := sum(r)
		out.Files = append(out.Files, provenance.LayerFile{Path: e.Path, Digest: provenance.DigestSet{"sha256": sum}, Size: e.Header.Size, Layer: e.Layer, Offset: e.Offset})
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read layers: %w", err)
	}
	return out, nil
}

func set(d digest.Digest) provenance.DigestSet {
	return provenance.DigestSet{d.Algorithm().String(): d.Encoded()}
}

func sum(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Statement is the statement about the image of that name, as canonical JSON.
func Statement(ctx context.Context, name string, m *oci.Manifest) ([]byte, error) {
	l, err := Read(ctx, m)
	if err != nil {
		return nil, err
	}
	st, err := provenance.NewLayers(name, m.Descriptor.Digest.String(), l)
	if err != nil {
		return nil, err
	}
	return st.Marshal()
}

// Parse reads a statement that has to be about the manifest and to name the manifest's own layers.
func Parse(statement []byte, m *oci.Manifest) (*provenance.Layers, error) {
	raw, err := provenance.Parse(statement)
	if err != nil {
		return nil, err
	}
	l, err := raw.Layers()
	if err != nil {
		return nil, err
	}
	about := false
	for _, s := range raw.Subject {
		about = about || s.Digest[m.Descriptor.Digest.Algorithm().String()] == m.Descriptor.Digest.Encoded()
	}
	if !about {
		return nil, fmt.Errorf("the statement is not about %s", m.Descriptor.Digest)
	}
	if len(l.Layers) != len(m.Manifest.Layers) || len(l.Layers) != len(m.Config.RootFS.DiffIDs) {
		return nil, fmt.Errorf("the statement tells of %d layers, and the image has %d", len(l.Layers), len(m.Manifest.Layers))
	}
	for i, layer := range l.Layers {
		want, id := m.Manifest.Layers[i].Digest, m.Config.RootFS.DiffIDs[i]
		if layer.Digest[want.Algorithm().String()] != want.Encoded() || layer.DiffID[id.Algorithm().String()] != id.Encoded() {
			return nil, fmt.Errorf("the statement's layer %d is not that of the image", i)
		}
	}
	return l, nil
}

// Checked is a file that was read and found as the statement has it.
type Checked struct {
	provenance.LayerFile
	// Ranged says that nothing but the file was read; else what lies before it in its layer was unpacked too.
	Ranged bool
}

// MismatchError says that a file is not what the statement has.
type MismatchError struct{ Path, Want, Got string }

// Error gives both digests.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s has sha256 %s, the statement says %s", e.Path, e.Got, e.Want)
}

// Check reads files where the statement has them and compares their digests. It vouches for what is there as far as
// the statement is to be trusted: that a layer above does not hide a file, only [Read] sees.
func Check(ctx context.Context, m *oci.Manifest, l *provenance.Layers, paths ...string) ([]Checked, error) {
	var out []Checked
	for _, path := range paths {
		f, ok := l.File(path)
		if !ok {
			return nil, fmt.Errorf("the statement does not have %s", path)
		}
		var got string
		ranged, err := m.ReadRange(ctx, oci.Entry{Path: f.Path, Header: &tar.Header{Size: f.Size}, Layer: f.Layer, Offset: f.Offset}, func(r io.Reader) (err error) {
			got, err = sum(r)
			return err
		})
		if err != nil {
			return nil, err
		}
		if got != f.Digest["sha256"] {
			return nil, &MismatchError{Path: f.Path, Want: f.Digest["sha256"], Got: got}
		}
		out = append(out, Checked{f, ranged})
	}
	return out, nil
}
