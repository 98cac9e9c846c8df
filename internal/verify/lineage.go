package verify

import (
	"reflect"
	"slices"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance"
)

// lineage compares what the image says of the models before its own with the materials of
// its provenance and with the training record.
func (p *platform) lineage() {
	const what = "lineage"
	text, ok := p.contents.Documents[contents.Lineage]
	if !ok {
		if p.record != nil && len(p.record.From) > 0 {
			p.fail(what, "the training record says from which models it was trained, and there is no %s%s", contents.Folder, contents.Lineage)
		}
		return
	}
	l, err := provenance.ParseLineage(text)
	if err != nil {
		p.fail(what, "%s%s: %v", contents.Folder, contents.Lineage, err)
		return
	}
	if p.record != nil && !reflect.DeepEqual(p.record.From, l.From) {
		p.fail(what, "%s%s and the training record name other models", contents.Folder, contents.Lineage)
		return
	}
	if p.statement == nil {
		p.absent(what, "no provenance vouches for %s%s", contents.Folder, contents.Lineage)
		return
	}
	base := l.From[0]
	for _, f := range base.Files {
		named := func(m provenance.Material) bool { return m.Digest["sha256"] == f.Digest["sha256"] }
		if !slices.ContainsFunc(p.statement.Predicate.Materials, named) {
			p.fail(what, "%s of %s, sha256:%s, is not among the materials of its provenance", f.File, base.URI, f.Digest["sha256"])
			return
		}
	}
	p.ok(what, "%d model(s) before it; %s is among the materials of its provenance", len(l.From), base.URI)
}
