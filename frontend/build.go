package frontend

import (
	"context"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// language is the name of the spec's language in source maps and provenance.
const language = "YAML"

// Build is the frontend's entry point; its signature is BuildKit's BuildFunc.
func Build(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
	dc, err := dockerui.NewClient(c)
	if err != nil {
		return nil, err
	}
	src, err := dc.ReadEntrypoint(ctx, language)
	if err != nil {
		return nil, entrypointError(err, c.BuildOpts().Opts["filename"])
	}
	b := &build{client: c, dc: dc, src: src}
	diags := b.lint(b.parseTarget(ctx))
	if res, ok, err := b.subrequest(ctx, diags); err != nil || ok {
		return res, err
	}
	if err := b.errors(diags.Errors()); err != nil {
		return nil, err
	}
	b.warn(ctx, diags.Warnings())
	return b.run(ctx)
}

// build is one build of one spec.
type build struct {
	client gwclient.Client
	dc     *dockerui.Client
	src    *dockerui.Source
	model  *spec.Model
	hidden diag.List // what no excerpt may show
	// workbench says that the target is the environment of the model's program.
	workbench bool
}

func (b *build) run(ctx context.Context) (*gwclient.Result, error) {
	if err := b.usePlatforms(); err != nil {
		return nil, err
	}
	if err := secretOptions(b.client.BuildOpts().Opts); err != nil {
		return nil, err
	}
	pin, err := pinStep(ctx, b.dc)
	if err != nil {
		return nil, err
	}
	if err := b.checkLocked(pin); err != nil {
		return nil, err
	}
	env, err := b.env(pin)
	if err != nil {
		return nil, err
	}
	if err := b.keepSecret(env); err != nil {
		return nil, err
	}
	if b.workbench {
		return b.runWorkbench(ctx, env, pin)
	}
	models, err := b.models(ctx, env, pin)
	if err != nil {
		return nil, err
	}
	rb, err := b.dc.Build(ctx, func(_ context.Context, p *ocispecs.Platform, _ int) (*dockerui.BuildResult, error) {
		return b.platformResult(models, p), nil
	})
	if err != nil {
		return nil, err
	}
	if err := b.attest(ctx, rb, models); err != nil {
		return nil, err
	}
	return rb.Finalize()
}

func (b *build) plan(env llb.Env) (*llb.Plan, error) {
	plan, err := llb.NewPlan(b.model, env)
	if l, ok := diag.From(err); ok {
		return nil, b.errors(l)
	}
	return plan, err
}

// usePlatforms takes the platforms of the spec where the build names none.
func (b *build) usePlatforms() error {
	wanted := b.model.Platforms.Items
	if len(b.dc.TargetPlatforms) > 0 || len(wanted) == 0 {
		return nil
	}
	for _, v := range wanted {
		p, err := platforms.Parse(v.V)
		if err != nil {
			var l diag.List
			l.Add(diag.BadValue, v.At, "as in linux/amd64", "%q is not a platform", v.V)
			return b.errors(l)
		}
		b.dc.TargetPlatforms = append(b.dc.TargetPlatforms, platforms.Normalize(p))
	}
	b.dc.MultiPlatformRequested = b.dc.MultiPlatformRequested || len(wanted) > 1
	return nil
}

// platformResult is the image for one platform. Where all of them have one model, which
// holds no machine code, they share a root filesystem and differ in the configuration.
func (b *build) platformResult(models []builtModel, p *ocispecs.Platform) *dockerui.BuildResult {
	target := b.dc.BuildPlatforms[0]
	if p != nil {
		target = *p
	}
	m := modelFor(models, target)
	out := &dockerui.BuildResult{
		Reference: m.ref,
		Image:     m.plan.Image.Config(platforms.Normalize(target)),
		Epoch:     &m.plan.Epoch,
	}
	if base := m.plan.ImageBase; base != nil {
		out.BaseImage = base.Config // its layers and their times stay as they are
	}
	return out
}

func (b *build) compile(ctx context.Context, plan *llb.Plan, pin *stepPin, bases imageBases) (llb.Graph, error) {
	in, err := b.inputs(ctx, plan, pin)
	if err != nil {
		return llb.Graph{}, err
	}
	in.Bases = bases.states
	return plan.Compile(ctx, in)
}

// inputs are what a plan is compiled with.
func (b *build) inputs(ctx context.Context, plan *llb.Plan, pin *stepPin) (in llb.Inputs, err error) {
	in = llb.Inputs{
		Step:       pin.state,
		SourceMaps: b.sourceMaps(),
		Platform:   b.dc.BuildPlatforms[0],
		NoCache:    b.dc.IsNoCache,
	}
	in.Layouts = b.shared(plan)
	in.Contexts, err = b.contexts(ctx, plan)
	return in, err
}

// solve runs a state; evaluate waits for it, so that errors surface here.
func (b *build) solve(ctx context.Context, st bkllb.State, evaluate bool) (gwclient.Reference, error) {
	def, err := b.marshal(ctx, st)
	if err != nil {
		return nil, err
	}
	res, err := b.client.Solve(ctx, gwclient.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: b.dc.CacheImports,
		Evaluate:     evaluate,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

func (b *build) marshalOptions() []bkllb.ConstraintsOpt {
	return []bkllb.ConstraintsOpt{bkllb.Platform(b.dc.BuildPlatforms[0]), bkllb.WithCaps(b.dc.BuildOpts().LLBCaps)}
}

func (b *build) marshal(ctx context.Context, st bkllb.State) (*bkllb.Definition, error) {
	def, err := st.Marshal(ctx, b.marshalOptions()...)
	if err != nil {
		return nil, fmt.Errorf("marshal LLB: %w", err)
	}
	return def, nil
}

// entrypointError explains why the spec could not be read. BuildKit refuses a
// file over a gateway message before its size can be learnt.
func entrypointError(err error, filename string) error {
	if strings.Contains(err.Error(), "exceeds maximum allowed size") {
		return spec.TooLarge(filename, 0).Err()
	}
	return err
}
