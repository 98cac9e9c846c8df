package llb

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// The steps of programs of the user's own: all are run by one subcommand of the step
// binary.
var (
	phasePrepare = phase{job.StepPrepare, nil, []string{"prepare"}}
	phaseProgram = phase{"train", nil, []string{"data", "train"}}
	phaseScore   = phase{packagejob.StepScore, nil, []string{"evaluate"}}
)

// Where later steps find what the programs wrote that did not train.
const (
	scoresDir   = "/in/scores"
	programsDir = "/in/programs"
)

// programs runs those of the plan.
func (c *compiler) programs() (out built) {
	ps := c.plan.Programs
	root := c.environment(c.plan.Environment)
	var before, model []mount
	if ps.Prepare != nil {
		out.prepared = c.program(root, execution{phasePrepare, ps.Prepare, nil})
		before = append(before, mount{job.PreparedDir, out.prepared, ""})
	}
	for _, part := range append(slices.Clip(ps.Parts), ps.Train) {
		mounts := before
		if part.Part != nil && part.Part.From > 0 {
			mounts = append(slices.Clip(before), mount{job.CheckpointDir, out.train, strings.TrimPrefix(job.CheckpointOut, OutDir)})
		}
		out.train = c.program(root, execution{phaseProgram, part, mounts})
		out.parts = append(out.parts, out.train)
	}
	if ps.Score != nil {
		model = []mount{{job.ModelDir, out.train, ""}}
		out.scored = c.program(root, execution{phaseScore, ps.Score, slices.Concat(before, model)})
	}
	return out
}

// execution is one run of a program.
type execution struct {
	phase  phase
	job    *job.Program
	mounts []mount // besides data and sources
}

// program runs one on its environment. Unlike the steps of this project's own it has
// a root that it can write to: what it leaves there is thrown away, and only its
// outputs count.
func (c *compiler) program(root bkllb.State, e execution) bkllb.State {
	p, ph := e.job, e.phase
	data, err := canonical(p)
	if err != nil && c.err == nil {
		c.err = err
	}
	opts := []bkllb.RunOption{
		bkllb.Args(phase{name: execCommand}.command()),
		bkllb.Dir("/"),
		bkllb.Network(pb.NetMode_NONE),
		bkllb.AddMount(stepBinary, c.in.Step, bkllb.Readonly, bkllb.SourcePath(stepBinary)),
	}
	if p.Network {
		opts = append(opts, bkllb.Network(pb.NetMode_UNSET))
	}
	for _, m := range slices.Concat(c.programInputs(p), e.mounts) {
		mo := []bkllb.MountOption{bkllb.Readonly}
		if m.path != "" {
			mo = append(mo, bkllb.SourcePath(m.path))
		}
		opts = append(opts, bkllb.AddMount(m.dest, m.state, mo...))
	}
	for _, id := range p.Secrets {
		opts = append(opts, bkllb.AddSecret(path.Join(job.SecretsDir, id), bkllb.SecretID(id)))
	}
	for _, d := range p.Devices {
		opts = append(opts, device(d))
	}
	for _, o := range c.constraints(ph.stanzas, shown(ph, p)) {
		opts = append(opts, o)
	}
	at := bkllb.WithCreatedTime(scaffold())
	in := bkllb.Mkdir("/in", 0o755, at, bkllb.WithParents(true)).Mkfile(jobFile, 0o644, data, at)
	if p.Part != nil {
		in = in.Mkdir(job.CheckpointDir, 0o755, at)
	}
	written := root.File(in,
		c.constraints(ph.stanzas, "["+ph.name+"] write job")...)
	out := written.Run(opts...).AddMount(OutDir, bkllb.Scratch())
	c.steps = append(c.steps, Step{Plan: c.plan, Name: ph.name, State: out, Stanza: p.Stanza()})
	return out
}

// execCommand is the subcommand of the step binary that runs a program.
const execCommand = "exec"

// input is a source of a program and where it is mounted.
type input struct {
	dest     string
	source   spec.Source
	raw      bool
	at, name string // in the spec and in the progress
}

// from is the place that an input comes from: what is one state for BuildKit.
func (i input) from() string {
	s := i.source
	return strings.Join([]string{string(s.Kind), s.Name, s.URL, s.Commit, s.Image.String()}, " ")
}

