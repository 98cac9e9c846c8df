package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance"
)

// programs follows each Go program from its bytes to what it was made of.
func (p *platform) programs() {
	for _, g := range p.contents.Programs {
		what := "program " + g.Path
		p.ok(what, "%s lies in layer %s, diff_id %s", g.Digest, g.Layer, g.DiffID)
		if p.statement != nil {
			p.origin(what, g)
		}
		for _, s := range p.sums {
			if s.Path == "" || s.Path == g.Path {
				p.compare(what, g, s)
			}
		}
	}
}

// origin looks for a program among the materials.
func (p *platform) origin(what string, g contents.Program) {
	all := p.statement.Predicate.Materials
	i := slices.IndexFunc(all, func(m provenance.Material) bool { return "sha256:"+m.Digest["sha256"] == g.Digest })
	if i < 0 {
		p.absent(what, "no material has its digest: it came with a folder, or with the base")
		return
	}
	p.ok(what, "it is the material %s", all[i].URI)
}

func (p *platform) compare(what string, g contents.Program, s Sums) {
	wrong := s.Sums.Check(g.Binary)
	for _, w := range wrong {
		p.fail(what, "%s", w)
	}
	if len(wrong) == 0 {
		p.ok(what, "%d modules have the sums of %s", len(g.Deps), s.File)
	}
}

// unusedSums notes a go.sum that was compared with nothing.
func (r *Report) unusedSums(sums []Sums) {
	for _, s := range sums {
		if !slices.ContainsFunc(r.Checks, func(c Check) bool {
			name, ok := strings.CutPrefix(c.What, "program ")
			return ok && (s.Path == "" || s.Path == name)
		}) {
			r.add("", "go.sum", Failed, strings.TrimSpace(fmt.Sprintf("%s was compared with nothing: the image has no Go program %s", s.File, s.Path)))
		}
	}
}
