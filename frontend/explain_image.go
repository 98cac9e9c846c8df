package frontend

import (
	"context"
	"io/fs"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// imageDiagnostics says what is wrong with a source that is a file of an image: that
// the image cannot be had, or does not have the file.
func (b *build) imageDiagnostics(ctx context.Context, s spec.Placed, cause error) diag.List {
	var l diag.List
	ref := s.Source.URL + "@" + s.Source.Image.String()
	if op := sourceOp(cause); op != nil {
		if op.Identifier != "docker-image://"+ref {
			return nil
		}
		l.Add(diag.SourceUnreadable, s.At, b.imageHint(s, cause), "%s: cannot read the image: %s", s.Path, lastCause(cause))
		return l
	}
	if s.Source.Path == "" {
		return nil // the image as a whole
	}
	st := bkllb.Image(ref, bkllb.WithCustomName("["+stanza(s)+"] look into the image of "+s.Path))
	held, err := b.solve(ctx, st, true)
	if err != nil {
		return nil //nolint:nilerr // the error being explained says more than this one
	}
	if st, err := held.StatFile(ctx, gwclient.StatRequest{Path: s.Source.Path}); err == nil && !fs.FileMode(st.Mode).IsDir() {
		return nil
	}
	files, err := listRef(ctx, held)
	if err != nil {
		return nil //nolint:nilerr // likewise
	}
	return notThere(s, files)
}

// imageHint is what to do about an image that cannot be read.
func (b *build) imageHint(s spec.Placed, cause error) string {
	if !strings.Contains(cause.Error(), "not found") {
		return "check the name, and that the builder can reach the registry; `docker login` stores credentials"
	}
	if _, ok := b.model.Lock().Source(lock.KindImage, s.Text); ok && s.Source.Locked {
		return "if another image is what you want now, run `modelbuild lock --update " + strings.TrimPrefix(s.Path, "data.") + "`"
	}
	return "check the name and the digest"
}

// blobDiagnostics says that a blob cannot be had.
func blobDiagnostics(s spec.Placed, cause error) diag.List {
	op := sourceOp(cause)
	if op == nil || !strings.Contains(op.Identifier, "+blob://") || !strings.HasSuffix(op.Identifier, "@"+s.Source.Digest.String()) {
		return nil
	}
	hint := "check the name, and that the builder can reach the registry; `docker login` stores credentials"
	switch {
	case s.Source.Kind == spec.SourceLayoutBlob:
		hint = "check the digest, and that the layout given with --build-context " + s.Source.Name + " has it under blobs/sha256"
	case strings.Contains(strings.ToLower(cause.Error()), "not found"):
		hint = "check the name and the digest"
	}
	var l diag.List
	l.Add(diag.SourceUnreadable, s.At, hint, "%s: cannot read the blob: %s", s.Path, lastCause(cause))
	return l
}
