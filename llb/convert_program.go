package llb

import (
	"path"
	"slices"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

// phaseProgram is the train step of a program of the user's own.
var phaseProgram = phase{"exec", nil, []string{"data", "train"}}

// program runs one on its environment. Unlike the steps of this project's own it has
// a root that it can write to: what it leaves there is thrown away, and only its
// outputs count.
func (c *compiler) program() bkllb.State {
	p := c.plan.Program
	data, err := canonical(p)
	if err != nil && c.err == nil {
		c.err = err
	}
	opts := []bkllb.RunOption{
		bkllb.Args(phaseProgram.command()),
		bkllb.Dir("/"),
		bkllb.Network(pb.NetMode_NONE),
		bkllb.AddMount(stepBinary, c.in.Step, bkllb.Readonly, bkllb.SourcePath(stepBinary)),
	}
	if p.Network {
		opts = append(opts, bkllb.Network(pb.NetMode_UNSET))
	}
	for _, m := range c.programInputs() {
		opts = append(opts, bkllb.AddMount(m.dest, m.state, bkllb.Readonly, bkllb.SourcePath(m.path)))
	}
	for _, id := range p.Secrets {
		opts = append(opts, bkllb.AddSecret(path.Join(job.SecretsDir, id), bkllb.SecretID(id)))
	}
	for _, d := range p.Devices {
		opts = append(opts, bkllb.AddCDIDevice(bkllb.CDIDeviceName(d)))
	}
	for _, o := range c.constraints(phaseProgram.stanzas, c.plan.programName()) {
		opts = append(opts, o)
	}
	at := bkllb.WithCreatedTime(scaffold())
	root := c.environment(c.plan.Environment).File(
		bkllb.Mkdir("/in", 0o755, at, bkllb.WithParents(true)).Mkfile(jobFile, 0o644, data, at),
		c.constraints(phaseProgram.stanzas, "[train] write job")...)
	out := root.Run(opts...).AddMount(OutDir, bkllb.Scratch())
	c.steps = append(c.steps, Step{c.plan, phaseProgram.name, out})
	return out
}

// programInputs mounts data and sources. Of what comes from one place, a build context
// or a commit, only the first is mounted from it, and the others are copied out:
// BuildKit loses the output of a failed step that mounts one state twice. Data comes
// first, as the larger.
func (c *compiler) programInputs() []mount {
	var out []mount
	var used []string
	add := func(dest string, s spec.Source, at, name string) {
		st, file := c.tree(s, []string{at}, name)
		from := string(s.Kind) + " " + s.Name + " " + s.URL + " " + s.Commit
		if slices.Contains(used, from) {
			copied := bkllb.Copy(st, path.Join("/", file), "/tree", &bkllb.CopyInfo{CopyDirContentsOnly: true, FollowSymlinks: true})
			st, file = bkllb.Scratch().File(copied, c.constraints([]string{at}, name)...), "tree"
		}
		used = append(used, from)
		out = append(out, mount{dest, st, path.Join("/", file)})
	}
	for i, s := range c.plan.Sources {
		add(c.plan.Program.Data[i].Path, s.Source, "data."+s.Name, "[data] "+s.Name+": "+s.Dataset.Source.V)
	}
	for _, s := range c.plan.Trees {
		add("/"+s.Name, s.Source, "train.sources."+s.Name, "[train] "+s.Name+": "+s.Text)
	}
	return out
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
	}
	return c.in.Contexts[s.Name], s.Path
}
