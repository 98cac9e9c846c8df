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

// Programs are those that a plan runs; Train is nil for the built-in engine, and the
// others where the spec has none.
type Programs struct {
	Prepare, Train, Score *job.Program
	// Parts are the parts of training with checkpoints before the last one, which is
	// Train.
	Parts []*job.Program
	// Inputs is what the parts read, which is measured before the first one.
	Inputs *job.Inputs
	// Keep are the parts whose checkpoints are kept, from the first.
	Keep []*job.Program
}

func newPrograms(m *spec.Model, sources []spec.NamedSource) Programs {
	if !m.Exec() {
		return Programs{}
	}
	var out Programs
	data := programData(sources)
	for _, p := range m.Programs() {
		j := newProgram(p.Program, data)
		switch p.Stanza {
		case job.StepPrepare:
			j.Step, j.Seed = job.StepPrepare, m.Prepare.Seed.V
			out.Prepare = j
			continue
		case job.StepEvaluate:
			j.Step = job.StepEvaluate
			model, _ := outputs(out.Train)
			j.Model = path.Join(job.ModelDir, model)
			out.Score = j
		default:
			j.Task = m.Train.Task.V
			j.Class = m.Train.Reproducible.Or(job.ClassTolerance)
			j.Network = m.Train.Network.V == networkDefault
			j.Secrets = sorted(m.Train.Secrets)
			out.Train = j
		}
		j.Seed, j.Devices, j.Prepared = m.Train.Seed.V, sorted(m.Train.Devices), prepared(out.Prepare)
	}
	for _, p := range []*job.Program{out.Prepare, out.Train, out.Score} {
		if p != nil {
			p.Environment = job.EnvironmentFile
		}
	}
	out.split(m.Checkpoint)
	return out
}

// split splits training into parts. Each is the same program with other epochs, and
// writes all outputs: a part that was the last one stays what it is when more follow.
func (ps *Programs) split(k spec.Checkpoint) {
	if !k.Set {
		return
	}
	whole := *ps.Train
	whole.Inputs = job.InputsFile
	ps.Inputs = &job.Inputs{Version: job.Version, Data: whole.Data, Sources: whole.Sources, Environment: whole.Environment}
	whole.Outputs = append(slices.Clip(whole.Outputs), job.Output{Name: job.OutputCheckpoint, Path: job.CheckpointOut})
	slices.SortFunc(whole.Outputs, func(a, b job.Output) int { return strings.Compare(a.Name, b.Name) })
	var parts []*job.Program
	for from := uint64(0); from < k.Epochs.V; {
		part := whole
		part.Part = &job.Part{Number: len(parts) + 1, From: from, Until: from + min(k.Every.V, k.Epochs.V-from)}
		parts = append(parts, &part)
		from = part.Part.Until
	}
	last := len(parts) - 1
	ps.Parts, ps.Train = parts[:last], parts[last]
	ps.Keep = parts[len(parts)-int(min(k.Keep.V, uint64(len(parts)))):]
}

// platform tells all programs on which platform they run.
func (ps Programs) platform(name string) {
	for _, p := range append(slices.Clip(ps.Parts), ps.Prepare, ps.Train, ps.Score) {
		if p != nil {
			p.Platform = name
		}
	}
}

