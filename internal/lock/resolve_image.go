package lock

import (
	"context"
	"errors"
	"strings"

	"oras.land/oras-go/v2/errdef"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/oci"
)

// image finds the digest that a reference stands for: of the index, where the
// image has several platforms.
func (r *resolver) image(ctx context.Context, name string) (string, error) {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, "image://"), "#") // the path of a file in it
	ref, err := oci.ParseReference(text)
	if err != nil {
		return "", fail(diag.SourceUnreadable, "as in docker.io/library/debian:12", "%s", err)
	}
	if mirror, ok := r.o.RegistryMirrors[ref.Registry]; ok {
		ref.Registry = mirror
	}
	ctx, cancel := context.WithTimeout(ctx, 4*r.o.Timeout)
	defer cancel()
	desc, err := oci.Resolve(ctx, ref.String())
	switch {
	case err == nil:
		return desc.Digest.String(), nil
	case errors.Is(err, errdef.ErrNotFound):
		return "", fail(diag.SourceUnreadable, "check the name and the tag", "the registry %s has no %s:%s", ref.Registry, ref.Repository, ref.ReferenceOrDefault())
	case errors.Is(err, context.DeadlineExceeded):
		return "", fail(diag.SourceUnreadable, "check the name, or name a mirror with --registry-mirror", "the registry %s did not answer in time", ref.Registry)
	}
	return "", fail(diag.SourceUnreadable, "`docker login` stores credentials; --registry-mirror names another registry", "cannot ask the registry: %s", err)
}
