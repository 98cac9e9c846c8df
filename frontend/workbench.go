package frontend

import (
	"context"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/attestations"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/result"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// devTarget is the target that stands for the workbench of a file's model, and with a
// dash the ending of the one of another target.
const devTarget = "dev"

// workbenchOf is the target whose workbench a target names; the file's first one where
// it is empty.
func workbenchOf(target string) (string, bool) {
	if target == devTarget {
		return "", true
	}
	return strings.CutSuffix(target, "-"+devTarget)
}

func noSuchTarget(l diag.List, target string) bool {
	return slices.ContainsFunc(l, func(d diag.Diagnostic) bool {
		return d.Code == diag.UnknownTarget && strings.Contains(d.Message, `"`+target+`"`)
	})
}

// parseTarget reads the model of the build's target. A target of the file's own goes
// before a workbench of the same name.
func (b *build) parseTarget(ctx context.Context) diag.List {
	diags := b.parse(ctx, b.dc.Target)
	of, ok := workbenchOf(b.dc.Target)
	if !ok || !noSuchTarget(diags, b.dc.Target) {
		return diags
	}
	model := b.model
	found := b.parse(ctx, of)
	if noSuchTarget(found, of) || b.model == nil {
		b.model = model
		return diags
	}
	b.workbench = true
	if b.model.Train.Set && !b.model.Exec() {
		found.Add(diag.UnknownTarget, b.model.At("train"), "only train.engine: exec has an environment to work in",
			"there is no workbench: the built-in engine trains this model")
	}
	return found
}

// runWorkbench builds the workbench of a plan, for each platform one with the environment of that. Its
// programs are not run for it, but those that install its packages.
func (b *build) runWorkbench(ctx context.Context, env llb.Env, pin *stepPin) (*gwclient.Result, error) {
	targets := b.dc.TargetPlatforms
	if len(targets) == 0 {
		targets = b.dc.BuildPlatforms[:1]
	}
	var made []builtModel
	for _, p := range targets {
		m, err := b.makeWorkbench(ctx, env, pin, p)
		if err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	rb, err := b.dc.Build(ctx, func(_ context.Context, p *ocispecs.Platform, _ int) (*dockerui.BuildResult, error) {
		target := b.dc.BuildPlatforms[0]
		if p != nil {
			target = *p
		}
		m := modelFor(made, target)
		return &dockerui.BuildResult{Reference: m.ref, Image: m.plan.WorkbenchConfig(platforms.Normalize(target), b.dc.Labels), Epoch: &m.plan.Epoch}, nil
	})
	if err != nil {
		return nil, err
	}
	requested, err := attestations.Parse(b.dc.BuildOpts().Opts)
	if err != nil {
		return nil, err
	}
	if _, ok := requested[attestations.KeyTypeSbom]; ok {
		if err := b.attestWorkbench(ctx, rb, made); err != nil {
			return nil, err
		}
	}
	return rb.Finalize()
}

// makeWorkbench builds the one of a platform: on that of the steps in the environment that the model is trained in.
func (b *build) makeWorkbench(ctx context.Context, env llb.Env, pin *stepPin, p ocispecs.Platform) (m builtModel, err error) {
	m.platform = platforms.Format(platforms.Normalize(p))
	if m.platform != platforms.Format(platforms.Normalize(b.dc.BuildPlatforms[0])) {
		env.Target, env.Workbench = m.platform, true
	}
	if m.plan, err = b.plan(env); err != nil {
		return m, err
	}
	in, err := b.inputs(ctx, m.plan, pin)
	if err != nil {
		return m, err
	}
	if len(m.plan.Stages) > 0 {
		bases, err := b.imageBases(ctx, p)
		if err != nil {
			return m, err
		}
		in.Bases = bases.states
	}
	if m.graph, err = m.plan.Workbench(in); err != nil {
		return m, err
	}
	if m.ref, err = b.solve(ctx, m.graph.Image, true); err != nil {
		return m, b.explain(ctx, m.plan, m.graph, err)
	}
	return m, nil
}

// attestWorkbench attaches the list of its packages.
func (b *build) attestWorkbench(ctx context.Context, rb *dockerui.ResultBuilder, made []builtModel) error {
	a := attestation{predicate: PredicateSPDX, file: llb.WorkbenchSPDX, reason: result.AttestationReasonSBOM}
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, p ocispecs.Platform) error {
		said, err := b.solve(ctx, modelFor(made, p).graph.Attest, false)
		if err != nil {
			return err
		}
		rb.AddAttestation(id, a.with(said))
		return nil
	})
}
