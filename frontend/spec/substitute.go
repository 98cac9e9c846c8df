package spec

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// substitution replaces ${name} in the scalars under n by the arguments' values. A
// scalar that is one reference alone takes the argument's type; inside other text
// the value is written out. $${ stands for ${.
type substitution struct {
	c     *composer
	args  map[string]Arg
	names []string
	// broken are arguments that are declared but have no usable value.
	broken map[string]bool
	nodes  int
}

// substitute puts the arguments' values in place of ${name} under n.
func substitute(c *composer, n *yaml.Node, args []Arg) {
	if !c.refers() {
		return
	}
	s := &substitution{c: c, args: map[string]Arg{}, broken: map[string]bool{}}
	for _, a := range args {
		s.names = append(s.names, a.name)
		if a.broken {
			s.broken[a.name] = true
			continue
		}
		s.args[a.name] = a
	}
	s.walk(n, "")
}

// refers reports whether any file of the spec may have a reference.
func (c *composer) refers() bool {
	for _, data := range c.data {
		if bytes.Contains(data, []byte("${")) || bytes.Contains(data, []byte(`\`)) { // an escape may spell one
			return true
		}
	}
	return false
}

func (s *substitution) walk(n *yaml.Node, path string) {
	s.nodes++
	if s.nodes > maxNodes || strings.Count(path, ".") > maxDepth {
		return // the decoder reports what is too much
	}
	switch n.Kind {
	case yaml.ScalarNode:
		s.scalar(n, path)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			s.walk(n.Content[i+1], join(path, n.Content[i].Value))
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			s.walk(item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// scalar puts another node in the place of n, also for the aliases of n.
func (s *substitution) scalar(n *yaml.Node, path string) {
	if n.Tag != "!!str" || !strings.Contains(n.Value, "${") {
		return
	}
	at := s.c.span(n)
	g := given{width: at.End.Column - at.Start.Column}
	v := s.c.mapping(n)
	v.Style = n.Style
	if a, ok := s.whole(n.Value); ok {
		s.use(a, n, path)
		v.Value, v.Tag, g.arg = a.text, a.tag(), a.name
	} else {
		v.Value, g.bad = s.expand(n, path)
	}
	s.c.put[n], s.c.given[v] = v, g
}

// whole is the argument that a text of one reference alone names.
func (s *substitution) whole(text string) (Arg, bool) {
	if !strings.HasPrefix(text, "${") || strings.Index(text, "}") != len(text)-1 {
		return Arg{}, false
	}
	a, ok := s.args[text[2:len(text)-1]]
	return a, ok
}

// expand writes out the references inside a text; bad where one names nothing.
func (s *substitution) expand(n *yaml.Node, path string) (text string, bad bool) {
	var b strings.Builder
	rest := n.Value
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			return b.String() + rest, bad
		}
		if i > 0 && rest[i-1] == '$' {
			b.WriteString(rest[:i-1] + "${")
			rest = rest[i+2:]
			continue
		}
		b.WriteString(rest[:i])
		name, after, ok := strings.Cut(rest[i+2:], "}")
		if !ok {
			s.c.diags.Add(diag.BadReference, s.c.span(n), "write $${ for the text ${", "${ without }")
			return n.Value, true
		}
		a, known := s.args[name]
		if !known {
			bad = true
			if !s.broken[name] {
				s.c.diags.Add(diag.BadReference, s.c.span(n), unknownArgHint(name, s.names), "no argument %q", name)
			}
		}
		s.use(a, n, path)
		b.WriteString(a.text)
		rest = after
	}
}

func unknownArgHint(name string, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("declare it: args: {%s: {default: …}}", name)
	}
	return diag.DidYouMean(name, names)
}

// use keeps a sensitive value out of everything that is published.
func (s *substitution) use(a Arg, n *yaml.Node, path string) {
	if a.Sensitive.V && !strings.HasPrefix(path, "train.env.") {
		s.c.diags.Add(diag.SensitiveArg, s.c.span(n), "a sensitive argument may be used in train.env only", "%s would publish the sensitive argument %q", path, a.name)
	}
}
