package llb

import (
	"fmt"

	bkllb "github.com/moby/buildkit/client/llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// The workbench of a program is an image of the environment that it is trained in, with
// its data and sources, to work in by hand.
const (
	WorkbenchUser  = "65532:65532"
	WorkbenchStart = "/usr/local/bin/workbench" // what a container runs
	// WorkbenchSPDX is the bill of materials in Graph.Attest of a workbench.
	WorkbenchSPDX = "/spdx.json"
	// LabelWorkbench says that an image is one: it has no model.
	LabelWorkbench = "org.modelbuild.workbench"
)

var phaseWorkbench = phase{"workbench", nil, []string{"train"}}

// Workbench compiles the workbench of a plan with a program. Nothing is trained for it,
// but for targets that the program reads from, and none of its steps are those of the
// model.
func (p *Plan) Workbench(in Inputs) (Graph, error) {
	g := &graph{in: in, done: map[*Plan]built{}}
	for _, stage := range p.Stages {
		if _, ok := g.done[stage]; !ok {
			g.done[stage] = g.compile(stage)
		}
	}
	c := &compiler{graph: g, plan: p}
	image, out := c.workbench()
	if g.err != nil {
		return Graph{}, fmt.Errorf("compile the workbench of %s: %w", p.Model.Name.V, g.err)
	}
	return Graph{Image: image, Attest: out, Steps: g.steps}, nil
}

// workbench is the image, and what its step says of it.
func (c *compiler) workbench() (image, out bkllb.State) {
	p := c.plan.Programs.Train
	inputs := c.programInputs(p)
	root := c.told(c.environment(c.plan.Environment), phaseWorkbench, p)
	run := root.Run(c.isolated(phaseWorkbench.command(), inputs, c.layer(phaseWorkbench.stanzas, "[workbench] user, start, no way to root"))...)
	out = run.AddMount(OutDir, bkllb.Scratch())
	c.ran(phaseWorkbench, out, "train")
	owner := bkllb.WithUser(WorkbenchUser)
	action := bkllb.Rm(OutDir, bkllb.WithAllowNotFound(true)).Mkdir(OutDir, 0o755, owner, bkllb.WithCreatedTime(*c.epoch()))
	for _, m := range inputs {
		action = action.Copy(m.state, m.path, m.dest, &bkllb.CopyInfo{
			Mode:           &bkllb.ChmodOpt{ModeStr: filesMode},
			ChownOpt:       &bkllb.ChownOpt{User: &bkllb.UserOpt{UID: 65532}, Group: &bkllb.UserOpt{UID: 65532}},
			FollowSymlinks: true, CopyDirContentsOnly: true, CreateDestPath: true, AllowWildcard: false, CreatedTime: c.epoch(),
		})
	}
	image = run.Root().File(action, c.layer([]string{"data", "train.sources"}, "[workbench] data and sources")...)
	return image, out
}

// WorkbenchConfig is the configuration of a workbench's image.
func (p *Plan) WorkbenchConfig(platform ocispecs.Platform, labels map[string]string) *dockerspec.DockerOCIImage {
	i := Image{User: WorkbenchUser, Entrypoint: []string{WorkbenchStart}, Created: p.Epoch, Labels: map[string]string{
		ocispecs.AnnotationTitle: p.Model.Name.V + " workbench", LabelName: p.Model.Name.V, LabelWorkbench: "true",
	}}
	for name, value := range labels {
		i.Labels[name] = value
	}
	img := i.Config(platform)
	img.Config.WorkingDir = OutDir
	return img
}
