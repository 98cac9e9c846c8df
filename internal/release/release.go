package release

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/llb"
)

// Version is that of the form of a release's file.
const Version = 1

// Release is what a file of a release holds. It has no times: the same images give
// the same bytes.
type Release struct {
	Version int     `json:"version"`
	Images  []Image `json:"images"` // by name
}

// Image is one service of a release.
type Image struct {
	Name      string     `json:"name"`
	Ref       string     `json:"ref,omitempty"` // where it can be had, without digest
	Digest    string     `json:"digest"`        // of what the reference points at: an index, or the only manifest
	Platforms []Platform `json:"platforms"`     // by platform
}

// Platform is the image for one platform.
type Platform struct {
	Platform     string            `json:"platform"`
	Digest       string            `json:"digest"` // of the image manifest
	Config       string            `json:"config"` // of the image configuration
	Models       []Model           `json:"models"` // by path; empty where the image has none
	Entrypoint   []string          `json:"entrypoint,omitempty"`
	LaunchPolicy map[string]string `json:"launch_policy,omitempty"` // labels without their prefix
}

// Model is a file of the model, its digest computed from the image's bytes.
type Model struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// Named is an image to release.
type Named struct {
	Name   string // empty for the name that the image gives itself
	Image  string // a registry reference or oci-layout://DIR
	Digest string // what the image must have; empty for whatever it has
}

// Read reads images and describes them. Each has a name of its own.
func Read(ctx context.Context, images []Named) (*Release, error) {
	r := &Release{Version: Version, Images: []Image{}}
	for _, n := range images {
		img, err := readImage(ctx, n)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(r.Images, func(o Image) bool { return o.Name == img.Name }); i >= 0 {
			return nil, fmt.Errorf("two images are named %s; tell them apart with NAME=IMAGE", img.Name)
		}
		r.Images = append(r.Images, *img)
	}
	slices.SortFunc(r.Images, func(a, b Image) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

func readImage(ctx context.Context, n Named) (*Image, error) {
	img, err := oci.Open(ctx, n.Image)
	if err != nil {
		return nil, err
	}
	out := &Image{Ref: reference(n.Image, img), Digest: img.Descriptor.Digest.String(), Platforms: []Platform{}}
	if n.Digest != "" && n.Digest != out.Digest {
		return nil, fmt.Errorf("%s has the digest %s, not %s: it is another image than the one that was built", n.Image, out.Digest, n.Digest)
	}
	own := ""
	for _, m := range img.Manifests {
		p, err := readPlatform(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("read %s for %s: %w", n.Image, m.Platform, err)
		}
		out.Platforms = append(out.Platforms, *p)
		own = cmp.Or(own, m.Config.Config.Labels[llb.LabelName])
	}
	if out.Name = cmp.Or(n.Name, own); out.Name == "" {
		return nil, fmt.Errorf("%s does not say its name; give it one with NAME=%s", n.Image, n.Image)
	}
	slices.SortFunc(out.Platforms, func(a, b Platform) int {
		return cmp.Or(strings.Compare(a.Platform, b.Platform), strings.Compare(a.Digest, b.Digest))
	})
	return out, nil
}

// annotationName is where BuildKit notes the name of an image in an OCI layout.
const annotationName = "io.containerd.image.name"

// reference is where an image can be had. A folder of this machine is nothing to
// publish; the image in it may have a name.
func reference(name string, img *oci.Image) string {
	if strings.HasPrefix(name, oci.LayoutScheme) {
		return img.Descriptor.Annotations[annotationName]
	}
	ref, _, _ := strings.Cut(name, "@")
	return ref
}

func readPlatform(ctx context.Context, m *oci.Manifest) (*Platform, error) {
	p := &Platform{
		Platform: m.Platform, Digest: m.Descriptor.Digest.String(), Config: m.Manifest.Config.Digest.String(),
		Entrypoint: m.Config.Config.Entrypoint, Models: []Model{},
	}
	for name, value := range m.Config.Config.Labels {
		if key, ok := strings.CutPrefix(name, spec.LaunchPrefix); ok {
			if p.LaunchPolicy == nil {
				p.LaunchPolicy = map[string]string{}
			}
			p.LaunchPolicy[key] = value
		}
	}
	model := m.Config.Config.Labels[llb.LabelModel]
	if model == "" {
		return p, nil
	}
	err := m.Walk(ctx, func(f oci.File, r io.Reader) error {
		if f.Path != model && !strings.HasPrefix(f.Path, model+"/") {
			return nil
		}
		sum, err := digest.FromReader(r)
		if err != nil {
			return err
		}
		p.Models = append(p.Models, Model{f.Path, sum.String()})
		return nil
	})
	if err == nil && len(p.Models) == 0 {
		err = fmt.Errorf("its label %s says %s, and there is no such file", llb.LabelModel, model)
	}
	slices.SortFunc(p.Models, func(a, b Model) int { return strings.Compare(a.Path, b.Path) })
	return p, err
}

// JSON is the release's file.
func (r *Release) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode release: %w", err)
	}
	return append(text, '\n'), nil
}

// Parse reads a release's file.
func Parse(text []byte) (*Release, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	var r Release
	if err := d.Decode(&r); err != nil {
		return nil, err
	}
	if r.Version != Version {
		return nil, fmt.Errorf("it has version %d, and this program reads %d", r.Version, Version)
	}
	seen := map[string]bool{}
	for _, i := range r.Images {
		if i.Name == "" || i.Digest == "" || seen[i.Name] {
			return nil, fmt.Errorf("each image needs a digest and a name of its own (see %q)", i.Name)
		}
		seen[i.Name] = true
	}
	return &r, nil
}

// Named are the images of a release where they can be had, by name. One without a
// reference is left out.
func (r *Release) Named() []Named {
	var out []Named
	for _, i := range r.Images {
		if i.Ref != "" {
			out = append(out, Named{Name: i.Name, Image: i.Ref})
		}
	}
	return out
}

func policy(p map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, key+"="+p[key])
	}
	return strings.Join(parts, " ")
}
