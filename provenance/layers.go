package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/in-toto/in-toto-golang/in_toto"
)

// PredicateLayers is the type of [Layers].
const PredicateLayers = "https://github.com/modelbuild/modelbuild/layers/v1"

// LayersVersion is the version of the predicate that is written.
const LayersVersion = 1

// Layers is the predicate that says where the files of an image lie in its layers: what a build
// cannot know of itself, since layers are made when it is exported. The subject is the image's manifest.
// With it a file is verified by reading its own bytes, from a layer that is not packed, or one layer.
type Layers struct {
	// Version is [LayersVersion].
	Version int `json:"version"`
	// Platform is that of the image, in OCI notation.
	Platform string  `json:"platform"`
	Layers   []Layer `json:"layers"`
	// Files are sorted by path.
	Files []LayerFile `json:"files"`
}

// Layer is a layer of the manifest, in its order.
type Layer struct {
	MediaType string    `json:"mediaType"`
	Digest    DigestSet `json:"digest"`
	// DiffID is the digest of the archive, without compression.
	DiffID DigestSet `json:"diffID"`
	// Size is in bytes, as the layer is stored.
	Size int64 `json:"size"`
}

// LayerFile is a file as the layers leave it.
type LayerFile struct {
	// Path is absolute, as in /model/model.onnx.
	Path   string    `json:"path"`
	Digest DigestSet `json:"digest"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// Layer is an index of Layers; Offset that of the first byte of the file in the layer's archive.
	Layer  int   `json:"layer"`
	Offset int64 `json:"offset"`
}

// LayersStatement is an in-toto statement with the predicate [Layers].
type LayersStatement struct {
	in_toto.StatementHeader
	Predicate Layers `json:"predicate"`
}

// NewLayers returns the statement about the image with that name and manifest, "sha256:" and hex.
func NewLayers(image, manifest string, l Layers) (*LayersStatement, error) {
	set, err := parseDigest(manifest)
	if err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	l.Version = LayersVersion
	l.Files = slices.Clone(l.Files)
	slices.SortFunc(l.Files, func(a, b LayerFile) int { return strings.Compare(a.Path, b.Path) })
	subjects := []Subject{{Name: image, Digest: set}}
	if err := errors.Join(validateSubjects(subjects), l.validate()); err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	return &LayersStatement{
		StatementHeader: in_toto.StatementHeader{Type: StatementType, PredicateType: PredicateLayers, Subject: subjects}, //nolint:staticcheck // the form BuildKit writes too
		Predicate:       l,
	}, nil
}

// Marshal returns the canonical JSON of the statement, as [Statement.Marshal] does.
func (s *LayersStatement) Marshal() ([]byte, error) { return canonical(s) }

// File finds a file by its path.
func (l *Layers) File(path string) (LayerFile, bool) {
	i, ok := slices.BinarySearchFunc(l.Files, path, func(f LayerFile, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return LayerFile{}, false
	}
	return l.Files[i], true
}

// Layers decodes a layers predicate. Its format is this package's own: unknown fields are refused.
func (r *Raw) Layers() (*Layers, error) {
	if r.PredicateType != PredicateLayers {
		return nil, &MismatchError{Want: PredicateLayers, Got: r.PredicateType}
	}
	dec := json.NewDecoder(bytes.NewReader(r.Predicate))
	dec.DisallowUnknownFields()
	var l Layers
	if err := dec.Decode(&l); err != nil {
		return nil, fmt.Errorf("parse layers: %w", err)
	}
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("parse layers: %w", err)
	}
	return &l, nil
}

func (l *Layers) validate() error {
	if l.Version != LayersVersion {
		return fmt.Errorf("version %d is not supported, want %d", l.Version, LayersVersion)
	}
	for i, layer := range l.Layers {
		if layer.Digest["sha256"] == "" || layer.DiffID["sha256"] == "" || layer.Size < 0 {
			return fmt.Errorf("layer %d has no digest, no diffID or no size", i)
		}
		if err := errors.Join(validateDigests(layer.Digest), validateDigests(layer.DiffID)); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
	}
	for i, f := range l.Files {
		switch {
		case !strings.HasPrefix(f.Path, "/") || f.Digest["sha256"] == "":
			return fmt.Errorf("file %q has no absolute path or no sha256", f.Path)
		case i > 0 && l.Files[i-1].Path >= f.Path:
			return fmt.Errorf("file %q occurs twice, or is out of order", f.Path)
		case f.Layer < 0 || f.Layer >= len(l.Layers):
			return fmt.Errorf("file %q is in layer %d of %d", f.Path, f.Layer, len(l.Layers))
		case f.Offset < 0 || f.Size < 0 || f.Offset+f.Size < f.Offset:
			return fmt.Errorf("file %q has offset %d and size %d", f.Path, f.Offset, f.Size)
		}
		if err := validateDigests(f.Digest); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
	}
	return nil
}
