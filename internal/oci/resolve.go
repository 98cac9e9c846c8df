package oci

import (
	"context"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Resolve finds what a name points at, an index or a single manifest, without reading it. The name is a registry
// reference or oci-layout://DIR.
func Resolve(ctx context.Context, name string) (ocispecs.Descriptor, error) {
	_, desc, err := resolve(ctx, name)
	return desc, err
}