// programInputs mounts data and sources. Of what comes from one place, a build context,
// a commit or an image, only one is mounted from it, and the others are copied out:
// BuildKit loses the output of a failed step that mounts one state twice. That one is
// the first raw dataset, which may be a folder of a great many files, else the first.
func (c *compiler) programInputs(p *job.Program) []mount {
	inputs := c.inputsOf(p)
	direct := map[string]string{} // by place
	for _, raw := range []bool{true, false} {
		for _, in := range inputs {
			if _, taken := direct[in.from()]; in.raw == raw && !taken {
				direct[in.from()] = in.dest
			}
		}
	}
	out := make([]mount, len(inputs))
	for i, in := range inputs {
		st, file := c.tree(in.source, []string{in.at}, in.name)
		if direct[in.from()] != in.dest {
			copied := bkllb.Copy(st, path.Join("/", file), "/tree", &bkllb.CopyInfo{CopyDirContentsOnly: true, FollowSymlinks: true})
			st, file = bkllb.Scratch().File(copied, c.constraints([]string{in.at}, in.name)...), "tree"
		}
		out[i] = mount{in.dest, st, path.Join("/", file)}
	}
	return out
}

// inputsOf are the data and the sources of a program, in that order.
func (c *compiler) inputsOf(p *job.Program) []input {
	var out []input
	for i, s := range c.plan.Sources {
		out = append(out, input{p.Data[i].Path, s.Source, s.Dataset.Format.V == job.FormatRaw, "data." + s.Name, "[data] " + s.Name + ": " + s.Dataset.Source.V})
	}
	for _, s := range c.plan.Trees {
		if s.Stanza == p.Stanza() {
			out = append(out, input{"/" + s.Name, s.Source, false, s.Path, "[" + stepOf(s.Stanza) + "] " + s.Name + ": " + s.Text})
		}
	}
	return out
}

// recorded are the records of the programs that did not train, for the package step.
func (c *compiler) recorded(b built) []mount {
	var out []mount
	add := func(step string, st bkllb.State) { out = append(out, mount{recordPath(step), st, "/" + recordFile}) }
	ps := c.plan.Programs
	if ps.Prepare != nil {
		add(packagejob.StepPrepare, b.prepared)
	}
	for i := range ps.Parts {
		add(packagejob.StepPart(i+1), b.parts[i])
	}
	if ps.Score != nil {
		add(packagejob.StepScore, b.scored)
	}
	return out
}

// recordFile is what every program's step says of itself.
const recordFile = "train.json"

// recordPath is where the package step finds it.
func recordPath(step string) string { return path.Join(programsDir, step+".json") }

// others are the programs but the one that made the model, in the order in which they
// run.
func (ps Programs) others() []packagejob.Program {
	var out []packagejob.Program
	add := func(step string) { out = append(out, packagejob.Program{Step: step, Record: recordPath(step)}) }
	if ps.Prepare != nil {
		add(packagejob.StepPrepare)
	}
	for i := range ps.Parts {
		add(packagejob.StepPart(i + 1))
	}
	if ps.Score != nil {
		add(packagejob.StepScore)
	}
	return out
}

// kept is a tree of the checkpoints that the image keeps, each in a folder that is
// named by its epochs; nil where it keeps none.
func (c *compiler) kept(b built) *bkllb.State {
	ps := c.plan.Programs
	if len(ps.Keep) == 0 {
		return nil
	}
	var action *bkllb.FileAction
	info := &bkllb.CopyInfo{CopyDirContentsOnly: true, CreateDestPath: true, CreatedTime: c.epoch()}
	for i, st := range b.parts[len(b.parts)-len(ps.Keep):] {
		from, to := strings.TrimPrefix(job.CheckpointOut, OutDir), path.Join("/checkpoints", strconv.FormatUint(ps.Keep[i].Part.Until, 10))
		if action == nil {
			action = bkllb.Copy(st, from, to, info)
			continue
		}
		action = action.Copy(st, from, to, info)
	}
	out := bkllb.Scratch().File(action, c.constraints([]string{"checkpoint"}, fmt.Sprintf("[image] collect %d checkpoint(s)", len(ps.Keep)))...)
	return &out
}

// tree is the state of a source and the path of the file or folder in it.
func (c *compiler) tree(s spec.Source, at []string, name string) (bkllb.State, string) {
	switch s.Kind {
	case spec.SourceHTTP:
		return c.http(s, at, name), httpFile
	case spec.SourceGit:
		return c.git(s, at, name), s.Path
	case spec.SourceTarget:
		if spec.Table(s.Path) {
			return c.table(s, at, name), "data"
		}
		return c.target(s.Name).image, path.Join(ModelDir, s.Path)
	case spec.SourceImage:
		return c.imageSource(s, at, name), s.Path
	}
	return c.in.Contexts[s.Name], s.Path
}
