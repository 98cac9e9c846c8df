package cli

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/engine/build"
	"github.com/modelbuild/modelbuild/internal/lock"
	"github.com/modelbuild/modelbuild/llb"
)

// addMirrors tells the build where this machine finds packages, for a spec on this machine that does not say it. What
// is wrong with the spec is the build's to tell.
func addMirrors(ctx context.Context, r *build.Request) {
	args := map[string]string{}
	for key, value := range r.Attrs {
		if name, ok := strings.CutPrefix(key, "build-arg:"); ok {
			args[name] = value
		}
	}
	if args[llb.DebianMirrorArg] != "" && args[llb.PythonIndexArg] != "" {
		return
	}
	own := maps.Clone(args) // those of the spec
	maps.DeleteFunc(own, func(name, _ string) bool {
		return name == "SOURCE_DATE_EPOCH" || strings.HasPrefix(name, "MODELBUILD_") || strings.HasPrefix(name, "BUILDKIT_") || strings.HasPrefix(name, "BUILDX_")
	})
	p, err := lock.Open(r.Spec, own)
	if err != nil || p.Lock == nil {
		return
	}
	m := p.Mirrors(ctx, os.LookupEnv)
	if _, given := args[llb.DebianMirrorArg]; !given && len(m.Debian) > 0 {
		var list []string
		for _, label := range slices.Sorted(maps.Keys(m.Debian)) {
			list = append(list, strings.TrimPrefix(label+"="+m.Debian[label], "="))
		}
		r.Attrs["build-arg:"+llb.DebianMirrorArg] = strings.Join(list, ",")
	}
	if _, given := args[llb.PythonIndexArg]; !given && m.Python != "" {
		r.Attrs["build-arg:"+llb.PythonIndexArg] = m.Python
	}
}
