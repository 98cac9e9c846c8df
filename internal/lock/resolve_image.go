package lock

import (
	"cmp"
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
	var out string
	err := r.ask(ctx, text, func(ctx context.Context, ref string) error {
		desc, err := oci.Resolve(ctx, ref)
		out = desc.Digest.String()
		return err
	})
	return out, err
}

// blob finds the digest of a blob by the title that an artifact gives it.
func (r *resolver) blob(ctx context.Context, name string) (string, error) {
	text, title, _ := strings.Cut(strings.TrimPrefix(name, "image+blob://"), "#")
	var titles []oci.Title
	err := r.ask(ctx, text, func(ctx context.Context, ref string) (err error) {
		titles, err = oci.Titles(ctx, ref)
		return err
	})
	if err != nil {
		return "", err
	}
	var names []string
	for _, t := range titles {
		if t.Name == title {
			return t.Digest.String(), nil
		}
		names = append(names, t.Name)
	}
	hint := "none of its blobs has a title: write the digest of one, as in @sha256:…"
	if len(names) > 0 {
		hint = cmp.Or(diag.DidYouMean(title, names), "it has "+strings.Join(names, ", "))
	}
	return "", fail(diag.SourceUnreadable, hint, "%s has no blob with the title %s", text, title)
}

// ask asks the registry of a reference, or its mirror, something.
func (r *resolver) ask(ctx context.Context, text string, question func(ctx context.Context, ref string) error) error {
	ref, err := oci.ParseReference(text)
	if err != nil {
		return fail(diag.SourceUnreadable, "as in docker.io/library/debian:12", "%s", err)
	}
	if mirror, ok := r.o.RegistryMirrors[ref.Registry]; ok {
		ref.Registry = mirror
	}
	ctx, cancel := context.WithTimeout(ctx, 4*r.o.Timeout)
	defer cancel()
	err = question(ctx, ref.String())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errdef.ErrNotFound):
		return fail(diag.SourceUnreadable, "check the name and the tag", "the registry %s has no %s:%s", ref.Registry, ref.Repository, ref.ReferenceOrDefault())
	case errors.Is(err, context.DeadlineExceeded):
		return fail(diag.SourceUnreadable, "check the name, or name a mirror with --registry-mirror", "the registry %s did not answer in time", ref.Registry)
	}
	return fail(diag.SourceUnreadable, "`docker login` stores credentials; --registry-mirror names another registry", "cannot ask the registry: %s", err)
}
