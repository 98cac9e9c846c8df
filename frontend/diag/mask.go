package diag

import (
	"maps"
	"strings"
)

// Masked returns the sources with the text of every sensitive diagnostic blotted
// out, so that an excerpt about something near it does not show it. Lines and
// columns stay as they are.
func (s Sources) Masked(l List) Sources {
	out := maps.Clone(s)
	for _, d := range l {
		if data, ok := out[d.Span.File]; ok && d.Sensitive && d.Span.Start.Line > 0 {
			out[d.Span.File] = mask(data, d.Span)
		}
	}
	return out
}

func mask(data []byte, at Span) []byte {
	lines := strings.Split(string(data), "\n")
	last := min(max(at.End.Line, at.Start.Line), len(lines))
	for n := at.Start.Line; n <= last; n++ {
		line := []rune(lines[n-1])
		from, to := 0, len(line)
		if n == at.Start.Line {
			from = min(max(at.Start.Column-1, 0), len(line))
		}
		if n == at.End.Line && at.End != at.Start {
			to = min(max(at.End.Column-1, from), len(line))
		}
		for i := from; i < to; i++ {
			if line[i] != '\r' {
				line[i] = '*'
			}
		}
		lines[n-1] = string(line)
	}
	return []byte(strings.Join(lines, "\n"))
}
