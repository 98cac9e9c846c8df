package oci

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Title is a blob of an artifact with the name that the artifact gives it.
type Title struct {
	Name   string
	Digest digest.Digest
}

// Titles lists the blobs of an artifact that have a title, in the order of its manifest.
// An index has none.
func Titles(ctx context.Context, name string) ([]Title, error) {
	s, desc, err := resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	var m ocispecs.Manifest
	if err := fetchJSON(ctx, s, desc, &m); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var out []Title
	for _, l := range m.Layers {
		if title := l.Annotations[ocispecs.AnnotationTitle]; title != "" {
			out = append(out, Title{title, l.Digest})
		}
	}
	return out, nil
}
