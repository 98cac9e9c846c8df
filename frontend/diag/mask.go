package diag

import (
	"maps"
	"math"
	"strings"

	"github.com/modelbuild/modelbuild/internal/pattern"
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

// otherBreak is a line break that YAML knows and this package does not.
var otherBreak = pattern.New("\r[^\n]|\u0085|\u2028|\u2029")

// mask blots out a span; all of a file whose lines are counted in different ways,
// where the span may be elsewhere.
func mask(data []byte, at Span) []byte {
	if otherBreak.Match(data) {
		at = Span{Start: Position{Line: 1, Column: 1}, End: Position{Line: math.MaxInt}}
	}
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
