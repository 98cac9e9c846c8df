package spec

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/opencontainers/go-digest"
)

// blobScheme starts the reference of a single blob of a registry.
const blobScheme = "image+blob://"

// blobSource reads image+blob://REF@sha256:…, or image+blob://REF:TAG#TITLE: the blob
// of an OCI artifact that has that title, pinned by the digest beside it or the lock.
func blobSource(out Source, src string, l *lock.File) (Source, error) {
	text, title, _ := strings.Cut(strings.TrimPrefix(src, blobScheme), "#")
	text, dgst, pinned := strings.Cut(text, "@")
	ref, err := reference.ParseNormalizedNamed(text)
	switch {
	case err != nil:
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the reference of an image", text),
			hint: "as in image+blob://registry.example/team/data@sha256:…"}
	case pinned && title != "":
		return Source{}, &sourceError{msg: "a blob by its digest has no title to look for", hint: "take out the digest, or #" + title}
	case pinned:
		if out.Digest, err = blobDigest(dgst, out.Digest); err != nil {
			return Source{}, err
		}
	case title == "":
		return Source{}, &sourceError{msg: "a blob needs its digest, or the title that an artifact gives it",
			hint: "as in @sha256:…, or as in :1#train.csv"}
	}
	if entry, ok := l.Source(lock.KindBlob, src); ok && out.Digest == "" {
		out.Digest, out.Locked = digest.Digest(entry.Digest), true
	}
	if out.Digest == "" {
		return Source{}, &sourceError{unpinned: true, msg: "a blob needs a digest",
			hint: "run `modelbuild lock`, or add digest: sha256:… beside it"}
	}
	out.Kind, out.URL, out.Path = SourceBlob, reference.TrimNamed(ref).String(), title
	return out, nil
}

// layoutBlobSource reads oci-layout+blob://NAME@sha256:…, a single blob of an OCI layout
// that the client shares under a name.
func layoutBlobSource(out Source, rest string) (Source, error) {
	name, dgst, _ := strings.Cut(rest, "@")
	if !contextName.MatchString(name) {
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the name of an OCI layout", name),
			hint: "as in oci-layout+blob://shared@sha256:… with --build-context shared=oci-layout://DIR"}
	}
	var err error
	if out.Digest, err = blobDigest(dgst, out.Digest); err != nil {
		return Source{}, err
	}
	out.Kind, out.Name = SourceLayoutBlob, name
	return out, nil
}

// blobDigest is the digest of a blob, which the one beside the source may only repeat.
func blobDigest(text string, beside digest.Digest) (digest.Digest, error) {
	d := digest.Digest(text)
	if err := d.Validate(); err != nil || d.Algorithm() != digest.SHA256 {
		return "", &sourceError{msg: fmt.Sprintf("the blob's digest %q is not sha256: and 64 hex digits", text),
			hint: "`sha256sum` of the file gives the digits, and so does the manifest that lists it"}
	}
	if beside != "" && beside != d {
		return "", &sourceError{msg: "the digest beside it is another one", hint: "take one of the two out"}
	}
	return d, nil
}
