package llb

import (
	"fmt"
	"time"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Inputs are the states that a plan's graph starts from.
type Inputs struct {
	Step       bkllb.State                 // root with /modelbuild-step, pinned by digest
	Contexts   map[string]bkllb.State      // build contexts by name; the build context itself is ""
	SourceMaps map[string]*bkllb.SourceMap // the spec's files by name, for locations; may be nil
	Platform   ocispecs.Platform
	NoCache    bool
}

// Graph is the compiled build.
type Graph struct {
	Image  bkllb.State // the image's root filesystem
	Attest bkllb.State // holds the predicates at TrainingRecordFile, CycloneDXFile and SPDXFile
}

// Compile writes the plan as LLB. Every op carries its place in the spec.
func (p *Plan) Compile(in Inputs) (Graph, error) {
	c := &compiler{plan: p, in: in}
	data := c.data()
	train := c.step(phaseTrain, p.Train, p.trainName(), data)
	evaluateMounts := []mount{{trainDir, train, ""}}
	if len(p.Evaluate.Data) > 0 {
		evaluateMounts = append(evaluateMounts, data...)
	}
	evaluate := c.step(phaseEvaluate, p.Evaluate, p.evaluateName(), evaluateMounts)
	packaged := c.step(phasePackage, p.Package, "[package] provenance and SBOMs",
		[]mount{{trainDir, train, ""}, {evaluateDir, evaluate, ""}})
	if c.err != nil {
		return Graph{}, fmt.Errorf("compile %s: %w", p.Model.Name.V, c.err)
	}
	return Graph{
		Image:  c.image(train, evaluate, packaged),
		Attest: packaged,
	}, nil
}

type compiler struct {
	plan *Plan
	in   Inputs
	err  error
}

// mount is a read-only input of a step; path selects a part of the state.
type mount struct {
	dest  string
	state bkllb.State
	path  string
}

// step is one exec of the step binary on a read-only root, without network. Its result is what the step wrote to /out.
func (c *compiler) step(ph phase, jobValue any, name string, mounts []mount) bkllb.State {
	data, err := canonical(jobValue)
	if err != nil && c.err == nil {
		c.err = err
	}
	opts := []bkllb.RunOption{
		bkllb.Args(ph.command()),
		bkllb.Dir("/"),
		bkllb.Network(pb.NetMode_NONE),
		bkllb.ReadonlyRootFS(),
		bkllb.AddMount(stepBinary, c.in.Step, bkllb.Readonly, bkllb.SourcePath(stepBinary)),
	}
	for _, m := range mounts {
		mo := []bkllb.MountOption{bkllb.Readonly}
		if m.path != "" {
			mo = append(mo, bkllb.SourcePath(m.path))
		}
		opts = append(opts, bkllb.AddMount(m.dest, m.state, mo...))
	}
	for _, o := range c.constraints(ph.stanzas, name) {
		opts = append(opts, o)
	}
	return c.root(ph, data, mounts).Run(opts...).AddMount(OutDir, bkllb.Scratch())
}

// constraints are the options every op has: platform, place in the spec, name
// shown in the progress.
func (c *compiler) constraints(stanzas []string, name string) []bkllb.ConstraintsOpt {
	opts := []bkllb.ConstraintsOpt{
		bkllb.Platform(c.in.Platform),
		bkllb.WithCustomName(name),
	}
	opts = append(opts, c.locations(stanzas)...)
	if c.in.NoCache {
		opts = append(opts, bkllb.IgnoreCache)
	}
	return opts
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
	return fmt.Sprintf("[train] %s of %s from %d dataset(s), seed %d",
		p.Train.Algorithm, p.Train.Features.Target, len(p.Train.Data), p.Train.Seed)
}

func (p *Plan) evaluateName() string {
	return fmt.Sprintf("[evaluate] held-out rows, %d gate(s)", len(p.Evaluate.Gates))
}

// scaffold is the time of what steps run on: fixed, since another epoch is no
// reason to run them again.
func scaffold() time.Time { return time.Unix(0, 0).UTC() }

// epoch is the time of every file of the image.
func (c *compiler) epoch() *time.Time { return &c.plan.Epoch }
