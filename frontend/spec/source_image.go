package spec

import (
	"fmt"
	"path"
	"strings"

	"github.com/distribution/reference"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/opencontainers/go-digest"
)

// imageScheme starts a reference to an image, or to a file in one.
const imageScheme = "image://"

// imageSource reads image://REF@sha256:…#PATH, a file or folder of an image in a
// registry.
func imageSource(out Source, src string, l *lock.File) (Source, error) {
	text, file, _ := strings.Cut(strings.TrimPrefix(src, imageScheme), "#")
	text, dgst, pinned := strings.Cut(text, "@")
	ref, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the reference of an image", text),
			hint: "as in image://registry.example/team/data:1@sha256:…#data/train.csv"}
	}
	if out.Path, err = inImage(file); err != nil {
		return Source{}, err
	}
	if pinned {
		if out.Image, err = imageDigest(dgst); err != nil {
			return Source{}, err
		}
	} else if entry, ok := l.Source(lock.KindImage, src); ok {
		out.Image, out.Locked = digest.Digest(entry.Digest), true
	}
	if out.Image == "" {
		return Source{}, &sourceError{unpinned: true, msg: "an image needs a digest",
			hint: "run `modelbuild lock`, or add @sha256:… before the #"}
	}
	out.Kind, out.URL = SourceImage, reference.TagNameOnly(ref).String()
	return out, nil
}

// layoutSource reads oci-layout://NAME[@sha256:…]#PATH, a file or folder of an image
// in an OCI layout that the client shares under a name.
func layoutSource(out Source, rest string) (Source, error) {
	name, file, _ := strings.Cut(rest, "#")
	name, dgst, pinned := strings.Cut(name, "@")
	if !contextName.MatchString(name) {
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the name of an OCI layout", name),
			hint: "as in oci-layout://shared#data/train.csv with --build-context shared=oci-layout://DIR"}
	}
	var err error
	if out.Path, err = inImage(file); err != nil {
		return Source{}, err
	}
	if pinned {
		if out.Image, err = imageDigest(dgst); err != nil {
			return Source{}, err
		}
	}
	out.Kind, out.Name = SourceLayout, name
	return out, nil
}

// inImage is the path of a file or folder in an image, from its root and without a
// leading slash.
func inImage(file string) (string, error) {
	clean := path.Clean("/" + file)[1:]
	if clean == "" || clean != strings.TrimPrefix(file, "/") {
		return "", &sourceError{msg: "a source in an image needs the path of a file after a #", hint: "as in #data/train.csv, from the root of the image and without .."}
	}
	return clean, nil
}

func imageDigest(text string) (digest.Digest, error) {
	d := digest.Digest(text)
	if err := d.Validate(); err != nil || d.Algorithm() != digest.SHA256 {
		return "", &sourceError{msg: fmt.Sprintf("the image's digest %q is not sha256: and 64 hex digits", text),
			hint: "`modelbuild inspect` prints it"}
	}
	return d, nil
}
