package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/gobinary"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// printInspection prints the report for a person.
func printInspection(w io.Writer, r *inspection) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if r.Digest != "" {
		kind := "single manifest"
		if r.MediaType == ocispecs.MediaTypeImageIndex {
			kind = "index"
		}
		fmt.Fprintf(t, "image\t%s\t%s\n", r.Digest, kind)
	}
	for _, p := range r.Platforms {
		printPlatform(t, p)
	}
	return t.Flush()
}

func printPlatform(w io.Writer, p platformInspection) {
	if p.Digest != "" {
		fmt.Fprintf(w, "manifest\t%s\t%s\n", p.Digest, p.Platform)
	}
	if s := p.Summary; s.Name != "" {
		fmt.Fprintf(w, "name\t%s\t%s\n", strings.TrimSpace(s.Name+" "+s.Version), s.License)
	}
	for _, m := range p.Models {
		fmt.Fprintf(w, "model\t%s\t%s, %d bytes\n", m.Digest, m.Path, m.Size)
	}
	if len(p.Models) == 0 {
		fmt.Fprintf(w, "model\tnone\t\n")
	}
	if p.Metrics != nil {
		printMetrics(w, p.Metrics)
	}
	printSweep(w, p.Sweep)
	printLineage(w, p.Summary.From)
	printOrigin(w, p.Summary)
	for _, g := range p.Programs {
		printProgram(w, p, g)
	}
	printVEX(w, p.Summary.VEX)
	for _, a := range p.Attestations {
		fmt.Fprintf(w, "attested\t%s\t%s\n", a.PredicateType, subjectText(a.Subject))
	}
	if len(p.Attestations) == 0 {
		fmt.Fprintf(w, "attested\tnothing\t\n")
	}
	if p.Digest != "" {
		printSigned(w, p.Summary)
	}
}

// printProgram prints the chain from the sums of modules, by which go.sum pins them, to the image.
func printProgram(w io.Writer, p platformInspection, g contents.Program) {
	fmt.Fprintf(w, "program\t%s\t%s, %s\n", g.Digest, g.Path, g.GoVersion)
	fmt.Fprintf(w, "  module\t%s\t%s\n", moduleText(g.Module), programText(g))
	for _, d := range g.Deps {
		fmt.Fprintf(w, "  uses\t%s\t%s\n", moduleText(d.Used()), cmp.Or(d.Used().Sum, "without a sum"))
	}
	if g.Layer != "" {
		fmt.Fprintf(w, "  in layer\t%s\tdiff_id %s\n", g.Layer, g.DiffID)
		fmt.Fprintf(w, "  of config\t%s\tof manifest %s\n", p.Config, p.Digest)
	}
}

func moduleText(m gobinary.Module) string {
	if m.Version == "" {
		return m.Path
	}
	return m.Path + "@" + m.Version
}

// programText says how a program was compiled.
func programText(g contents.Program) string {
	out := []string{"not static", "with paths", "not stripped", "build id " + g.BuildID, "no commit recorded"}
	if g.Static {
		out[0] = "static"
	}
	if g.Trimpath {
		out[1] = "trimpath"
	}
	if g.Stripped {
		out[2] = "stripped"
	}
	if g.BuildID == "" {
		out[3] = "no build id"
	}
	if g.Revision != "" {
		out[4] = "commit " + g.Revision
		if g.Modified {
			out[4] += ", modified"
		}
	}
	return strings.Join(out, ", ")
}

// subjectText explains how a statement is tied to the image.
func subjectText(kind string) string {
	switch kind {
	case subjectImage:
		return "about this manifest"
	case subjectIndex:
		return "without a subject; tied to this manifest by the index"
	}
	if kind == subjectFiles {
		return "about files of this image"
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

// printSweep prints the trial that was chosen.
func printSweep(w io.Writer, s *train.Sweep) {
	if s == nil {
		return
	}
	failed := 0
	for _, t := range s.Trials {
		if t.Status == train.TrialFailed {
			failed++
		}
	}
	how := fmt.Sprintf("best %s, %s, of %d trials", s.Metric, short(*s.Best().Value), len(s.Trials))
	if failed > 0 {
		how += fmt.Sprintf(", %d of them failed", failed)
	}
	fmt.Fprintf(w, "sweep\t%s\t%s, by %s\n", sweep.Text(s.Space.Names(), s.Params), how, s.Validation)
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// number is the shortest text that reads back as the same value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
