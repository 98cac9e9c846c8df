package llb

import (
	"slices"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

// ContextPaths lists the files that the plan and those it needs read of each build
// context, by the context's name, so that nothing else has to be sent. The name of
// the build context itself is empty.
func (p *Plan) ContextPaths() map[string][]string {
	out := map[string][]string{}
	for _, q := range p.All() {
		for _, s := range q.Placed() {
			if s.InContext() && s.Source.Kind != spec.SourceLayoutBlob && s.Path != job.ImageBaseField && !slices.Contains(out[s.Source.Name], s.Source.Path) {
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
	if p.ImageBase != nil && p.Base == nil {
		out = append(out, p.ImageBase.Placed)
	}
	return out
}

// data mounts every dataset's file at its place in the step.
func (c *compiler) data() []mount {
	var in []input
	for i, s := range c.plan.Sources {
		in = append(in, dataset(s, c.plan.Train.Data[i].Path))
	}
	return c.mounted(in)
}

// dataset is a dataset that a step has at dest.
func dataset(s spec.NamedSource, dest string) input {
	return input{Source: s.Source, at: "data." + s.Name, shown: "[data] " + s.Name + ": " + s.Dataset.Source.V, dest: dest,
		raw: s.Dataset.Format.V == job.FormatRaw}
}
