package llb

import (
	"maps"
	"strings"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/modelbuild/modelbuild/frontend/spec"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// DefaultUser is who a model image runs as unless the spec says otherwise:
// "nonroot" of the distroless images.
const DefaultUser = "65532"

// ModelDir is the directory of the model in the image.
const ModelDir = spec.ModelDir

// Labels that modelbuild sets on every image.
const (
	LabelModel = "org.modelbuild.model" // path of the model file
	LabelName  = "org.modelbuild.name"  // name in the spec
)

// Image is the image configuration of a plan, apart from the platform.
type Image struct {
	User       string
	Entrypoint []string
	Cmd        []string
	Ports      []string // that a container listens on, as in 8080/tcp
	Labels     map[string]string
	Created    time.Time
	Base       *ImageBase // that it is built on; nil for none
}

func newImage(p *Plan, env Env) Image {
	m := p.Model
	labels := p.ImageBase.labels()
	maps.Copy(labels, map[string]string{
		ocispecs.AnnotationTitle: m.Name.V,
		LabelName:                m.Name.V,
		LabelModel:               ModelDir + "/" + p.ModelFile(),
	})
	for key, v := range map[string]spec.Value[string]{
		ocispecs.AnnotationVersion:     m.Version,
		ocispecs.AnnotationDescription: m.Description,
		ocispecs.AnnotationLicenses:    m.License,
	} {
		if v.Set {
			labels[key] = v.V
		}
	}
	maps.Copy(labels, p.labels())
	maps.Copy(labels, env.Labels)
	img := Image{User: m.Image.User.Or(p.baseUser()), Labels: labels, Created: env.Epoch, Base: p.ImageBase}
	img.Entrypoint, img.Cmd = p.command()
	if p.Serve != nil {
		img.Ports = []string{p.Serve.exposed()}
	}
	return img
}

// command is what a container runs: a program of the spec's own takes no arguments of
// the one that the image it is built on has.
func (p *Plan) command() (entrypoint, cmd []string) {
	i := p.Model.Image
	if p.Serve != nil {
		cmd = texts(i.Cmd)
		if p.Serve.Inherited && !i.Cmd.Set {
			cmd = p.Base.Image.Cmd
		}
		return p.Serve.command(p), cmd
	}
	entrypoint, cmd = texts(i.Entrypoint), texts(i.Cmd)
	if len(entrypoint) > 0 {
		return entrypoint, cmd
	}
	entrypoint, below := p.ImageBase.command()
	if p.Base != nil {
		entrypoint, below = p.Base.Image.Entrypoint, p.Base.Image.Cmd
	}
	if !i.Cmd.Set {
		cmd = below
	}
	return entrypoint, cmd
}

// labels are those of the spec, over those of the target that the image is built on.
// What modelbuild says of that target by itself is not this model's.
func (p *Plan) labels() map[string]string {
	out := map[string]string{}
	if p.Base != nil {
		maps.Copy(out, p.Base.labels())
	}
	maps.Copy(out, specLabels(p.Model))
	if own := p.Model.LaunchPolicy.Labels(); own != nil {
		// A policy stands by itself: nothing that the base allows is allowed by it.
		maps.DeleteFunc(out, func(name, _ string) bool { return strings.HasPrefix(name, spec.LaunchPrefix) })
		maps.Copy(out, own)
	}
	return out
}

func (p *Plan) baseUser() string {
	if p.Base != nil {
		return p.Base.Image.User
	}
	return DefaultUser
}

func specLabels(m *spec.Model) map[string]string {
	var out map[string]string
	for _, e := range m.Image.Labels.Entries {
		if out == nil {
			out = map[string]string{}
		}
		out[e.Key] = e.Value.V
	}
	return out
}

// Config is the OCI image configuration for a platform. Layers and history are
// filled in by the exporter.
func (i Image) Config(p ocispecs.Platform) *dockerspec.DockerOCIImage {
	created := i.Created
	img := i.Base.config()
	for n := range img.History {
		if img.History[n].Created == nil {
			img.History[n].Created = &created
		}
	}
	img.Created = &created
	img.Platform = p
	img.RootFS.Type = "layers"
	img.Config.User = i.User
	img.Config.Entrypoint, img.Config.Cmd = i.Entrypoint, i.Cmd
	img.Config.Labels = i.Labels
	img.Config.ExposedPorts = maps.Clone(img.Config.ExposedPorts) // the base's
	for _, port := range i.Ports {
		if img.Config.ExposedPorts == nil {
			img.Config.ExposedPorts = map[string]struct{}{}
		}
		img.Config.ExposedPorts[port] = struct{}{}
	}
	if img.Config.WorkingDir == "" {
		img.Config.WorkingDir = "/"
	}
	return img
}
