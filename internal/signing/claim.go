package signing

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/trust"
)

// Claim is a statement that is signed, with what its bundle is attached to: an image for one platform alone has it at the index
// too, because that is where a tag leads a verifier. An index for several platforms is no subject of what was said of
// one of them.
type Claim struct {
	Platform  string // empty for an index and for an attestation manifest
	Targets   []*oci.Target
	Statement *trust.Statement
}

// At reports whether the claim's bundle belongs at the manifest or index with the digest.
func (c *Claim) At(digest string) bool {
	for _, t := range c.Targets {
		if t.Descriptor.Digest.String() == digest {
			return true
		}
	}
	return false
}

// Claims are what is signed of an image, in the order of its index.
func Claims(ctx context.Context, img *oci.Image) ([]Claim, error) {
	platforms := map[string]string{}
	for _, m := range img.Manifests {
		platforms[m.Descriptor.Digest.String()] = m.Platform
	}
	var out []Claim
	for _, t := range img.Targets() {
		digest := t.Descriptor.Digest.String()
		out = append(out, Claim{platforms[digest], []*oci.Target{t}, trust.ImageStatement(digest)})
	}
	for _, m := range img.Manifests {
		claims, err := statements(ctx, img, m)
		if err != nil {
			return nil, err
		}
		out = append(out, claims...)
	}
	return out, nil
}

// statements are those beside the image of a platform, in its attestation manifest and attached to it.
func statements(ctx context.Context, img *oci.Image, m *oci.Manifest) ([]Claim, error) {
	targets := []*oci.Target{m.Target()}
	if all := img.Targets(); len(img.Manifests) == 1 && all[0].Descriptor.Digest != m.Descriptor.Digest {
		targets = append(targets, all[0])
	}
	var texts [][]byte
	for _, a := range m.Attestations {
		s, err := a.Statement(ctx)
		if err != nil {
			return nil, err
		}
		texts = append(texts, s.Raw)
	}
	attached, err := m.Attached(ctx, "")
	if err != nil {
		return nil, err
	}
	own := len(texts)
	for _, s := range attached {
		texts = append(texts, s.Raw)
	}
	var out []Claim
	for i, text := range texts {
		s, err := trust.ParseStatement(text)
		if err != nil {
			return nil, fmt.Errorf("read statement about %s: %w", m.Descriptor.Digest, err)
		}
		if i >= own && !s.About(m.Descriptor.Digest.String()) {
			continue // what was attached by others may be about anything
		}
		digests := make([]string, len(targets))
		for j, t := range targets {
			digests[j] = t.Descriptor.Digest.String()
		}
		out = append(out, Claim{m.Platform, targets, s.For(digests...)})
	}
	return out, nil
}
