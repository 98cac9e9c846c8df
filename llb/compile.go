package llb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Inputs are the states that a plan's graph starts from.
type Inputs struct {
	Step       bkllb.State                 // root with /modelbuild-step, pinned by digest
	Contexts   map[string]bkllb.State      // build contexts by name; the build context itself is ""
	Layouts    map[string]Layout           // OCI layouts by the name of their context
	Bases      map[string]bkllb.State      // OCI layouts that images are built on, by the text of the spec
	SourceMaps map[string]*bkllb.SourceMap // the spec's files by name, for locations; may be nil
	Platform   ocispecs.Platform
	// NoCache says which steps run whatever the cache holds: those that the progress
	// names, as train and environment. It may be nil.
	NoCache func(step string) bool
}

// Layout is an OCI layout that a client shares.
type Layout struct {
	SessionID, StoreID string
}

// Graph is the compiled build.
type Graph struct {
	Image  bkllb.State // the image's root filesystem
	Attest bkllb.State // holds the predicates at TrainingRecordFile, CycloneDXFile and SPDXFile
	Steps  []Step      // of all targets that are built
}

// Step is one step of a target.
type Step struct {
	Plan   *Plan
	Name   string
	State  bkllb.State // what the step wrote
	Stanza string      // that it carries out; empty where that has its name, or none
}

// Compile writes the plan as LLB. Every op carries its place in the spec.
func (p *Plan) Compile(ctx context.Context, in Inputs) (Graph, error) {
	g := &graph{ctx: ctx, in: in, done: map[*Plan]built{}}
	top := g.compile(p)
	if g.err != nil {
		return Graph{}, fmt.Errorf("compile %s: %w", p.Model.Name.V, g.err)
	}
	return Graph{Image: top.image, Attest: top.packaged, Steps: g.steps}, nil
}

// graph compiles each target once.
type graph struct {
	ctx   context.Context //nolint:containedctx // of one call of Compile
	in    Inputs
	done  map[*Plan]built
	steps []Step
	err   error
}

// built is what the steps of one target make. Not every target has a program that
// prepares or scores.
type built struct {
	prepared, train, scored, evaluate, packaged, image bkllb.State
	selected                                           bkllb.State   // of a sweep
	own                                                bkllb.State   // the layers of the image apart from those of the image that it is built on
	signed                                             bkllb.State   // where the spec has a key
	parts                                              []bkllb.State // of a program that trains, in order; the last one is train
}

func (g *graph) compile(p *Plan) built {
	for _, stage := range p.Stages {
		if _, ok := g.done[stage]; !ok {
			g.done[stage] = g.compile(stage)
		}
	}
	c := &compiler{graph: g, plan: p}
	var out built
	var data []mount
	if p.Programs.Train != nil {
		out = c.programs()
	} else {
		data = c.data()
		reads := data
		if p.Sweep != nil {
			out.selected = c.sweep()
			reads = append(slices.Clip(data), mount{selectedPath, out.selected, "/" + selectedFile})
		}
		out.train = c.step(p.trainPhase(), p.Train, p.trainName(), reads)
	}
	mounts := []mount{{trainDir, out.train, ""}}
	if p.Evaluate.Scores != "" {
		mounts = append(mounts, mount{p.Evaluate.Scores, out.scored, ""})
	}
	mounts = append(mounts, c.evaluated(data)...)
	out.evaluate = c.step(phaseEvaluate, p.Evaluate, p.evaluateName(), mounts)
	server, files := c.server(), c.files()
	mounts = []mount{{trainDir, out.train, ""}, {evaluateDir, out.evaluate, ""}}
	mounts = slices.Concat(mounts, c.recorded(out), c.recordedSweep(out), c.described(files), served(server), c.baseDocuments(), c.listed())
	out.packaged = c.step(phasePackage, c.packageJob(mounts), packageName, mounts)
	if p.signs() {
		out.signed = c.sign(out.packaged)
	}
	out.own, out.image = c.image(out, server, files)
	return out
}

// evaluated are the datasets that the evaluation reads: those of training, or the one that a program's model is scored on.
func (c *compiler) evaluated(data []mount) []mount {
	e := c.plan.Evaluate
	if len(e.Data) == 0 {
		return nil
	}
	if e.ONNX == nil {
		return data
	}
	for _, s := range c.plan.Sources {
		if s.Name == e.Data[0].Name {
			return c.mounted([]input{dataset(s, e.Data[0].Path)})
		}
	}
	return nil
}

type compiler struct {
	*graph
	plan *Plan
}

// mount is a read-only input of a step; path selects a part of the state.
type mount struct {
	dest  string
	state bkllb.State
	path  string
}

