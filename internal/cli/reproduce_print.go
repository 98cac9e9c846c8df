package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/provenance"
)

// maxShownFiles bounds how many differing files are printed for a person; json has all of them.
const maxShownFiles = 100

func printOutcome(w io.Writer, o *outcome, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(o)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "inputs\t%d as recorded\n", len(o.Inputs))
	for i, p := range o.Platforms {
		printPair(t, "manifest", plain(p.Platform), p.Manifest)
		printPair(t, "config", plain(p.Platform), p.Config)
		for n, l := range p.Layers {
			printPair(t, "layer", fmt.Sprintf("%d%s", n+1, repacked(l)), l.Digest)
		}
		for _, m := range o.Models {
			if m.Platform == p.Platform {
				printModel(t, m)
			}
		}
		fmt.Fprintf(t, "files\t%d of %d differ\n", len(p.Files), p.Compared)
		printDetails(t, p)
		if i < len(o.Tolerance) {
			printTolerance(t, o.Tolerance[i])
		}
	}
	fmt.Fprintf(t, "result\t%s\tclass %s\n", resultText(o.Result), o.Class)
	return t.Flush()
}

func resultText(result string) string {
	switch result {
	case provenance.ResultIdentical:
		return "reproduced: the images are identical"
	case provenance.ResultRepacked:
		return "reproduced: the contents are identical; layers are packed otherwise"
	case provenance.ResultTolerance:
		return "reproduced within the tolerance"
	}
	return "NOT reproduced"
}

// printPair prints a digest that both images have, or both digests.
func printPair(w io.Writer, what, name string, p compare.Pair) {
	if p.Equal() {
		fmt.Fprintf(w, "%s\t%s\t%s, same\n", what, p.Original, name)
		return
	}
	fmt.Fprintf(w, "%s\t%s\t%s, original\n", what, orNone(p.Original), name)
	fmt.Fprintf(w, "\t%s\t%s, rebuilt\n", orNone(p.Rebuilt), name)
}

func printModel(w io.Writer, m modelOutcome) {
	printPair(w, "model", plain(m.Path), m.Pair)
	if m.Original != m.Recorded {
		fmt.Fprintf(w, "\t%s\t%s, by the image's own provenance\n", m.Recorded, plain(m.Path))
	}
}

// repacked notes a layer that only differs in how it is packed.
func repacked(l compare.Layer) string {
	if !l.Digest.Equal() && l.DiffID.Equal() {
		return ", packed otherwise"
	}
	return ""
}

func printDetails(w io.Writer, p compare.Platform) {
	for _, d := range p.Settings {
		fmt.Fprintf(w, "setting\t%s\toriginal %s, rebuilt %s\n", plain(d.Path), plain(d.A), plain(d.B))
	}
	for i, f := range p.Files {
		if i == maxShownFiles {
			fmt.Fprintf(w, "\tand %d more\n", len(p.Files)-i)
			return
		}
		printFile(w, f)
	}
}

func printFile(w io.Writer, f compare.File) {
	switch {
	case f.Rebuilt == nil:
		fmt.Fprintf(w, "differs\t%s\tonly in the original\n", plain(f.Path))
		return
	case f.Original == nil:
		fmt.Fprintf(w, "differs\t%s\tonly in the rebuilt image\n", plain(f.Path))
		return
	}
	fmt.Fprintf(w, "differs\t%s\t%s\n", plain(f.Path), strings.Join(f.Differs, ", "))
	for _, side := range []struct {
		name  string
		entry *compare.Entry
	}{{"original", f.Original}, {"rebuilt", f.Rebuilt}} {
		fmt.Fprintf(w, "\t%s\t%s\n", orNone(digestOf(side.entry)), strings.Join(append([]string{side.name}, fieldsOf(side.entry, f.Differs)...), ", "))
	}
	for _, place := range f.First {
		fmt.Fprintf(w, "\t%s\n", plain(place))
	}
}

func digestOf(e *compare.Entry) string {
	if e.SHA256 == "" {
		return ""
	}
	return "sha256:" + e.SHA256
}

// fieldsOf tells the fields of an entry that differ.
func fieldsOf(e *compare.Entry, differs []string) []string {
	var out []string
	for _, field := range differs {
		switch field {
		case "type":
			out = append(out, e.Type)
		case "content":
			out = append(out, fmt.Sprintf("%d bytes", e.Size))
		case "mode":
			out = append(out, "mode "+e.Mode)
		case "owner":
			out = append(out, "owner "+e.Owner)
		case "modified":
			out = append(out, "modified "+e.Modified)
		case "link":
			out = append(out, "link to "+plain(e.Link))
		}
	}
	return out
}

func printTolerance(w io.Writer, t *compare.Tolerance) {
	for _, m := range t.Metrics {
		verdict := "within " + number(t.Limit)
		if !m.Within {
			verdict = "NOT within " + number(t.Limit)
		}
		fmt.Fprintf(w, "metric\t%s = %s, now %s\t%s\n", plain(m.Name), number(m.Original), number(m.Rebuilt), verdict)
	}
	for _, reason := range t.Reasons {
		fmt.Fprintf(w, "because\t%s\n", plain(reason))
	}
	for _, name := range t.NotCompared {
		fmt.Fprintf(w, "unknown\t%s\tdiffers; its content is not compared\n", plain(name))
	}
}

// plain is a text of the image as it can be shown on a terminal: what has control characters is quoted.
func plain(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsGraphic(r) }) {
		return strconv.QuoteToGraphic(text)
	}
	return text
}

func orNone(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}
