package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/modelbuild/modelbuild/train"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// printInspection prints the report for a person.
func printInspection(w io.Writer, r *inspection) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	kind := "single manifest"
	if r.MediaType == ocispecs.MediaTypeImageIndex {
		kind = "index"
	}
	fmt.Fprintf(t, "image\t%s\t%s\n", r.Digest, kind)
	for _, p := range r.Platforms {
		printPlatform(t, p)
	}
	return t.Flush()
}

func printPlatform(w io.Writer, p platformInspection) {
	fmt.Fprintf(w, "manifest\t%s\t%s\n", p.Digest, p.Platform)
	for _, m := range p.Models {
		fmt.Fprintf(w, "model\t%s\t%s, %d bytes\n", m.Digest, m.Path, m.Size)
	}
	if len(p.Models) == 0 {
		fmt.Fprintf(w, "model\tnone\t\n")
	}
	if p.Metrics != nil {
		printMetrics(w, p.Metrics)
	}
	for _, a := range p.Attestations {
		fmt.Fprintf(w, "attested\t%s\t%s\n", a.PredicateType, subjectText(a.Subject))
	}
	if len(p.Attestations) == 0 {
		fmt.Fprintf(w, "attested\tnothing\t\n")
	}
}

// subjectText explains how a statement is tied to the image.
func subjectText(kind string) string {
	switch kind {
	case subjectImage:
		return "about this manifest"
	case subjectIndex:
		return "without a subject; tied to this manifest by the index"
	}
	return "about something else"
}

func printMetrics(w io.Writer, m *metricsFile) {
	for _, name := range slices.Sorted(maps.Keys(m.Metrics)) {
		fmt.Fprintf(w, "metric\t%s = %s\t%s, %d rows\n", name, number(m.Metrics[name]), m.Part, m.Rows)
	}
	for _, g := range m.Gates {
		verdict := "NOT met"
		if g.Met {
			verdict = "met"
		}
		fmt.Fprintf(w, "gate\t%s %s %s\t%s with %s\n", g.Metric, g.Op, number(g.Value), verdict, number(g.Actual))
	}
	if m.Importance == nil {
		return
	}
	for _, c := range m.Importance.Columns[:min(train.ShownColumns, len(m.Importance.Columns))] {
		fmt.Fprintf(w, "important\t%s\tworsens %s by %s ± %s\n", c.Column, m.Importance.Metric, short(c.Mean), short(c.Std))
	}
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// number is the shortest text that reads back as the same value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
