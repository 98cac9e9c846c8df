package reproduce

import (
	"fmt"
	"path"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/package-url/packageurl-go"

	"github.com/modelbuild/modelbuild/internal/oci"
)

// Frontend is the image that plans and trains.
type Frontend struct {
	Name   string // as the build asked for it
	Digest string // sha256: and 64 hex digits
}

// frontend finds the frontend image of the recorded build: by the name that BuildKit's provenance has, else by the
// spec's first line, else the only image among the materials.
func (r *Recorded) frontend(spec []byte) (Frontend, error) {
	name := ""
	if r.Build != nil {
		name = r.Build.Args["source"]
	}
	if name == "" {
		name, _, _, _ = parser.DetectSyntax(spec)
	}
	if digest, ok := r.images[familiar(name)]; ok {
		return Frontend{Name: name, Digest: digest}, nil
	}
	if len(r.images) == 1 {
		for name, digest := range r.images {
			return Frontend{Name: name, Digest: digest}, nil
		}
	}
	return Frontend{}, fmt.Errorf("find the frontend image: the provenance has no digest of %s", name)
}

// from is the named context by which BuildKit takes the frontend from a place, by its recorded digest: from where its
// name points for "", else from another reference or an oci-layout://DIR. The name itself stays, since it is recorded
// again.
func (f Frontend) from(place string) (name, value string) {
	name = f.Name
	if named, err := reference.ParseNormalizedNamed(f.Name); err == nil {
		name = strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	}
	if place == "" {
		place = f.Name
	}
	place, _, _ = strings.Cut(place, "@")
	if !strings.HasPrefix(place, oci.LayoutScheme) {
		place = "docker-image://" + place
	}
	return name, place + "@" + f.Digest
}

// familiar is an image's name as BuildKit's named contexts have it, without a digest.
func familiar(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name
	}
	text, _, _ := strings.Cut(reference.FamiliarString(named), "@")
	return strings.TrimSuffix(text, ":latest")
}

// imageName is the name in a package URL.
func imageName(purl packageurl.PackageURL) string {
	name := path.Join(purl.Namespace, purl.Name)
	if purl.Version != "" {
		name += ":" + purl.Version
	}
	return familiar(name)
}
