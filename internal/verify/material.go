package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/provenance"
)

// materials compares what the model's provenance says of its inputs with the record, and with what the build daemon saw
// of them itself.
func (p *platform) materials() {
	if p.statement == nil {
		return
	}
	ours := p.statement.Predicate.Materials
	p.datasets(ours)
	const what = "materials"
	if !p.attested {
		p.absent(what, "no provenance of BuildKit about this manifest is attested")
		return
	}
	seen, own, wrong := 0, 0, 0
	for _, m := range ours {
		switch {
		case !fetched(m.URI):
			own++
		case slices.ContainsFunc(p.buildkit, func(b provenance.Material) bool { return overlap(b.Digest, m.Digest) }):
			seen++
		default:
			wrong++
			p.fail(what, "BuildKit's provenance has nothing with the digest of %s, %s", m.URI, digestText(m.Digest))
		}
	}
	if wrong == 0 {
		p.ok(what, "%d are in BuildKit's provenance by the same digests; %d more were measured by the build alone", seen, own)
	}
}

// fetched reports whether the daemon fetches such a material by the digest that is stated: files of local folders, of
// other targets and of images are measured by the build.
func fetched(uri string) bool {
	for _, prefix := range []string{"pkg:docker/", "http://", "https://", "git+", "git://", "ssh://"} {
		if strings.HasPrefix(uri, prefix) {
			return true
		}
	}
	return false
}

// overlap reports whether two sets have a digest in common.
func overlap(a, b provenance.DigestSet) bool {
	for algorithm, value := range a {
		if value != "" && b[algorithm] == value {
			return true
		}
	}
	return false
}

func digestText(d provenance.DigestSet) string {
	var out []string
	for _, algorithm := range slices.Sorted(maps.Keys(d)) {
		out = append(out, algorithm+":"+d[algorithm])
	}
	return strings.Join(out, ", ")
}

// datasets looks for those of the record among the materials.
func (p *platform) datasets(ours []provenance.Material) {
	if p.record == nil {
		return
	}
	wrong := 0
	for _, d := range p.record.Datasets {
		i := slices.IndexFunc(ours, func(m provenance.Material) bool { return m.URI == d.URI })
		if i < 0 || ours[i].Digest["sha256"] != "" && !overlap(ours[i].Digest, d.Digest) {
			wrong++
			p.fail("datasets", "the record has %s as %s with %s, which is not among the materials of the model", d.Name, d.URI, digestText(d.Digest))
		}
	}
	if wrong == 0 {
		p.ok("datasets", "%d of the record are materials of the model", len(p.record.Datasets))
	}
}
