package llb

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// The steps of programs of the user's own: all are run by one subcommand of the step
// binary.
var (
	phasePackages = phase{"packages", nil, []string{"train.base", "train.packages"}}
	phasePrepare  = phase{job.StepPrepare, nil, []string{"prepare"}}
	phaseProgram  = phase{"train", nil, []string{"data", "train"}}
	phaseInputs   = phase{"inputs", nil, []string{"data", "train"}}
	phaseScore    = phase{packagejob.StepScore, nil, []string{"evaluate"}}
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
	packages := mount{job.EnvironmentFile, c.packages(root), "/" + environmentFile}
	before := []mount{packages}
	if ps.Prepare != nil {
		out.prepared = c.program(root, execution{phasePrepare, ps.Prepare, before})
		before = append(before, mount{job.PreparedDir, out.prepared, ""})
	}
	parts := before
	if ps.Inputs != nil {
		parts = append(slices.Clip(before), mount{job.InputsFile, c.inputs(root, packages), "/" + inputsFile})
	}
	for _, part := range append(slices.Clip(ps.Parts), ps.Train) {
		mounts := parts
		if part.Part != nil && part.Part.From > 0 {
			mounts = append(slices.Clip(parts), mount{job.CheckpointDir, out.train, strings.TrimPrefix(job.CheckpointOut, OutDir)})
		}
		out.train = c.program(root, execution{phaseProgram, part, mounts})
		out.parts = append(out.parts, out.train)
	}
	if ps.Score != nil {
		out.scored = c.program(root, execution{phaseScore, ps.Score, append(slices.Clip(before), mount{job.ModelDir, out.train, ""})})
	}
	return out
}

// packages lists those of the environment, which all programs run on: a step of its own,
// since another program or other data change nothing of it.
func (c *compiler) packages(root bkllb.State) bkllb.State {
	args := []string{stepBinary, phasePackages.name, "--out", OutDir}
	opts := c.isolated(args, nil, c.constraints(phasePackages.stanzas, "["+phasePackages.name+"] list those of the environment"))
	out := root.Run(opts...).AddMount(OutDir, bkllb.Scratch())
	c.ran(phasePackages, out, phaseProgram.name)
	return out
}

// inputs measures what the parts of a training read: of many gigabytes each of them
// would take longer to hash than to train on. It is a step of its own, which neither the
// program nor the number of epochs reaches.
func (c *compiler) inputs(root bkllb.State, packages mount) bkllb.State {
	ps, at := c.plan.Programs, bkllb.WithCreatedTime(scaffold())
	told := root.File(bkllb.Mkdir("/in", 0o755, at, bkllb.WithParents(true)).Mkfile(jobFile, 0o644, c.canonical(ps.Inputs), at),
		c.constraints(phaseInputs.stanzas, "["+phaseInputs.name+"] write job")...)
	name := fmt.Sprintf("[%s] digests of %d dataset(s) and %d source(s)", phaseInputs.name, len(ps.Inputs.Data), len(ps.Inputs.Sources))
	opts := c.isolated(phaseInputs.command(), append(c.programInputs(ps.Train), packages), c.constraints(phaseInputs.stanzas, name))
	out := told.Run(opts...).AddMount(OutDir, bkllb.Scratch())
	c.ran(phaseInputs, out, phaseProgram.name)
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
	opts := c.isolated(phase{name: execCommand}.command(), slices.Concat(c.programInputs(p), e.mounts), c.constraints(ph.stanzas, shown(ph, p)))
	if p.Network {
		opts = append(opts, bkllb.Network(pb.NetMode_UNSET))
	}
	for _, id := range p.Secrets {
		opts = append(opts, bkllb.AddSecret(path.Join(job.SecretsDir, id), bkllb.SecretID(id)))
	}
	for _, d := range p.Devices {
		opts = append(opts, device(d))
	}
	out := c.told(root, ph, p).Run(opts...).AddMount(OutDir, bkllb.Scratch())
	c.ran(ph, out, p.Stanza())
	return out
}

// told is an environment with the job of a program.
func (c *compiler) told(root bkllb.State, ph phase, p *job.Program) bkllb.State {
	at := bkllb.WithCreatedTime(scaffold())
	in := bkllb.Mkdir("/in", 0o755, at, bkllb.WithParents(true)).Mkfile(jobFile, 0o644, c.canonical(p), at)
	if p.Part != nil {
		in = in.Mkdir(job.CheckpointDir, 0o755, at)
	}
	return root.File(in, c.layer(ph.stanzas, "["+ph.name+"] write job")...) // of a workbench's image
}

// execCommand is the subcommand of the step binary that runs a program.
const execCommand = "exec"

// programInputs mounts data and sources of a program.
func (c *compiler) programInputs(p *job.Program) []mount {
	var in []input
	for i, s := range c.plan.Sources {
		in = append(in, dataset(s, p.Data[i].Path))
	}
	for _, s := range c.plan.Trees {
		if s.Stanza == p.Stanza() {
			dest := "/" + s.Name
			if s.Base {
				dest = job.BaseDir
			}
			in = append(in, input{Source: s.Source, at: s.Path, shown: "[" + stepOf(s.Stanza) + "] " + s.Name + ": " + s.Text, dest: dest, base: s.Base})
		}
	}
	return c.mounted(in)
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

// inputsFile is what the step that measures for the parts of a training writes.
const inputsFile = "inputs.json"

// environmentFile is what the step that lists the packages of the environment writes.
const environmentFile = "environment.json"

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
