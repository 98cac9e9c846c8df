package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// Scalar is one value of a spec as its files have it: before arguments are put in
// its place, and of every target.
type Scalar struct {
	Path string // such as train.params.l2; below targets.NAME for a target's own
	Key  string // the last key of the path; empty for an item of a list
	Text string
	Tag  string // YAML's tag, such as !!str
	At   diag.Span
}

// Scalars lists the values of every file of the spec but its lock, in the order of the files'
// names and of their text. What an alias stands for is listed once.
func (m *Model) Scalars() []Scalar {
	var out []Scalar
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if name == LockFile(m.File) {
			continue // not written by people
		}
		doc := m.reader.docs.parse(name, m.Files[name])
		if doc.root == nil {
			continue
		}
		l := scalarList{composer: newComposer(m.reader.docs), lines: m.reader.docs.lines(name), out: slices.Grow(out, doc.nodes/2)}
		l.walk(doc.root, "", "", 0)
		out = l.out
	}
	return out
}

type scalarList struct {
	*composer
	lines []string
	out   []Scalar
	// open is the index of a value over several lines whose end is not known yet,
	// plus 1.
	open int
}

func (l *scalarList) walk(n *yaml.Node, path, key string, depth int) {
	if depth > maxDepth {
		return
	}
	l.close(n)
	switch n.Kind {
	case yaml.ScalarNode:
		l.out = append(l.out, Scalar{Path: path, Key: key, Text: n.Value, Tag: n.Tag, At: l.extent(n)})
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			l.close(k)
			l.walk(n.Content[i+1], join(path, k.Value), k.Value, depth+1)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			l.walk(item, fmt.Sprintf("%s[%d]", path, i), "", depth+1)
		}
	}
}

// close ends a value over several lines where the next node begins.
func (l *scalarList) close(next *yaml.Node) {
	if l.open == 0 {
		return
	}
	at := &l.out[l.open-1].At
	last := max(l.span(next).Start.Line-1, at.Start.Line)
	at.End = diag.Position{Line: last, Column: l.width(last) + 1}
	l.open = 0
}

// width is the length of a line; 0 for one that is not there.
func (l *scalarList) width(line int) int {
	if line < 1 || line > len(l.lines) {
		return 0
	}
	return utf8.RuneCountInString(l.lines[line-1])
}

// extent is the whole place of a value, unlike span, which ends with the line. One
// that goes on is ended by the next node, or else with the file.
func (l *scalarList) extent(n *yaml.Node) diag.Span {
	at := l.span(n)
	begin := at.Start
	if begin.Line < 1 || begin.Line > len(l.lines) {
		return at
	}
	width := scalarEnd(n, from(strings.TrimRight(l.lines[begin.Line-1], "\r"), begin.Column))
	if width > 0 {
		at.End = diag.Position{Line: begin.Line, Column: begin.Column + width}
		return at
	}
	at.End = diag.Position{Line: len(l.lines), Column: l.width(len(l.lines)) + 1}
	l.open = len(l.out) + 1
	return at
}

// from is a line from a column on.
func from(line string, column int) string {
	for i := range line {
		if column--; column <= 0 {
			return line[i:]
		}
	}
	return ""
}

// scalarEnd is the number of characters of n on its first line, or 0 where it goes
// on.
func scalarEnd(n *yaml.Node, rest string) int {
	if rest != "" && (rest[0] == '!' || rest[0] == '&') {
		return 0 // a tag or an anchor stands before it
	}
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		return quotedEnd([]rune(rest), '"', '\\')
	case yaml.SingleQuotedStyle:
		return quotedEnd([]rune(rest), '\'', '\'')
	case yaml.LiteralStyle, yaml.FoldedStyle:
		return 0
	}
	if !strings.HasPrefix(rest, n.Value) {
		return 0
	}
	return max(utf8.RuneCountInString(n.Value), 1)
}

// quotedEnd is the length of a quoted text with its quotes, or 0 where its end is
// on another line. An escape takes the character after it along.
func quotedEnd(rest []rune, quote, escape rune) int {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == escape && (escape != quote || i+1 < len(rest) && rest[i+1] == quote):
			i++
		case rest[i] == quote:
			return i + 1
		}
	}
	return 0
}
