package frontend

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/attestations"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// keepSecret refuses a sensitive argument that would be published: BuildKit's provenance
// in max mode holds the values of all build arguments, the model's what came of them.
func (b *build) keepSecret(env llb.Env) error {
	published := b.published(env)
	var l diag.List
	for _, a := range b.model.Args {
		if _, given := b.dc.BuildArgs[a.Name()]; given && a.Sensitive.V && published {
			l.Add(diag.SensitiveArg, a.At, "build with --attest type=provenance,mode=min",
				"provenance in max mode would publish the sensitive argument %q", a.Name())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.dc.BuildArgs)) {
		declared := slices.ContainsFunc(b.model.Args, func(a spec.Arg) bool { return a.Name() == name })
		if why := lint.SecretOption(name, b.dc.BuildArgs[name]); !declared && why != "" && published {
			l.Add(diag.SecretOption, diag.Span{}, keepOut, "--build-arg %s: this looks like %s, and would be published", name, why)
		}
	}
	return b.errors(l)
}

// published reports whether a provenance has mode max: BuildKit's, whatever the spec says of
// the model's, or that of a model that is built.
func (b *build) published(env llb.Env) bool {
	return env.Mode == packagejob.ModeMax || slices.ContainsFunc(b.specs(), func(m *spec.Model) bool {
		mode, _ := env.Statement(m)
		return mode == packagejob.ModeMax
	})
}

// keepOut is the hint of every option that is refused.
const keepOut = "take it out and revoke it, since the builder has seen it; a build secret belongs in --secret"

// secretOptions refuses options of a build that BuildKit publishes as they are: named
// contexts and the main one in its provenance of any mode, labels in the image, build
// arguments in provenance of mode max. Nothing was run before it. The message names
// an option and not its value.
func secretOptions(opts map[string]string) error {
	requested, err := attestations.Parse(opts)
	if err != nil {
		return err
	}
	prov := requested[attestations.KeyTypeProvenance]
	var l diag.List
	for _, key := range slices.Sorted(maps.Keys(opts)) {
		what, why := secretOption(key, opts[key], provenanceMode(prov))
		if why == "" {
			continue
		}
		l.Add(diag.SecretOption, diag.Span{}, keepOut, "%s: this looks like %s, and would be published", what, why)
	}
	if lint.SecretAddress(prov["builder-id"]) {
		l.Add(diag.SecretOption, diag.Span{}, "name the builder by an address without a password or a token",
			"builder-id: this looks like a secret in an address, and would be published")
	}
	return l.Err()
}

// secretOption names an option as a user gives it, and says what kind of secret its value
// looks like; "" for one that may be published, or is not.
func secretOption(key, value string, mode packagejob.Mode) (what, why string) {
	kind, name, ok := strings.Cut(key, ":")
	switch {
	case kind == "label" && ok:
		return "--label " + name, lint.SecretOption(lastWord(name), value)
	case kind == "build-arg" && ok && mode == packagejob.ModeMax:
		return "--build-arg " + name, lint.SecretOption("", value)
	case kind == "context" && ok && lint.SecretAddress(value):
		return "--build-context " + name, "a secret in an address"
	case kind == "context" && lint.SecretAddress(value):
		return "the build context", "a secret in an address"
	}
	return "", ""
}

// lastWord is the part of a label that its owner chose.
func lastWord(label string) string { return label[strings.LastIndexByte(label, '.')+1:] }
