package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/redact"
)

// imageBases are the images of registries and layouts that the images of a build are built
// on, by the text of the spec.
type imageBases struct {
	configs map[string]*dockerspec.DockerOCIImage
	states  map[string]bkllb.State // of those in layouts
}

// specs are the model that is built and those of the targets that it needs.
func (b *build) specs() []*spec.Model { return append(b.model.Stages(), b.model) }

// onImageBase reports whether the image, or that of a target which the model needs, is built
// on an image, of which each platform has another.
func (b *build) onImageBase() bool {
	return slices.ContainsFunc(b.specs(), func(m *spec.Model) bool {
		base, err := m.BaseImage()
		return base != nil && err == nil
	})
}

// imageBases asks for the configurations of those images for a platform.
func (b *build) imageBases(ctx context.Context, p ocispecs.Platform) (imageBases, error) {
	out := imageBases{configs: map[string]*dockerspec.DockerOCIImage{}, states: map[string]bkllb.State{}}
	for _, m := range b.specs() {
		base, err := m.BaseImage()
		if err != nil {
			return out, err
		}
		if base == nil || out.configs[base.Text] != nil {
			continue
		}
		var img *dockerspec.DockerOCIImage
		if base.Source.Kind == spec.SourceLayout {
			var st *bkllb.State
			if st, img, err = b.layoutBase(ctx, *base, p); st != nil {
				out.states[base.Text] = *st
			}
		} else {
			img, err = b.registryBase(ctx, *base, p)
		}
		if err != nil {
			return out, err
		}
		if err := b.errors(unfit(*base, img, p)); err != nil {
			return out, err
		}
		out.configs[base.Text] = img
	}
	return out, nil
}

func (b *build) registryBase(ctx context.Context, base spec.Placed, p ocispecs.Platform) (*dockerspec.DockerOCIImage, error) {
	data, err := b.config(ctx, base, p)
	if err != nil {
		return nil, b.noBase(ctx, base, p, err)
	}
	var img dockerspec.DockerOCIImage
	if err := json.Unmarshal(data, &img); err != nil {
		return nil, b.noBase(ctx, base, p, err)
	}
	return &img, nil
}

// config asks a registry for the configuration of an image.
func (b *build) config(ctx context.Context, base spec.Placed, p ocispecs.Platform) ([]byte, error) {
	ref := base.Source.URL + "@" + base.Source.Image.String()
	_, _, data, err := b.client.ResolveImageConfig(ctx, ref, sourceresolver.Opt{
		LogName:  "[image] load metadata for " + base.Source.URL,
		ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &p, ResolveMode: b.dc.ImageResolveMode.String()},
	})
	return data, err
}

func (b *build) layoutBase(ctx context.Context, base spec.Placed, p ocispecs.Platform) (*bkllb.State, *dockerspec.DockerOCIImage, error) {
	if err := b.errors(b.layoutGiven(base)); err != nil {
		return nil, nil, err
	}
	nc, err := b.dc.NamedContext(base.Source.Name, dockerui.ContextOpt{Platform: &p})
	if err != nil || nc == nil {
		return nil, nil, b.noBase(ctx, base, p, err)
	}
	st, img, err := nc.Load(ctx)
	if err != nil {
		return nil, nil, b.noBase(ctx, base, p, err)
	}
	// The configuration must not become the environment of what is built: only its files count.
	plain := bkllb.NewState(st.Output())
	return &plain, img, nil
}

// noBase says why an image cannot be had: that it has no such platform, where it is there at all.
func (b *build) noBase(ctx context.Context, base spec.Placed, p ocispecs.Platform, err error) error {
	var l diag.List
	name := platforms.Format(platforms.Normalize(p))
	switch {
	case err == nil:
		l.Add(diag.MissingContext, base.At, fmt.Sprintf("give it with --build-context %s=%s", base.Source.Name, contextForm(base.Source)),
			"%s: no build context named %s", base.Path, base.Source.Name)
	case strings.Contains(err.Error(), "no match for platform"):
		hint := "take an image that has it"
		if has := b.platformsOf(ctx, base); len(has) > 0 {
			hint = "it has " + strings.Join(has, ", ") + ": build for one of these, or take another image"
		}
		l.Add(diag.BaseImage, base.At, hint, "%s: the image has nothing for %s", base.Path, name)
	default:
		l.Add(diag.SourceUnreadable, base.At, b.imageHint(base, err), "%s: cannot read the image: %s", base.Path, redact.Text(lastCause(err)))
	}
	return b.errors(l)
}

// offered are the platforms that are asked for where an image has not the one that is wanted:
// those that Debian and most other images have.
var offered = []string{"linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64", "linux/ppc64le", "linux/riscv64", "linux/s390x"}

// platformsOf are those of them that an image of a registry has.
func (b *build) platformsOf(ctx context.Context, base spec.Placed) []string {
	if base.Source.Kind != spec.SourceImage {
		return nil
	}
	var out []string
	for _, name := range offered {
		p, err := platforms.Parse(name)
		if err != nil {
			continue
		}
		if _, err := b.config(ctx, base, p); err == nil {
			out = append(out, name)
		}
	}
	return out
}

// unfit says why nothing can be built on an image.
func unfit(base spec.Placed, img *dockerspec.DockerOCIImage, p ocispecs.Platform) (l diag.List) {
	switch {
	case img == nil:
		l.Add(diag.BaseImage, base.At, "it may be an artifact of another kind", "%s: this is no image", base.Path)
	case !platforms.OnlyStrict(p).Match(platforms.Normalize(img.Platform)):
		l.Add(diag.BaseImage, base.At, fmt.Sprintf("build with --platform %s, or take another image", platforms.Format(platforms.Normalize(img.Platform))),
			"%s: the image is one of %s, and cannot be built on for %s", base.Path, platforms.Format(platforms.Normalize(img.Platform)), platforms.Format(platforms.Normalize(p)))
	case len(img.Config.OnBuild) > 0:
		l.Add(diag.BaseImage, base.At, "build an image from it by a Dockerfile, and take that one", "%s: the image has ONBUILD instructions, which only a Dockerfile carries out", base.Path)
	}
	return l
}
