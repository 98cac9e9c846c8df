package frontend

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
)

// predefined are build arguments that belong to BuildKit and its clients, not to
// the spec.
func predefined(name string) bool {
	switch strings.ToLower(name) {
	case "source_date_epoch", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy":
		return true
	}
	return name == lockedArg || name == llb.DebianMirrorArg || name == llb.PythonIndexArg || strings.HasPrefix(name, "BUILDKIT_") || strings.HasPrefix(name, "BUILDX_")
}

// parse reads the spec with the build's arguments, and a target of it.
func (b *build) parse(ctx context.Context, target string) diag.List {
	args := maps.Clone(b.dc.BuildArgs)
	maps.DeleteFunc(args, func(name, _ string) bool { return predefined(name) })
	model, diags := spec.ParseWith(b.src.Filename, b.src.Data, spec.Options{
		Args:   args,
		Target: target,
		Load:   func(name string) ([]byte, error) { return b.loadBeside(ctx, name) },
		Lock:   b.lockUse(),
	})
	b.model = model
	return diags
}

// loadBeside reads a file from where the spec itself was read.
func (b *build) loadBeside(ctx context.Context, name string) ([]byte, error) {
	ref, err := b.solve(ctx, b.beside(name), true)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if _, err := ref.StatFile(ctx, gwclient.StatRequest{Path: name}); err != nil {
		return nil, fs.ErrNotExist
	}
	return dockerui.ReadFile(ctx, ref, name)
}

// beside is the state that holds a file next to the spec: the remote context the
// spec came from, or the client's directory of it.
func (b *build) beside(name string) bkllb.State {
	opts := b.dc.BuildOpts().Opts
	local := dockerui.DefaultLocalNameDockerfile
	if key, ok := opts["dockerfilekey"]; ok {
		local = key
	} else if remoteContext(opts).URI != "" {
		return *b.src.State
	}
	session := b.dc.BuildOpts().SessionID
	if id, ok := opts["local-sessionid:"+local]; ok {
		session = id
	}
	return bkllb.Local(local,
		bkllb.FollowPaths([]string{name}),
		bkllb.SessionID(session),
		bkllb.SharedKeyHint(local+"-"+name),
		bkllb.Differ(bkllb.DiffNone, false),
		bkllb.WithCustomName("[internal] load "+name))
}

// sourceMaps has a source map for each file of the spec.
func (b *build) sourceMaps() map[string]*bkllb.SourceMap {
	out := map[string]*bkllb.SourceMap{}
	for name, data := range b.model.Files {
		out[name] = b.src.SourceMap
		if name != b.src.Filename {
			out[name] = bkllb.NewSourceMap(nil, name, language, data)
		}
	}
	return out
}
