package frontend

import (
	"context"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// builtModel is a model that was built, for one platform or for all of them.
type builtModel struct {
	platform string // empty where it is that of every platform
	plan     *llb.Plan
	graph    llb.Graph
	ref      gwclient.Reference // the image's root filesystem
}

// modelFor is the one for a platform.
func modelFor(models []builtModel, p ocispecs.Platform) builtModel {
	name := platforms.Format(platforms.Normalize(p))
	if i := slices.IndexFunc(models, func(m builtModel) bool { return m.platform == name }); i >= 0 {
		return models[i]
	}
	return models[0]
}

// models builds the model: once for all platforms, or once for each where its program is
// to train on them, its image is built on one that each has another of, or has the server of
// its machine. One at a time: an emulated training has the machine for itself, and what
// platforms share is built once.
func (b *build) models(ctx context.Context, env llb.Env, pin *stepPin) ([]builtModel, error) {
	targets := b.dc.TargetPlatforms
	if !b.model.Train.PerPlatform.V && !b.onImageBase() && !b.serves() || len(targets) == 0 {
		m, err := b.makeModel(ctx, env, pin)
		return []builtModel{m}, err
	}
	var out []builtModel
	for _, p := range targets {
		env.Target = platforms.Format(platforms.Normalize(p))
		m, err := b.makeModel(ctx, env, pin)
		if err != nil {
			return nil, err
		}
		m.platform = env.Target
		out = append(out, m)
	}
	return out, b.sameModels(ctx, out)
}

// serves reports whether the image, or that of a target which the model needs, has a server.
func (b *build) serves() bool {
	return slices.ContainsFunc(b.specs(), func(m *spec.Model) bool { return m.Image.Serve.Set })
}

func (b *build) makeModel(ctx context.Context, env llb.Env, pin *stepPin) (m builtModel, err error) {
	target := b.dc.BuildPlatforms[0]
	if env.Target != "" {
		if target, err = platforms.Parse(env.Target); err != nil {
			return m, err
		}
	}
	bases, err := b.imageBases(ctx, target)
	if err != nil {
		return m, err
	}
	env.Bases = bases.configs
	if m.plan, err = b.plan(env); err != nil {
		return m, err
	}
	if m.graph, err = b.compile(ctx, m.plan, pin, bases); err != nil {
		return m, err
	}
	if m.ref, err = b.solve(ctx, m.graph.Image, true); err != nil {
		return m, b.explain(ctx, m.plan, m.graph, err)
	}
	if err := b.showData(ctx, m.plan, m.ref); err != nil {
		return m, err
	}
	return m, b.showVEX(ctx, m.plan, m.graph)
}

// sameModels refuses models that differ from platform to platform where the spec says
// that every build gives the same bytes.
func (b *build) sameModels(ctx context.Context, models []builtModel) error {
	if b.model.Train.Reproducible.V != job.ClassExact || len(models) < 2 {
		return nil
	}
	var first string
	for i, m := range models {
		said, err := b.solve(ctx, m.graph.Attest, false)
		if err != nil {
			return err
		}
		files, err := modelSubjects(ctx, said)
		if err != nil {
			return err
		}
		var all []string
		for _, f := range files {
			all = append(all, "/"+f.Name+" "+f.Digest[0].String())
		}
		digests := strings.Join(all, ", ")
		if i == 0 {
			first = digests
			continue
		}
		if digests != first {
			var l diag.List
			l.Add(diag.ModelsDiffer, b.model.At("train.reproducible"), "write reproducible: cpu-class or tolerance, or find out why it differs: two builds on one platform tell whether it is chance",
				"the program is said to train the same model everywhere, and does not: %s has %s, and %s has %s", models[0].platform, first, m.platform, digests)
			return b.errors(l)
		}
	}
	return nil
}
