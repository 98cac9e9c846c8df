package verify

import (
	"slices"

	"github.com/modelbuild/modelbuild/provenance"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// imageBase looks for the image that this one says to be built on among the materials of the
// model's provenance.
func (p *platform) imageBase() {
	const what = "base"
	labels := p.m.Config.Config.Labels
	dgst := labels[ocispecs.AnnotationBaseImageDigest]
	if dgst == "" || p.statement == nil {
		return
	}
	i := slices.IndexFunc(p.statement.Predicate.Materials, func(m provenance.Material) bool { return "sha256:"+m.Digest["sha256"] == dgst })
	if i < 0 {
		p.fail(what, "the image is labelled as built on %s, which is not among the materials of the model", dgst)
		return
	}
	p.ok(what, "%s, on which the image is built, is among the materials of the model by its digest", p.statement.Predicate.Materials[i].URI)
}
