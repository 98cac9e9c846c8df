package frontend

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
)

// contexts loads the build contexts that the plan reads, sending no more than the
// files it names.
func (b *build) contexts(ctx context.Context, plan *llb.Plan) (map[string]bkllb.State, error) {
	if err := b.errors(b.layouts(plan)); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(b.shared(plan))) {
		if _, given := b.dc.BuildOpts().Opts["context:"+name]; !given {
			return nil, b.errors(missingContext(plan, name))
		}
	}
	out := map[string]bkllb.State{}
	for name, paths := range plan.ContextPaths() {
		st, err := b.context(ctx, name, bkllb.FollowPaths(paths))
		if err != nil {
			return nil, err
		}
		if st == nil {
			return nil, b.errors(missingContext(plan, name))
		}
		out[name] = *st
	}
	return out, nil
}

// context is the build context of that name, the main one for "", or nil where
// the client gave none.
func (b *build) context(ctx context.Context, name string, opts ...bkllb.LocalOption) (*bkllb.State, error) {
	if name == "" {
		return b.mainContext(ctx, append(opts, bkllb.WithCustomName("[data] load build context")))
	}
	nc, err := b.dc.NamedContext(name, dockerui.ContextOpt{AsyncLocalOpts: func() []bkllb.LocalOption { return opts }})
	if err != nil || nc == nil {
		return nil, err
	}
	st, _, err := nc.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load build context %s: %w", name, err)
	}
	return st, nil
}

// mainContext is the build context itself. Of a local one no more is sent than is
// asked for by name, so that its .dockerignore has nothing to leave out and the
// round trip to read it is saved.
func (b *build) mainContext(ctx context.Context, opts []bkllb.LocalOption) (*bkllb.State, error) {
	bopts := b.dc.BuildOpts().Opts
	if remoteContext(bopts).URI != "" {
		st, err := b.dc.MainContext(ctx, opts...)
		if err != nil {
			return nil, fmt.Errorf("load build context: %w", err)
		}
		return st, nil
	}
	local := cmp.Or(bopts["contextkey"], dockerui.DefaultLocalNameContext)
	session := cmp.Or(bopts["local-sessionid:"+local], b.dc.BuildOpts().SessionID)
	st := bkllb.Local(local, append([]bkllb.LocalOption{bkllb.SessionID(session), bkllb.SharedKeyHint(local)}, opts...)...)
	return &st, nil
}

func missingContext(plan *llb.Plan, name string) diag.List {
	var l diag.List
	for _, p := range plan.All() {
		for _, s := range p.Placed() {
			if s.InContext() && s.Source.Name == name {
				l.Add(diag.MissingContext, s.At, fmt.Sprintf("give it with --build-context %s=%s", name, contextForm(s.Source)),
					"%s: no build context named %s", s.Path, name)
			}
		}
	}
	return l
}

// contextForm is what a named context is given as.
func contextForm(s spec.Source) string {
	if s.Kind == spec.SourceLayout || s.Kind == spec.SourceLayoutBlob {
		return "oci-layout://DIR"
	}
	return "DIR"
}

// layouts finds what was given for OCI layouts that cannot be one, or is another
// image than the one that the spec pins.
func (b *build) layouts(plan *llb.Plan) (l diag.List) {
	for _, p := range plan.All() {
		for _, s := range p.Placed() {
			l = append(l, b.layoutGiven(s)...)
		}
	}
	return l
}

// layoutGiven is the same of one source.
func (b *build) layoutGiven(s spec.Placed) (l diag.List) {
	input, given := b.dc.BuildOpts().Opts["context:"+s.Source.Name]
	blob, what := s.Source.Kind == spec.SourceLayoutBlob, "image"
	if blob {
		what = "OCI layout"
	}
	if !blob && s.Source.Kind != spec.SourceLayout || !given {
		return nil
	}
	_, got, pinned := strings.Cut(input, "@")
	got, _, _ = strings.Cut(got, "?")
	switch scheme, _, _ := strings.Cut(input, ":"); {
	case scheme != "oci-layout" && (blob || scheme != "docker-image"):
		l.Add(diag.MissingContext, s.At, fmt.Sprintf("give it with --build-context %s=oci-layout://DIR", s.Source.Name),
			"%s: the build context %s is no %s", s.Path, s.Source.Name, what)
	case s.Source.Image != "" && (!pinned || got != s.Source.Image.String()):
		l.Add(diag.SourceDigest, s.At, fmt.Sprintf("give the image that the spec names, with --build-context %s=oci-layout://DIR@%s", s.Source.Name, s.Source.Image),
			"%s: the build context %s is the image %s, not %s", s.Path, s.Source.Name, cmp.Or(got, "without a digest"), s.Source.Image)
	}
	return l
}

// shared are the OCI layouts that the plan reads blobs of, where the client gave them.
func (b *build) shared(plan *llb.Plan) map[string]llb.Layout {
	out := map[string]llb.Layout{}
	for _, p := range plan.All() {
		for _, s := range p.Placed() {
			if s.Source.Kind == spec.SourceLayoutBlob {
				store := strings.TrimPrefix(b.dc.BuildOpts().Opts["context:"+s.Source.Name], "oci-layout://")
				store, _, _ = strings.Cut(store, "@")
				out[s.Source.Name] = llb.Layout{SessionID: b.dc.BuildOpts().SessionID, StoreID: store}
			}
		}
	}
	return out
}

// overrides finds the datasets whose source a named context replaces, with the
// file in that context: of the same name as the source's own.
func (b *build) overrides() map[string]string {
	out := map[string]string{}
	b.override(out, b.model, "")
	for _, m := range b.model.Stages() {
		b.override(out, m, m.Target)
	}
	return out
}

func (b *build) override(out map[string]string, m *spec.Model, target string) {
	sources, err := m.Sources()
	if err != nil {
		return // parsing has reported it
	}
	for _, s := range sources {
		context := llb.OverrideContext(target, s.Name)
		if input, ok := b.dc.BuildOpts().Opts["context:"+context]; ok {
			out[context] = overrideFile(input, s.Source)
		}
	}
}

// overrideFile is where BuildKit's named contexts put a single downloaded file, or
// the source's own file name.
func overrideFile(input string, s spec.Source) string {
	if strings.HasPrefix(input, "http://") || strings.HasPrefix(input, "https://") {
		if _, git, _ := dockerui.DetectGitContext(input, nil); !git {
			return "context"
		}
	}
	if s.Path != "" {
		return path.Base(s.Path)
	}
	name, _, _ := strings.Cut(s.URL, "?")
	return path.Base(name)
}
