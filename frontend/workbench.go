package frontend

import (
	"context"
	"fmt"
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

// runWorkbench builds the workbench of a plan.
func (b *build) runWorkbench(ctx context.Context, env llb.Env, pin *stepPin) (*gwclient.Result, error) {
	plan, err := b.plan(env)
	if err != nil {
		return nil, err
	}
	in, err := b.inputs(ctx, plan, pin)
	if err != nil {
		return nil, err
	}
	if len(plan.Stages) > 0 {
		bases, err := b.imageBases(ctx, b.dc.BuildPlatforms[0])
		if err != nil {
			return nil, err
		}
		in.Bases = bases.states
	}
	graph, err := plan.Workbench(in)
	if err != nil {
		return nil, err
	}
	ref, err := b.solve(ctx, graph.Image, true)
	if err != nil {
		return nil, b.explain(ctx, plan, graph, err)
	}
	rb, err := b.dc.Build(ctx, func(_ context.Context, p *ocispecs.Platform, _ int) (*dockerui.BuildResult, error) {
		target := platforms.Normalize(b.dc.BuildPlatforms[0])
		if p != nil && platforms.Format(platforms.Normalize(*p)) != platforms.Format(target) {
			return nil, fmt.Errorf("a workbench holds programs for %s, and cannot be built for %s: build it with --platform %s",
				platforms.Format(target), platforms.Format(*p), platforms.Format(target))
		}
		return &dockerui.BuildResult{Reference: ref, Image: plan.WorkbenchConfig(target, b.dc.Labels), Epoch: &plan.Epoch}, nil
	})
	if err != nil {
		return nil, err
	}
	requested, err := attestations.Parse(b.dc.BuildOpts().Opts)
	if err != nil {
		return nil, err
	}
	if _, ok := requested[attestations.KeyTypeSbom]; ok {
		if err := b.attestWorkbench(ctx, rb, graph); err != nil {
			return nil, err
		}
	}
	return rb.Finalize()
}

// attestWorkbench attaches the list of its packages.
func (b *build) attestWorkbench(ctx context.Context, rb *dockerui.ResultBuilder, graph llb.Graph) error {
	said, err := b.solve(ctx, graph.Attest, false)
	if err != nil {
		return err
	}
	a := attestation{predicate: PredicateSPDX, file: llb.WorkbenchSPDX, reason: result.AttestationReasonSBOM}
	return rb.EachPlatform(ctx, func(_ context.Context, id string, _ ocispecs.Platform) error {
		rb.AddAttestation(id, a.with(said))
		return nil
	})
}
