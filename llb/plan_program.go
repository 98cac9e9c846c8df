package llb

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// programJob is what a program of the user's own is run with: nil for the built-in
// engine.
func programJob(m *spec.Model, sources []spec.NamedSource) *job.Program {
	if !m.Exec() {
		return nil
	}
	t := m.Train
	p := &job.Program{
		Version: job.Version,
		Command: texts(t.Run),
		Dir:     OutDir,
		Data:    programData(sources),
		Task:    t.Task.V,
		Seed:    t.Seed.V,
		Threads: int(t.Threads.Or(1)),
		Class:   t.Reproducible.Or(job.ClassTolerance),
		Limits:  limits(t.Limits),
		Network: t.Network.V == networkDefault,
		Secrets: sorted(t.Secrets),
		Devices: sorted(t.Devices),
	}
	for _, e := range t.Env.Entries {
		if p.Env == nil {
			p.Env = map[string]string{}
		}
		p.Env[e.Key] = plainText(e.Value.V)
	}
	for _, e := range t.Sources.Entries {
		p.Sources = append(p.Sources, job.SourceTree{Name: e.Key, Path: "/" + e.Key})
	}
	slices.SortFunc(p.Sources, func(a, b job.SourceTree) int { return strings.Compare(a.Name, b.Name) })
	for _, e := range t.Outputs.Entries {
		p.Outputs = append(p.Outputs, job.Output{Name: e.Key, Path: e.Value.V})
	}
	slices.SortFunc(p.Outputs, func(a, b job.Output) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// networkDefault is the word of train.network for a step that has one.
const networkDefault = "default"

func sorted(s spec.Seq[spec.Value[string]]) []string { return slices.Sorted(slices.Values(texts(s))) }

// programData leaves raw data without an ending: it may be a folder.
func programData(sources []spec.NamedSource) []job.Dataset {
	out := datasets(sources)
	for i := range out {
		if out[i].Format == job.FormatRaw {
			out[i].Path = "/in/data/" + out[i].Name
		}
	}
	return out
}

// plainText writes a value as a program is to read it.
func plainText(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// limits of a spec that has been checked: sizes and times are sound.
func limits(l spec.Limits) job.Limits {
	var out job.Limits
	if l.Memory.Set {
		number := strings.TrimRight(l.Memory.V, "KMGTi")
		n, err := strconv.ParseInt(number, 10, 64)
		shift := map[string]int{"": 0, "Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40}[l.Memory.V[len(number):]]
		if err == nil {
			out.Memory = n << shift
		}
	}
	if d, err := time.ParseDuration(l.Time.V); err == nil {
		out.Seconds = d.Seconds()
	}
	return out
}

// outputs are the files and folders of a program that go into the image: the model
// first.
func outputs(p *job.Program) (model string, others []string) {
	for _, o := range p.Outputs {
		file := strings.TrimPrefix(o.Path, OutDir+"/")
		switch o.Name {
		case job.OutputModel:
			model = file
		case job.OutputMetrics, job.OutputPredictions: // evaluated, and told by the metrics
		default:
			others = append(others, file)
		}
	}
	return model, others
}

// ModelFile is the path of the model below ModelDir.
func (p *Plan) ModelFile() string {
	if p.Program != nil {
		model, _ := outputs(p.Program)
		return model
	}
	return modelFile
}

// trees describes what a program reads besides the data.
func trees(sources []spec.NamedTree, c Context) []packagejob.Source {
	var out []packagejob.Source
	for _, s := range sources {
		out = append(out, source(s.Name, s.Source, c))
	}
	return out
}

// programParameters are the resolved choices for the provenance in max mode. What
// the values of env mean is the program's own affair: they are named there too.
func programParameters(p *job.Program) map[string]any {
	outputs := map[string]any{}
	for _, o := range p.Outputs {
		outputs[o.Name] = o.Path
	}
	env := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		env[name] = p.Env[name]
	}
	return map[string]any{
		"engine": job.EngineExec, "command": p.Command, "env": env, "outputs": outputs, "seed": p.Seed, "threads": p.Threads,
		"class": p.Class, "limits": plain(p.Limits), "network": p.Network, "secrets": p.Secrets, "devices": p.Devices,
	}
}

// evaluateProgram is the job of the evaluation of what a program trained: it reads no
// data.
func evaluateProgram(e job.Evaluate) job.Evaluate {
	e.Data, e.Slices, e.Importance, e.PartialDependence = nil, nil, nil, nil
	return e
}

// programName is shown while the program runs.
func (p *Plan) programName() string {
	return "[train] " + path.Base(p.Program.Command[0]) + ": " + strings.Join(p.Program.Command, " ")
}
