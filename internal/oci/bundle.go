package oci

import (
	"context"
	"fmt"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modelbuild/modelbuild/trust"
)

// Annotations that cosign gives a bundle.
const (
	annotationBundleContent   = "dev.sigstore.bundle.content"
	annotationBundlePredicate = "dev.sigstore.bundle.predicateType"
	contentDSSE               = "dsse-envelope"
)

// bundleTypes begin the media types of Sigstore bundles of all versions.
const bundleTypes = "application/vnd.dev.sigstore.bundle"

// Bundle is a Sigstore bundle that is attached to a manifest or an index.
type Bundle struct {
	Digest        string // of the bundle's text
	PredicateType string // as it is announced
	Text          []byte
}

// AttachBundle attaches a bundle as cosign does. The same bundle gives the same artifact.
func (t *Target) AttachBundle(ctx context.Context, predicateType string, bundle []byte) (ocispecs.Descriptor, error) {
	notes := map[string]string{annotationBundleContent: contentDSSE, annotationBundlePredicate: predicateType}
	desc, err := t.attach(ctx, attachment{trust.MediaTypeBundle, bundle, nil, notes})
	if err != nil {
		return desc, fmt.Errorf("attach signature to %s: %w", t.Descriptor.Digest, err)
	}
	return desc, nil
}

// Bundles are the Sigstore bundles that were attached, in the order of the digests of their artifacts.
func (t *Target) Bundles(ctx context.Context) ([]Bundle, error) {
	found, err := t.artifacts(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []Bundle
	for _, artifact := range found {
		for _, layer := range artifact.Layers {
			if !strings.HasPrefix(layer.MediaType, bundleTypes) {
				continue
			}
			text, err := fetch(ctx, t.source, layer, maxBundle)
			if err != nil {
				return nil, fmt.Errorf("read signature of %s: %w", t.Descriptor.Digest, err)
			}
			out = append(out, Bundle{layer.Digest.String(), artifact.Annotations[annotationBundlePredicate], text})
		}
	}
	return out, nil
}

// maxBundle is the largest bundle that is read, in bytes: a statement in base64, and some.
const maxBundle = maxStatement/3*4 + 1<<20