// newProgram is what the programs of all steps have.
func newProgram(s spec.Program, data []job.Dataset) *job.Program {
	p := &job.Program{
		Version: job.Version,
		Command: texts(s.Run),
		Dir:     OutDir,
		Data:    data,
		Threads: int(s.Threads.Or(1)),
		Limits:  limits(s.Limits),
	}
	for _, e := range s.Env.Entries {
		if p.Env == nil {
			p.Env = map[string]string{}
		}
		p.Env[e.Key] = plainText(e.Value.V)
	}
	for _, e := range s.Sources.Entries {
		p.Sources = append(p.Sources, job.SourceTree{Name: e.Key, Path: "/" + e.Key})
	}
	slices.SortFunc(p.Sources, func(a, b job.SourceTree) int { return strings.Compare(a.Name, b.Name) })
	for _, e := range s.Outputs.Entries {
		p.Outputs = append(p.Outputs, job.Output{Name: e.Key, Path: e.Value.V})
	}
	slices.SortFunc(p.Outputs, func(a, b job.Output) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// prepared is where the outputs of prepare are found by those after it.
func prepared(p *job.Program) []job.Output {
	if p == nil {
		return nil
	}
	var out []job.Output
	for _, o := range p.Outputs {
		out = append(out, job.Output{Name: o.Name, Path: job.PreparedDir + strings.TrimPrefix(o.Path, OutDir)})
	}
	return out
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
		case job.OutputCheckpoint:
			if p.Part == nil {
				others = append(others, file)
			}
		default:
			others = append(others, file)
		}
	}
	return model, others
}

// ModelFile is the path of the model below ModelDir.
func (p *Plan) ModelFile() string {
	if p.Programs.Train != nil {
		model, _ := outputs(p.Programs.Train)
		return model
	}
	return modelFile
}

// trees describes what programs read besides the data.
func trees(sources []spec.NamedTree, c Context) []packagejob.Tree {
	var out []packagejob.Tree
	for _, s := range sources {
		if s.Base && s.Source.Kind != spec.SourceImage {
			continue // known by its files alone
		}
		out = append(out, packagejob.Tree{Source: source(s.Name, s.Source, c), Step: stepOf(s.Stanza)})
	}
	return out
}

// stepOf is the step that runs the program of a stanza.
func stepOf(stanza string) string {
	if stanza == job.StepEvaluate {
		return phaseScore.name
	}
	return stanza
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
	out := map[string]any{"command": p.Command, "env": env, "outputs": outputs, "seed": p.Seed, "threads": p.Threads, "limits": plain(p.Limits)}
	if p.Step == "" {
		maps.Copy(out, map[string]any{"engine": job.EngineExec, "class": p.Class, "network": p.Network, "secrets": p.Secrets, "devices": p.Devices})
	}
	return out
}

// parameters are those of all programs, by their stanzas.
func (ps Programs) parameters(e job.Evaluate) map[string]any {
	evaluate := map[string]any{"gates": gates(e)}
	if e.ONNX != nil {
		evaluate["onnx"] = plain(e.ONNX)
		if len(e.Slices) > 0 {
			evaluate["slices"] = plain(e.Slices)
		}
	}
	out := map[string]any{"train": programParameters(ps.Train), "evaluate": evaluate}
	if part := ps.Train.Part; part != nil {
		out["checkpoint"] = map[string]any{"parts": part.Number, "epochs": part.Until, "keep": len(ps.Keep)}
	}
	if ps.Prepare != nil {
		out["prepare"] = programParameters(ps.Prepare)
	}
	if ps.Score != nil {
		maps.Copy(evaluate, programParameters(ps.Score))
	}
	return out
}

// evaluateProgram is the job of the evaluation of what a program trained: it reads no
// data, but for a model that is scored here.
func evaluateProgram(m *spec.Model, e job.Evaluate, ps Programs) job.Evaluate {
	e.Data, e.Importance, e.PartialDependence = nil, nil, nil
	if ps.Score != nil {
		e.Scores = scoresDir
	}
	o := m.Evaluate.ONNX
	if !o.Set {
		e.Slices = nil
	} else {
		for _, d := range ps.Train.Data {
			if d.Name == o.Data.Or("test") {
				e.Data = []job.Dataset{d}
			}
		}
		e.ONNX = &job.ONNX{Target: o.Target.V, Columns: texts(o.Columns), Classes: texts(o.Classes)}
	}
	return e
}

// shown is the name of a step that is shown while its program runs.
func shown(ph phase, p *job.Program) string {
	name := "[" + ph.name + "] " + path.Base(p.Command[0]) + ": " + strings.Join(p.Command, " ")
	if p.Part != nil {
		name += ", " + p.Part.String()
	}
	return name
}
