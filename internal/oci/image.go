package oci

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types of Docker's own, which some exporters still write.
const (
	dockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

// Annotations by which BuildKit ties an attestation manifest to the image manifest that it is about.
const (
	annotationReferenceType   = "vnd.docker.reference.type"
	annotationReferenceDigest = "vnd.docker.reference.digest"
	attestationManifest       = "attestation-manifest"
)

// maxPlatforms bounds the manifests that an index lists.
const maxPlatforms = 256

// Image is an image by name: one manifest per platform.
type Image struct {
	Name       string
	Descriptor ocispecs.Descriptor // what the name points at: an index, or a single manifest
	Manifests  []*Manifest         // in the order of the index
	// Attestations are the attestation manifests that the index lists.
	Attestations []ocispecs.Descriptor

	source source
	layout string // the folder of the OCI layout, where it is in one
}

// Targets are what a signature of the image signs: the index, its image manifests and its attestation manifests, as far
// as there are such.
func (img *Image) Targets() []*Target {
	created := img.Manifests[0].Target().Created
	var out []*Target
	if len(img.Manifests) != 1 || img.Manifests[0].Descriptor.Digest != img.Descriptor.Digest {
		out = append(out, &Target{img.Descriptor, created, img.source, img.layout})
	}
	for _, m := range img.Manifests {
		out = append(out, m.Target())
	}
	for _, d := range img.Attestations {
		out = append(out, &Target{d, created, img.source, img.layout})
	}
	return out
}

// Manifest is the image for one platform.
type Manifest struct {
	Platform     string // os/arch or os/arch/variant, from the config
	Descriptor   ocispecs.Descriptor
	Manifest     ocispecs.Manifest
	Config       ocispecs.Image
	Attestations []*Attestation // in the order of the attestation manifest

	source source
	layout string // the folder of the OCI layout, where it is in one
}

// Open reads an image's structure: its index, manifests, configs, and the list of its attestations. Layers and
// statements are read when asked for. The name is a registry reference or oci-layout://DIR.
func Open(ctx context.Context, name string) (*Image, error) {
	s, desc, err := resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	img := &Image{Name: name, Descriptor: desc, source: s}
	switch desc.MediaType {
	case ocispecs.MediaTypeImageIndex, dockerList:
		err = img.readIndex(ctx, s, desc)
	case ocispecs.MediaTypeImageManifest, dockerManifest:
		err = img.readManifest(ctx, s, desc)
	default:
		err = fmt.Errorf("%w: its media type is %q", errNotImage, desc.MediaType)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if rest, ok := strings.CutPrefix(name, LayoutScheme); ok {
		img.layout, _ = splitLayout(rest)
		for _, m := range img.Manifests {
			m.layout = img.layout
		}
	}
	return img, nil
}

func (img *Image) readIndex(ctx context.Context, s source, desc ocispecs.Descriptor) error {
	var index ocispecs.Index
	if err := fetchJSON(ctx, s, desc, &index); err != nil {
		return err
	}
	if n := len(index.Manifests); n > maxPlatforms {
		return &LimitError{What: "the index's list of manifests", Size: int64(n), Limit: maxPlatforms}
	}
	for _, m := range index.Manifests {
		if m.Annotations[annotationReferenceType] == attestationManifest {
			continue
		}
		if err := img.readManifest(ctx, s, m); err != nil {
			return err
		}
	}
	if len(img.Manifests) == 0 {
		return fmt.Errorf("%w: the index lists no image manifest", errNotImage)
	}
	for _, m := range index.Manifests {
		if m.Annotations[annotationReferenceType] != attestationManifest {
			continue
		}
		if err := img.readAttestations(ctx, s, m); err != nil {
			return err
		}
	}
	return nil
}

func (img *Image) readManifest(ctx context.Context, s source, desc ocispecs.Descriptor) error {
	m := &Manifest{Descriptor: desc, source: s}
	if err := fetchJSON(ctx, s, desc, &m.Manifest); err != nil {
		return err
	}
	if err := fetchJSON(ctx, s, m.Manifest.Config, &m.Config); err != nil {
		return fmt.Errorf("read image config: %w", err)
	}
	m.Platform = m.Config.OS + "/" + m.Config.Architecture
	if m.Config.Variant != "" {
		m.Platform += "/" + m.Config.Variant
	}
	img.Manifests = append(img.Manifests, m)
	return nil
}

// readAttestations lists the statements of an attestation manifest with the image manifest that they are about.
func (img *Image) readAttestations(ctx context.Context, s source, desc ocispecs.Descriptor) error {
	about := desc.Annotations[annotationReferenceDigest]
	for _, m := range img.Manifests {
		if m.Descriptor.Digest.String() != about {
			continue
		}
		var manifest ocispecs.Manifest
		if err := fetchJSON(ctx, s, desc, &manifest); err != nil {
			return fmt.Errorf("read attestations: %w", err)
		}
		var config json.RawMessage // of no use but that it is there
		if err := fetchJSON(ctx, s, manifest.Config, &config); err != nil {
			return fmt.Errorf("read attestations: %w", err)
		}
		img.Attestations = append(img.Attestations, desc)
		for _, layer := range manifest.Layers {
			m.Attestations = append(m.Attestations, &Attestation{Descriptor: layer, manifest: m})
		}
		return nil
	}
	return fmt.Errorf("read attestations: %s is about %q, which the index does not list", desc.Digest, about)
}