// step is one exec of the step binary on a read-only root, without network. Its result is what the step wrote to /out.
func (c *compiler) step(ph phase, jobValue any, name string, mounts []mount) bkllb.State {
	opts := c.isolated(ph.command(), mounts, c.constraints(ph.stanzas, name))
	root := c.root(ph, c.canonical(jobValue), mounts)
	out := root.Run(append(opts, bkllb.ReadonlyRootFS())...).AddMount(OutDir, bkllb.Scratch())
	c.ran(ph, out, "")
	return out
}

// isolated are the options of every run of the step binary: nothing but its mounts, and
// no network.
func (c *compiler) isolated(args []string, mounts []mount, constraints []bkllb.ConstraintsOpt) []bkllb.RunOption {
	opts := append(options[bkllb.RunOption](constraints),
		bkllb.Args(args),
		bkllb.Dir("/"),
		bkllb.Network(pb.NetMode_NONE),
		bkllb.AddMount(stepBinary, c.in.Step, bkllb.Readonly, bkllb.SourcePath(stepBinary)),
	)
	for _, m := range mounts {
		mo := []bkllb.MountOption{bkllb.Readonly}
		if m.path != "" {
			mo = append(mo, bkllb.SourcePath(m.path))
		}
		opts = append(opts, bkllb.AddMount(m.dest, m.state, mo...))
	}
	return opts
}

// ran lists a step of the graph, which carries out a stanza that may have its name.
func (c *compiler) ran(ph phase, out bkllb.State, stanza string) {
	c.steps = append(c.steps, Step{Plan: c.plan, Name: ph.name, State: out, Stanza: stanza})
}

// canonical is the job of a step; an error is that of the whole graph.
func (c *compiler) canonical(job any) []byte {
	data, err := canonical(job)
	if err != nil && c.err == nil {
		c.err = err
	}
	return data
}

// constraints are the options every op has: platform, place in the spec, name
// shown in the progress.
func (c *compiler) constraints(stanzas []string, name string) []bkllb.ConstraintsOpt {
	return append(c.layer(stanzas, name), bkllb.WithCustomName(c.named(name)))
}

// layer are the constraints of an op that makes a layer of the image. BuildKit writes its name into the image's history, and
// keeps it in the cache with what the op makes: it is the same for the same op, whatever target or platform it is built for.
func (c *compiler) layer(stanzas []string, name string) []bkllb.ConstraintsOpt {
	opts := []bkllb.ConstraintsOpt{
		bkllb.Platform(c.in.Platform),
		bkllb.WithCustomName(name),
	}
	opts = append(opts, c.locations(stanzas)...)
	if step, _, _ := strings.Cut(strings.TrimPrefix(name, "["), "]"); c.in.NoCache != nil && c.in.NoCache(step) {
		opts = append(opts, bkllb.IgnoreCache)
	}
	return opts
}

// named puts the target in the name of an op that is built for another one, as in
// [first train], and the platform of one that has a model of its own.
func (c *compiler) named(name string) string {
	of := ""
	if e := c.plan.Environment; e != nil && e.Platform != "" {
		of = e.Platform + " "
	}
	if c.plan.Stage != "" {
		of += c.plan.Stage + " "
	}
	return strings.Replace(name, "[", "["+of, 1)
}

// locations ties an op to the stanzas it carries out: one location for each file,
// with a range for each stanza.
func (c *compiler) locations(stanzas []string) []bkllb.ConstraintsOpt {
	var files []string
	ranges := map[string][]*pb.Range{}
	for _, r := range lines(c.plan.Model, stanzas) {
		if ranges[r.File] == nil {
			files = append(files, r.File)
		}
		ranges[r.File] = append(ranges[r.File], &pb.Range{
			Start: &pb.Position{Line: int32(r.First)},
			End:   &pb.Position{Line: int32(r.Last)},
		})
	}
	var opts []bkllb.ConstraintsOpt
	for _, f := range files {
		if sm := c.in.SourceMaps[f]; sm != nil {
			opts = append(opts, sm.Location(ranges[f]))
		}
	}
	return opts
}

func (p *Plan) trainName() string {
	of := ""
	if target := p.Train.Features.Target; target != "" {
		of = " of " + target
	}
	return fmt.Sprintf("[train] %s%s from %d dataset(s), seed %d", p.Train.Algorithm, of, len(p.Train.Data), p.Train.Seed)
}

func (p *Plan) evaluateName() string {
	return fmt.Sprintf("[evaluate] held-out rows, %d gate(s)", len(p.Evaluate.Gates))
}

// scaffold is the time of what steps run on: fixed, since another epoch is no
// reason to run them again.
func scaffold() time.Time { return time.Unix(0, 0).UTC() }

// epoch is the time of every file of the image.
func (c *compiler) epoch() *time.Time { return &c.plan.Epoch }
