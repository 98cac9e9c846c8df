package cli

import (
	"fmt"
	"io"

	"github.com/modelbuild/modelbuild/provenance"
)

// printLineage prints the models that one was trained from, the nearest first.
func printLineage(w io.Writer, from []provenance.RecordBase) {
	for i, b := range from {
		what := "trained from"
		if i > 0 {
			what = "  that from"
		}
		digest := sumText(b.Image)
		if digest == "" {
			digest = sumText(b.Files[0].Digest)
		}
		said := "nothing says how it was made"
		if p := b.Provenance; p != nil {
			said = "its provenance is " + sumText(p.Digest)
		}
		fmt.Fprintf(w, "%s\t%s\t%s, %d file(s); %s\n", what, digest, b.URI, len(b.Files), said)
	}
}

// lineage are the digests of the models before one, by how far back they are.
func (s *side) lineage() map[string]string {
	out := map[string]string{}
	for i, b := range s.facts.Summary.From {
		for _, f := range b.Files {
			out[fmt.Sprintf("%d back: %s %s", i+1, b.URI, f.File)] = sumText(f.Digest)
		}
	}
	return out
}
