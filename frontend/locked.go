package frontend

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// lockedArg is the build argument by which a build refuses whatever
// modelbuild.lock does not have.
const lockedArg = "MODELBUILD_LOCKED"

// lockUse is what the lock is to this build. A value that is not plainly false
// counts as true: refusing is the safe side.
func (b *build) lockUse() spec.LockUse {
	v, ok := b.dc.BuildArgs[lockedArg]
	if off, err := strconv.ParseBool(v); !ok || v == "" || err == nil && !off {
		return spec.LockPins
	}
	return spec.LockOnly
}

// checkLocked refuses, in a locked build, a frontend that is not the locked one
// and contexts whose content nothing fixes.
func (b *build) checkLocked(pin *stepPin) error {
	if b.lockUse() != spec.LockOnly {
		return nil
	}
	diags := b.model.CheckFrontend(pin.image.Digest)
	opts := b.dc.BuildOpts().Opts
	for _, key := range slices.Sorted(maps.Keys(opts)) {
		name, ok := strings.CutPrefix(key, "context:")
		if ok && !fixedContext(opts[key]) {
			diags.Add(diag.NotLocked, b.model.At(""), "give a folder, an image by digest, or a git repository by commit",
				"a locked build takes no build context %s from %s", name, addressOf(opts[key]))
		}
	}
	return b.errors(diags)
}

var fullCommit = pattern.New(`#([0-9a-f]{40}|[0-9a-f]{64})(:|$)`)

// fixedContext reports whether a named context comes from the client itself, or
// names its content by digest.
func fixedContext(input string) bool {
	scheme, rest, _ := strings.Cut(input, ":")
	switch scheme {
	case "local", "input", "target":
		return true
	case "docker-image", "oci-layout":
		return strings.Contains(rest, "@sha256:")
	}
	return fullCommit.MatchString(input)
}

// addressOf is an address without its query, which may hold a token.
func addressOf(input string) string {
	before, _, cut := strings.Cut(input, "?")
	if cut {
		return fmt.Sprintf("%s?…", before)
	}
	return before
}
