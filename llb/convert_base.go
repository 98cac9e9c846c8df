package llb

import (
	"slices"

	"github.com/containerd/platforms"
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// baseDocumentsDir is where the package step finds what a base model says of itself.
const baseDocumentsDir = "/in/from"

// base is the base model among the trees; nil where there is none.
func (p *Plan) base() *spec.NamedTree {
	i := slices.IndexFunc(p.Trees, func(t spec.NamedTree) bool { return t.Base })
	if i < 0 {
		return nil
	}
	return &p.Trees[i]
}

// baseJob is the base model for the program that starts from it. Of another target it has
// what that trained and nothing that is said of it, which changes with the text of the
// spec.
func (p *Plan) baseJob() *job.Base {
	t := p.base()
	switch {
	case t == nil:
		return nil
	case t.Source.Kind != spec.SourceTarget:
		return &job.Base{Recorded: true}
	}
	i := slices.IndexFunc(p.Stages, func(q *Plan) bool { return q.Stage == t.Source.Name })
	return &job.Base{Model: p.Stages[i].ModelFile()}
}

// addBase tells the program that trains, and the step that measures for it, of the base.
func (p *Plan) addBase() {
	b := p.baseJob()
	if b == nil || p.Programs.Train == nil {
		return
	}
	for _, program := range append(slices.Clip(p.Programs.Parts), p.Programs.Train) {
		program.Base = b
	}
	if p.Programs.Inputs != nil {
		p.Programs.Inputs.Base = b
	}
}

// fromJob is the base model for the package step.
func fromJob(p *Plan) *packagejob.From {
	t := p.base()
	if t == nil {
		return nil
	}
	out := &packagejob.From{URI: t.Text, Input: baseDocumentsDir, Image: t.Source.Image.String()}
	if t.Source.Kind == spec.SourceImage {
		out.URI = "image://" + t.Source.URL + "@" + t.Source.Image.String()
	}
	return out
}

// baseModel is what another target trained, once it has met its gates.
func (c *compiler) baseModel(name string, opts []bkllb.ConstraintsOpt) (bkllb.State, string) {
	b := c.target(name)
	var plan *Plan
	for _, q := range c.plan.Stages {
		if q.Stage == name {
			plan = q
		}
	}
	at := scaffold()
	info := &bkllb.CopyInfo{IncludePatterns: slices.Concat(plan.weights(), plan.trained()), CopyDirContentsOnly: true, CreateDestPath: true, CreatedTime: &at}
	met := bkllb.Copy(b.evaluate, "/"+metricsFile, "/gates", bkllb.WithCreatedTime(at))
	return bkllb.Scratch().File(met.Copy(b.train, "/", ModelDir, info), opts...), ModelDir
}

// modelPlatform is that of a model which each platform has one of: it starts from the base
// of its own platform.
func (c *compiler) modelPlatform() []bkllb.ConstraintsOpt {
	e := c.plan.Environment
	if e == nil || e.Platform == "" {
		return nil
	}
	p, err := platforms.Parse(e.Platform)
	if err != nil {
		return nil // it is not one that images have
	}
	return []bkllb.ConstraintsOpt{bkllb.Platform(platforms.Normalize(p))}
}

// baseDocuments are what the base says of itself, for the package step.
func (c *compiler) baseDocuments() []mount {
	t := c.plan.base()
	if t == nil {
		return nil
	}
	in := input{Source: t.Source, base: true, at: t.Path, shown: "[package] what the base says of itself"}
	opts := c.constraints([]string{in.at}, in.shown)
	at := scaffold()
	info := &bkllb.CopyInfo{IncludePatterns: []string{packagedFiles[0], lineageFile}, CopyDirContentsOnly: true, CreateDestPath: true, CreatedTime: &at}
	var from bkllb.State
	dir := ModelDir
	if t.Source.Kind == spec.SourceTarget {
		from = c.target(t.Source.Name).packaged
	} else {
		from, dir = c.open(in)
	}
	return []mount{{baseDocumentsDir, bkllb.Scratch().File(bkllb.Copy(from, dir, "/", info), opts...), ""}}
}
