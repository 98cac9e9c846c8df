package lock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// restore says how to get a good lock again.
const restore = "take the file from version control, or remove it and run `modelbuild lock`"

// maxDiags bounds the mistakes shown of one lock: more than that is another file.
const maxDiags = 100

// reader takes nodes apart and collects what does not fit.
type reader struct {
	file  string
	lines []string
	specs []Spec
	diags diag.List
}

func (r *reader) bad(n *yaml.Node, hint, format string, args ...any) {
	if len(r.diags) < maxDiags {
		r.diags.Add(diag.BadLock, r.span(n), hint, format, args...)
	}
}

// span is the text of a scalar, the first character of anything else.
func (r *reader) span(n *yaml.Node) diag.Span {
	at := diag.Position{Line: min(max(n.Line, 1), len(r.lines)), Column: max(n.Column, 1)}
	end := at
	if n.Kind == yaml.ScalarNode {
		rest := utf8.RuneCountInString(strings.TrimRight(r.lines[at.Line-1], "\r")) - at.Column + 1
		width := utf8.RuneCountInString(n.Value)
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			width += 2
		}
		end.Column += min(max(rest, 0), width)
	}
	return diag.Span{File: r.file, Start: at, End: end}
}

// keys reads a mapping whose keys are known: those that end in ? may be left out.
func (r *reader) keys(n *yaml.Node, what string, names ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	known := make([]string, len(names))
	for i, name := range names {
		known[i] = strings.TrimSuffix(name, "?")
	}
	for _, e := range r.entries(n, what) {
		if !slices.Contains(known, e.key.Value) {
			r.bad(e.key, diag.DidYouMean(e.key.Value, known), "%s has no key %q", what, e.key.Value)
			continue
		}
		out[e.key.Value] = e.value
	}
	for i, name := range names {
		if _, ok := out[known[i]]; !ok && name == known[i] && n.Kind == yaml.MappingNode {
			r.bad(n, restore, "%s has no %s", what, name)
		}
	}
	return out
}

type entry struct{ key, value *yaml.Node }

// entries reads a mapping with free keys.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, restore, "%s must be a mapping (key: value)", what)
		return nil
	}
	var out []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.bad(key, restore, "a key must be plain text")
			continue
		case seen[key.Value]:
			r.bad(key, "keep one of the two", "%q is here twice", key.Value)
			continue
		}
		seen[key.Value] = true
		out = append(out, entry{key, n.Content[i+1]})
	}
	return out
}

func (r *reader) list(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.bad(n, restore, "%s must be a list", what)
		return nil
	}
	return n.Content
}

func (r *reader) text(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || n.Value == "" {
		r.bad(n, restore, "%s must be text", what)
		return ""
	}
	return n.Value
}

// count reads a whole number from 0.
func (r *reader) count(n *yaml.Node, what string) int64 {
	if n == nil {
		return 0
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < 0 {
		r.bad(n, restore, "%s must be a whole number from 0", what)
		return 0
	}
	return v
}

// matching reads a text of a known form.
func (r *reader) matching(n *yaml.Node, what string, f form) string {
	v := r.text(n, what)
	if v != "" && !f.re.MatchString(v) {
		r.bad(n, restore, "%s must be %s", what, f.says)
		return ""
	}
	return v
}

func quoted(what, name string) string { return fmt.Sprintf("%s %q", what, name) }
