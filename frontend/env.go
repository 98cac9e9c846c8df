package frontend

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/attestations"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

const epochArg = "SOURCE_DATE_EPOCH"

// env gathers what the build depends on besides the spec.
func (b *build) env(pin *stepPin) (llb.Env, error) {
	epoch, err := parseEpoch(b.dc.BuildArgs[epochArg])
	if err != nil {
		return llb.Env{}, err
	}
	if err := ownLabels(b.dc.Labels); err != nil {
		return llb.Env{}, err
	}
	mirrors, index, err := packageMirrors(b.dc.BuildArgs)
	if err != nil {
		return llb.Env{}, err
	}
	opts := b.dc.BuildOpts().Opts
	requested, err := attestations.Parse(opts)
	if err != nil {
		return llb.Env{}, err
	}
	prov := requested[attestations.KeyTypeProvenance]
	format, named, err := provenanceFormat(opts)
	if err != nil {
		return llb.Env{}, err
	}
	return llb.Env{
		Mode:     provenanceMode(prov),
		Format:   format,
		Open:     llb.Open{Mode: prov["mode"] == "" || assumed(prov, "mode"), Format: !named || assumed(prov, "version")},
		Builder:  prov["builder-id"],
		Frontend: pin.image,
		Platform: platforms.Format(b.dc.BuildPlatforms[0]),
		Epoch:    epoch,
		Labels:   b.dc.Labels,
		Context:  remoteContext(opts),
		VCS:      vcs(opts, prov != nil),

		DebianMirrors: mirrors,
		PythonIndex:   index,

		Overrides: b.overrides(),
	}, nil
}

// ownLabels refuses labels of --label that the spec alone decides.
func ownLabels(labels map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if strings.HasPrefix(name, spec.LabelPrefix) {
			return fmt.Errorf("label %q is set by modelbuild; choose another prefix", name)
		}
		if strings.HasPrefix(name, spec.LaunchPrefix) {
			return fmt.Errorf("label %q is set by the spec's launch_policy; change it there", name)
		}
	}
	return nil
}

// parseEpoch reads SOURCE_DATE_EPOCH. Without one every time is 1970, so that a
// plain build is reproducible too.
func parseEpoch(s string) (time.Time, error) {
	if s == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, fmt.Errorf("build argument %s=%q is not a count of seconds since 1970", epochArg, s)
	}
	return time.Unix(n, 0).UTC(), nil
}

// provenanceMode follows the mode of the build's own provenance: min unless max
// was asked for. BuildKit's default for a request without a mode is max.
func provenanceMode(attrs map[string]string) packagejob.Mode {
	if attrs == nil {
		return packagejob.ModeMin
	}
	if mode, ok := attrs["mode"]; ok && mode != "max" {
		return packagejob.ModeMin
	}
	return packagejob.ModeMax
}

// assumed reports whether the client, and not its user, has chosen an attribute of the
// request for provenance: buildx asks for provenance that is inline only where its user asks
// for none, and modelbuild lists what it has added.
func assumed(prov map[string]string, attribute string) bool {
	return prov["inline-only"] == "true" || slices.Contains(strings.Split(prov["assumed"], "+"), attribute)
}

// provenanceFormat is the version that the request for provenance names, as in
// --attest type=provenance,version=v1, and whether it names one. Without one it is v0.2,
// whatever BuildKit takes for its own: an image would change with the version of the daemon.
func provenanceFormat(opts map[string]string) (format packagejob.Format, named bool, err error) {
	asked := opts["attest:"+attestations.KeyTypeProvenance]
	if asked == "" {
		asked = opts["build-arg:BUILDKIT_ATTEST_PROVENANCE"]
	}
	attrs, err := attestations.Parse(map[string]string{"attest:" + attestations.KeyTypeProvenance: asked})
	if err != nil {
		return "", false, err
	}
	// BuildKit's parser fills its default in.
	named = slices.ContainsFunc(strings.Split(asked, ","), func(field string) bool { return strings.HasPrefix(strings.Trim(field, `"`), "version=") })
	switch version := attrs[attestations.KeyTypeProvenance]["version"]; packagejob.Format(version) {
	case packagejob.FormatSLSA1:
		if named {
			return packagejob.FormatSLSA1, true, nil
		}
		return "", false, nil
	case packagejob.FormatSLSA02:
		return "", named, nil
	default:
		return "", named, fmt.Errorf("provenance has no version %q; it has v0.2 and v1", version)
	}
}

// remoteContext describes a build context that is an address rather than a
// local directory.
func remoteContext(opts map[string]string) llb.Context {
	key := "context"
	if k, ok := opts["contextkey"]; ok {
		key = k
	}
	_, localSpec := opts["dockerfilekey"]
	return llb.Context{URI: opts[key], LocalSpec: localSpec}
}
