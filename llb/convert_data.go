package llb

import (
	"path"
	"slices"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// ContextPaths lists the files that the plan and those it needs read of each build
// context, by the context's name, so that nothing else has to be sent. The name of
// the build context itself is empty.
func (p *Plan) ContextPaths() map[string][]string {
	out := map[string][]string{}
	for _, q := range p.All() {
		for _, s := range q.Placed() {
			if s.InContext() && !slices.Contains(out[s.Source.Name], s.Source.Path) {
				out[s.Source.Name] = append(out[s.Source.Name], s.Source.Path)
			}
		}
	}
	return out
}

// Placed are the sources of the plan itself, with named contexts in their places.
func (p *Plan) Placed() []spec.Placed {
	var out []spec.Placed
	for _, s := range p.Sources {
		out = append(out, s.Placed())
	}
	for _, t := range p.Trees {
		out = append(out, t.Placed())
	}
	for _, f := range p.Files {
		out = append(out, f.Placed())
	}
	return out
}

// data mounts every dataset's file at its place in the step, straight from its
// source: nothing is copied.
func (c *compiler) data() []mount {
	out := make([]mount, len(c.plan.Sources))
	for i, s := range c.plan.Sources {
		st, file := c.source(s)
		out[i] = mount{dest: c.plan.Train.Data[i].Path, state: st, path: path.Join("/", file)}
	}
	return out
}

// source is the state of one source and the path of the file in it.
func (c *compiler) source(s spec.NamedSource) (bkllb.State, string) {
	at := []string{"data." + s.Name}
	name := "[data] " + s.Name + ": " + s.Dataset.Source.V
	switch s.Source.Kind {
	case spec.SourceHTTP:
		return c.http(s.Source, at, name), httpFile
	case spec.SourceGit:
		return c.git(s.Source, at, name), s.Source.Path
	case spec.SourceTarget:
		return c.table(s.Source, at, name), "data"
	case spec.SourceImage:
		return c.once(s.Source, c.imageSource(s.Source, at, name), at, name)
	}
	return c.once(s.Source, c.in.Contexts[s.Source.Name], at, name)
}

// table is one of another target, once that has met its gates.
func (c *compiler) table(s spec.Source, at []string, name string) bkllb.State {
	b := c.target(s.Name)
	met := bkllb.Copy(b.evaluate, "/"+metricsFile, "/gates")
	return bkllb.Scratch().File(met.Copy(b.train, "/"+s.Path, "/data"), c.constraints(at, name)...)
}

// target is what another target makes.
func (c *compiler) target(name string) built {
	for _, p := range c.plan.Stages {
		if p.Stage == name {
			return c.done[p]
		}
	}
	panic("llb: target " + name + " is not planned") // NewPlan plans every target that is named
}

// once is a file of a build context or an image, mounted straight from it. Where
// several datasets are files of one each is copied out first: BuildKit loses the
// output of a failed step that mounts one state twice, and with it what the step has
// to say.
func (c *compiler) once(s spec.Source, st bkllb.State, at []string, name string) (bkllb.State, string) {
	same := 0
	for _, other := range c.plan.Sources {
		if o := other.Source; o.Kind == s.Kind && o.Name == s.Name && o.URL == s.URL && o.Image == s.Image {
			same++
		}
	}
	if same < 2 {
		return st, s.Path
	}
	copied := bkllb.Copy(st, path.Join("/", s.Path), "/data")
	if s.Kind != spec.SourceContext {
		copied = bkllb.Copy(st, path.Join("/", s.Path), "/data", &bkllb.CopyInfo{FollowSymlinks: true})
	}
	return bkllb.Scratch().File(copied, c.constraints(at, name)...), "data"
}

// imageSource is the image that a source is a file of.
func (c *compiler) imageSource(s spec.Source, at []string, name string) bkllb.State {
	var opts []bkllb.ImageOption
	for _, o := range c.constraints(at, name) {
		opts = append(opts, o)
	}
	return bkllb.Image(s.URL+"@"+s.Image.String(), opts...)
}

// httpFile is the name a downloaded file is given; the address has no say in it.
const httpFile = "data"

func (c *compiler) http(s spec.Source, at []string, name string) bkllb.State {
	opts := []bkllb.HTTPOption{bkllb.Checksum(s.Digest), bkllb.Filename(httpFile), bkllb.Chmod(0o644)}
	for _, o := range c.constraints(at, name) {
		opts = append(opts, o)
	}
	if s.Secret != "" {
		opts = append(opts, bkllb.AuthHeaderSecret(s.Secret))
	}
	return bkllb.HTTP(s.URL, opts...)
}

func (c *compiler) git(s spec.Source, at []string, name string) bkllb.State {
	opts := []bkllb.GitOption{bkllb.GitRef(s.Commit), bkllb.GitChecksum(s.Commit)}
	for _, o := range c.constraints(at, name) {
		opts = append(opts, o)
	}
	if s.Secret != "" {
		opts = append(opts, bkllb.AuthHeaderSecret(s.Secret))
	}
	return bkllb.Git(s.URL, "", opts...)
}
