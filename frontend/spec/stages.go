package spec

import (
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// reading is one reading of a model with the targets that it refers to, each read
// once.
type reading struct {
	*Reader
	o     Options
	stack []string // the targets being read, for the cycle message
	nodes int      // values read so far
	done  map[string]*Model
}

// model reads one target.
func (r *reading) model(target string) (*Model, diag.List) {
	c := newComposer(r.docs)
	n := c.read(r.file, r.data)
	if n == nil {
		return nil, c.diags
	}
	d := newDecoder(c)
	m := &Model{File: r.file, Raw: r.data, Files: c.data, reader: r.Reader, stages: map[string]*Model{}, spans: d.spans, meant: d.meant}
	if n.Kind == yaml.MappingNode {
		var list *yaml.Node
		if n, list = c.take(n, keyArgs); list != nil {
			m.Args = d.arguments(list, r.o.Args)
		}
		n, m.Targets = c.choose(n, target)
		m.Target = targetName(m.Targets, target)
		substitute(c, n, m.Args)
	}
	d.diags = append(c.diags, d.diags...)
	d.value(n, m, "")
	if len(m.Targets) == 0 && target != "" && m.Name.Set && target != m.Name.V {
		d.diags.Add(diag.UnknownTarget, m.Name.At, diag.DidYouMean(target, []string{m.Name.V}), "no target %q", target)
	}
	r.nodes += d.nodes
	if d.failed {
		return m, d.diags
	}
	return m, slices.Concat(d.diags, m.check(c, r.o, len(r.stack) == 0), r.stages(m))
}

// targetName is the target that is read: the first where none is asked for.
func targetName(all []TargetInfo, want string) string {
	if want == "" && len(all) > 0 {
		return all[0].Name
	}
	if len(all) == 0 {
		return ""
	}
	return want
}

// stages reads the targets that a model refers to.
func (r *reading) stages(m *Model) (diags diag.List) {
	r.stack = append(r.stack, m.Target)
	defer func() { r.stack = r.stack[:len(r.stack)-1] }()
	for _, ref := range m.References() {
		at := slices.Index(r.stack, ref.Target)
		switch {
		case !slices.ContainsFunc(m.Targets, func(t TargetInfo) bool { return t.Name == ref.Target }):
			continue // the check has reported it
		case at >= 0:
			diags.Add(diag.TargetCycle, ref.At, strings.Join(append(slices.Clone(r.stack[at:]), ref.Target), " → "),
				"%s: target %s needs itself", ref.Path, ref.Target)
			continue
		}
		child, ok := r.done[ref.Target]
		if !ok && r.nodes > maxStageNodes {
			diags.Add(diag.TooComplex, ref.At, "let fewer targets need each other", "%s: the targets that are needed have more than %d values", ref.Path, maxStageNodes)
			return diags
		}
		if !ok {
			var found diag.List
			child, found = r.model(ref.Target)
			r.done[ref.Target] = child
			diags = append(diags, found...)
		}
		m.stages[ref.Target] = child
		if child == nil {
			continue
		}
		if why, hint := child.lacks(ref.File); why != "" {
			diags.Add(diag.BadSource, ref.At, hint, "%s: target %s %s", ref.Path, ref.Target, why)
		}
	}
	return diags
}

// lacks says why the model does not have a file that targets can have, and what to do about
// it; it is empty where it has the file.
func (m *Model) lacks(file string) (why, hint string) {
	switch {
	case file == TensorsFile && !m.Train.Export.Safetensors.V:
		return "writes no tensors", "add train: {export: {safetensors: true}} to it"
	case file == OutOfFoldFile && !m.Split.KFold.Set:
		return "has no cross-validation", "add split: {kfold: 5} to it, or read " + PredictionsFile
	case file == cycloneDXFile && !m.SBOM.Has(CycloneDX):
		return "has no CycloneDX", "add " + CycloneDX + " to its sbom.formats"
	case file == spdxFile && !m.SBOM.Has(SPDX):
		return "has no SPDX 2.3", "add " + SPDX + " to its sbom.formats"
	}
	return "", ""
}

// Reference is a place of a spec that names another target of it.
type Reference struct {
	Target string
	File   string // the output of it; empty for all of them
	Path   string // such as data.train.source
	At     diag.Span
}

// References are the places where the model names other targets, in the order of
// the language.
func (m *Model) References() []Reference {
	var out []Reference
	add := func(v Value[string], path string) {
		if rest, ok := strings.CutPrefix(v.V, targetScheme); ok {
			name, file, _ := strings.Cut(rest, "/")
			out = append(out, Reference{name, file, path, v.At})
		}
	}
	for _, e := range m.Data.Entries {
		add(e.Value.Source, "data."+e.Key+".source")
	}
	for _, p := range m.Programs() {
		for _, e := range p.Sources.Entries {
			add(e.Value, p.Stanza+".sources."+e.Key)
		}
	}
	add(m.From, "from")
	add(m.Image.Base, "image.base")
	for _, e := range m.Image.Files.Entries {
		add(e.Value, "image.files."+e.Key)
	}
	return out
}

// Stage is the model of another target that this one refers to.
func (m *Model) Stage(target string) (*Model, bool) {
	s, ok := m.stages[target]
	return s, ok
}

// Stages are the targets that this one needs, directly or through others, each after
// those that it needs itself.
func (m *Model) Stages() []*Model {
	var out []*Model
	m.collect(&out)
	return out
}

func (m *Model) collect(out *[]*Model) {
	for _, ref := range m.References() {
		if s, ok := m.stages[ref.Target]; ok && s != nil && !slices.Contains(*out, s) {
			s.collect(out)
			*out = append(*out, s)
		}
	}
}
