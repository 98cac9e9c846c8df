package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxExcerpt is the longest excerpt line shown, in characters.
const maxExcerpt = 160

// Sources gives file contents by the name used in spans.
type Sources map[string][]byte

// Render writes each diagnostic with an excerpt and carets, as in
//
//	model.yaml:3:1: error MB1001: unknown key "alg"
//	  2 | name: penguins
//	  3 | alg: logistic
//	    | ^^^^^^^^
//	  hint: did you mean "algorithm"?
//
// A span whose file is not in src is shown without an excerpt, and what a
// sensitive diagnostic is about is blotted out of every excerpt.
func Render(w io.Writer, src Sources, l List) error {
	var b strings.Builder
	src = src.Masked(l)
	for i, d := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s %s: %s\n", d.Span, d.Severity, d.Name(), d.Message)
		if !d.Sensitive {
			writeExcerpt(&b, src[d.Span.File], d.Span)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  %s: %s\n", r.Span, r.Message)
			if r.Excerpt != "" {
				fmt.Fprintf(&b, "%4s | %s\n", "", clip(r.Excerpt))
				continue
			}
			writeExcerpt(&b, src[r.Span.File], r.Span)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
		if d.URL != "" {
			fmt.Fprintf(&b, "  docs: %s\n", d.URL)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// RenderJSON writes the diagnostics as one JSON array, never null.
func RenderJSON(w io.Writer, l List) error {
	if l == nil {
		l = List{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(l)
}

func writeExcerpt(b *strings.Builder, data []byte, at Span) {
	if at.Start.Line < 1 || len(data) == 0 {
		return
	}
	lines := strings.Split(string(data), "\n")
	if at.Start.Line > len(lines) {
		return
	}
	if at.Start.Line > 1 {
		if prev := strings.TrimRight(lines[at.Start.Line-2], "\r"); prev != "" {
			fmt.Fprintf(b, "%4d | %s\n", at.Start.Line-1, clip(prev))
		}
	}
	line := strings.TrimRight(lines[at.Start.Line-1], "\r")
	fmt.Fprintf(b, "%4d | %s\n", at.Start.Line, clip(line))
	if at.Start.Column > 0 && at.Start.Column <= maxExcerpt {
		fmt.Fprintf(b, "%4s | %s\n", "", carets(line, at))
	}
}

// carets marks the span's part of its first line. Tabs are kept, so that the
// marks stand under the characters whatever a tab's width is.
func carets(line string, at Span) string {
	runes := []rune(line)
	end := at.End.Column
	if at.End.Line > at.Start.Line {
		end = len(runes) + 1
	}
	end = min(max(end, at.Start.Column+1), maxExcerpt+1)
	var b strings.Builder
	for i := 1; i < at.Start.Column; i++ {
		if i <= len(runes) && runes[i-1] == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteByte(' ')
	}
	b.WriteString(strings.Repeat("^", end-at.Start.Column))
	return b.String()
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= maxExcerpt {
		return s
	}
	return string([]rune(s)[:maxExcerpt]) + " …"
}
