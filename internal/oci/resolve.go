package oci

import (
	"context"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Resolve finds what a name points at, an index or a single manifest, without reading it. The name is a registry
// reference or oci-layout://DIR.
func Resolve(ctx context.Context, name string) (ocispecs.Descriptor, error) {
	_, desc, err := resolve(ctx, name)
	return desc, err
}

// AtDigest is the name of the same image by a digest instead of a tag.
func AtDigest(name, digest string) string {
	if rest, ok := strings.CutPrefix(name, LayoutScheme); ok {
		dir, _ := splitLayout(rest)
		return LayoutScheme + dir + "@" + digest
	}
	base, _, _ := strings.Cut(name, "@")
	if at := strings.LastIndexByte(base, ':'); at > strings.LastIndexByte(base, '/') {
		base = base[:at]
	}
	return base + "@" + digest
}
