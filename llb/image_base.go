package llb

import (
	"maps"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	bkllb "github.com/moby/buildkit/client/llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// The steps that look at the image of a registry or a layout that the model's is built on.
var (
	phaseImageBase = phase{"base", nil, []string{job.ImageBaseField}}
	phaseOverlay   = phase{"overlay", nil, []string{job.ImageBaseField, "image.files"}}
)

// Where they find it, and the package step the list of its packages.
const (
	imageBaseDir      = "/in/base"
	imageBasePackages = "/in/base.json"
)

// Labels that say what an image is built on. They are the annotations of OCI.
const (
	labelBaseName   = ocispecs.AnnotationBaseImageName
	labelBaseDigest = ocispecs.AnnotationBaseImageDigest
)

// ImageBase is the image of a registry or a layout that a plan's image is built on, by itself
// or by the targets that are between them.
type ImageBase struct {
	spec.Placed
	Platform string                     // that is taken of it, such as linux/amd64
	Config   *dockerspec.DockerOCIImage // nil where nobody has asked for it
}

// imageBase finds it; nil where there is none.
func (pl *planner) imageBase(p *Plan) (*ImageBase, error) {
	if p.Base != nil {
		return p.Base.ImageBase, nil
	}
	placed, err := p.Model.BaseImage()
	if placed == nil || err != nil {
		return nil, err
	}
	return &ImageBase{Placed: *placed, Platform: pl.env.imagePlatform(), Config: pl.env.Bases[placed.Text]}, nil
}

// imagePlatform is the one of the image.
func (e Env) imagePlatform() string {
	if e.Target != "" {
		return e.Target
	}
	return e.Platform
}

// Name is the reference, or the name of the layout, without a digest.
func (b *ImageBase) Name() string {
	if b.Source.Kind == spec.SourceLayout {
		return "oci-layout://" + b.Source.Name
	}
	return b.Source.URL
}

// labels of the base that hold for what is built on it: neither those that say what it is
// itself, nor what it allows a confidential machine.
func (b *ImageBase) labels() map[string]string {
	out := map[string]string{}
	if b == nil {
		return out
	}
	if b.Config != nil {
		maps.Copy(out, b.Config.Config.Labels)
	}
	maps.DeleteFunc(out, func(name, _ string) bool {
		return strings.HasPrefix(name, spec.LabelPrefix) || strings.HasPrefix(name, spec.LaunchPrefix) || slices.Contains(headLabels, name)
	})
	out[labelBaseDigest] = b.Source.Image.String()
	if b.Source.Kind == spec.SourceImage {
		out[labelBaseName] = b.Source.URL
	}
	return out
}

// headLabels are made of the head of the spec, and left out with its keys.
var headLabels = []string{ocispecs.AnnotationTitle, ocispecs.AnnotationVersion, ocispecs.AnnotationDescription, ocispecs.AnnotationLicenses}

// command is what a container of the base runs.
func (b *ImageBase) command() (entrypoint, cmd []string) {
	if b == nil || b.Config == nil {
		return nil, nil
	}
	return b.Config.Config.Entrypoint, b.Config.Config.Cmd
}

// config is the configuration of an image on the base, before its own part of it.
func (b *ImageBase) config() *dockerspec.DockerOCIImage {
	img := &dockerspec.DockerOCIImage{}
	if b == nil || b.Config == nil {
		return img
	}
	*img = *b.Config
	img.RootFS = ocispecs.RootFS{}
	img.History = slices.Clone(b.Config.History)
	layers := 0
	for _, h := range img.History {
		if !h.EmptyLayer {
			layers++
		}
	}
	for range max(len(b.Config.RootFS.DiffIDs)-layers, 0) { // an entry for each layer: BuildKit would make up times
		img.History = append(img.History, ocispecs.History{CreatedBy: "layer of " + b.Name()})
	}
	return img
}

// packageBase describes the base to the package step.
func packageBase(b *ImageBase) *packagejob.Base {
	if b == nil {
		return nil
	}
	out := &packagejob.Base{Platform: b.Platform, Packages: imageBasePackages, Source: packagejob.Source{
		Name: job.ImageBaseField, Kind: packagejob.KindImage, URI: b.Name(), Digest: sha256Of(b.Source.Image)}}
	if b.Source.Kind == spec.SourceLayout {
		out.Kind = packagejob.KindLocal
	}
	return out
}

// imageBase is the root filesystem of the base.
func (c *compiler) imageBase() bkllb.State {
	b := c.plan.ImageBase
	if b.Source.Kind == spec.SourceLayout {
		return c.in.Bases[b.Text]
	}
	opts := c.onPlatform(c.constraints([]string{b.Path}, "[image] base: "+b.Text))
	return bkllb.Image(b.Source.URL+"@"+b.Source.Image.String(), options[bkllb.ImageOption](opts)...)
}

// onPlatform are constraints with the platform of the base in place of that of the steps.
func (c *compiler) onPlatform(opts []bkllb.ConstraintsOpt) []bkllb.ConstraintsOpt {
	p, err := platforms.Parse(c.plan.ImageBase.Platform)
	if err != nil {
		return opts // it is not one that images have
	}
	return append(opts, bkllb.Platform(platforms.Normalize(p)))
}

// listed is the list of the packages of the base, for the package step: of a step of its own,
// since another model on the same base changes nothing of it.
func (c *compiler) listed() []mount {
	if c.plan.ImageBase == nil {
		return nil
	}
	j := job.ImageBase{Version: job.Version, Root: imageBaseDir, ModelDir: ModelDir}
	out := c.onBaseStep(phaseImageBase, "packages of the base", j, []mount{{imageBaseDir, c.imageBase(), ""}})
	return []mount{{imageBasePackages, out, "/" + environmentFile}}
}

// onBase puts the layers of the image on what it is built on. They are made without it, so
// that another base, or another platform of it, makes none of them anew.
func (c *compiler) onBase(image bkllb.State, files *bkllb.State) bkllb.State {
	below := c.below()
	layers := []bkllb.State{below, image}
	if files != nil {
		j := job.ImageBase{Version: job.Version, Root: imageBaseDir, ModelDir: ModelDir, Files: filesDir, Fields: map[string]string{}}
		for _, f := range c.plan.Files {
			j.Fields[f.Path] = f.Key
		}
		fit := c.onBaseStep(phaseOverlay, "fit files to the base", j, []mount{{imageBaseDir, below, ""}, {filesDir, *files, ""}})
		all := &bkllb.CopyInfo{CopyDirContentsOnly: true, CreatedTime: c.epoch()}
		added := bkllb.Copy(*files, "/", "/", all).Copy(fit, "/"+foldersDir, "/", all)
		layers = append(layers, bkllb.Scratch().File(added, c.layer([]string{"image"}, "[image] files of the spec")...))
	}
	return bkllb.Merge(layers, c.constraints([]string{job.ImageBaseField}, "[image] on the base for "+c.plan.ImageBase.Platform)...)
}

// onBaseStep runs a step that looks at the base.
func (c *compiler) onBaseStep(ph phase, does string, j job.ImageBase, mounts []mount) bkllb.State {
	out := c.step(ph, j, "["+ph.name+"] "+does+" for "+c.plan.ImageBase.Platform, mounts)
	c.steps[len(c.steps)-1].Stanza = job.ImageBaseField
	return out
}

// foldersDir is where the overlay step leaves the folders that files and base share.
const foldersDir = "folders"

// below is what the image is put on: the base itself, or the image of a target on it.
func (c *compiler) below() bkllb.State {
	if c.plan.Base != nil {
		return c.done[c.plan.Base].image
	}
	return c.imageBase()
}
