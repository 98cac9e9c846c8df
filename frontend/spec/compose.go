package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// Keys that put a spec together from parts; they are gone before it is decoded.
const (
	keyInclude = "include"
	keyTargets = "targets"
	keyArgs    = "args"
)

// maxIncludes bounds the files of one spec.
const maxIncludes = 32

// composer joins included files and the chosen target into one mapping. Nodes keep
// their places, and are shared with other models: what is changed is a copy.
type composer struct {
	docs *documents
	// files has the file of each node made here that is not the spec's own.
	files map[*yaml.Node]string
	data  map[string][]byte
	diags diag.List
	// put has the nodes that stand in for others, with the arguments' values in them;
	// given says of each what stands in the file.
	put   map[*yaml.Node]*yaml.Node
	given map[*yaml.Node]given
	// stack are the files being included, for the cycle message.
	stack []string
}

// given says what stood in the file before a value was put in its place.
type given struct {
	width int    // characters of the text in the file
	arg   string // the argument, where the text was one reference alone
	bad   bool   // there was no value to put there
}

func newComposer(docs *documents) *composer {
	return &composer{docs: docs, files: map[*yaml.Node]string{}, data: map[string][]byte{},
		put: map[*yaml.Node]*yaml.Node{}, given: map[*yaml.Node]given{}}
}

// read parses a file and everything it includes.
func (c *composer) read(file string, data []byte) *yaml.Node {
	doc := c.docs.parse(file, data)
	c.diags = append(c.diags, doc.diags...)
	n := doc.root
	if n == nil {
		return nil
	}
	c.data[file] = data
	if n.Kind != yaml.MappingNode {
		return n
	}
	c.stack = append(c.stack, file)
	defer func() { c.stack = c.stack[:len(c.stack)-1] }()
	return c.included(n, file)
}

// file is the name of the file that a node stands in.
func (c *composer) file(n *yaml.Node) string {
	if f, ok := c.files[n]; ok {
		return f
	}
	if f, ok := c.docs.owner[n]; ok {
		return f
	}
	return c.docs.main
}

// included merges the files that n names under n: what n says itself wins.
func (c *composer) included(n *yaml.Node, file string) *yaml.Node {
	n, list := c.take(n, keyInclude)
	if list == nil {
		return n
	}
	if list.Kind != yaml.SequenceNode {
		c.diags.Add(diag.WrongType, c.span(list), "as in include: [common.yaml]", "include must be a list of files")
		return n
	}
	for _, item := range list.Content {
		if base := c.include(item, file); base != nil {
			n = c.merge(n, base)
		}
	}
	return n
}

func (c *composer) include(item *yaml.Node, file string) *yaml.Node {
	at := c.span(item)
	if item.Kind != yaml.ScalarNode || item.Tag != "!!str" {
		c.diags.Add(diag.WrongType, at, "", "include must be a list of files")
		return nil
	}
	name := path.Join(path.Dir(file), item.Value)
	switch {
	case path.IsAbs(item.Value) || !c.inside(name):
		c.diags.Add(diag.BadInclude, at, "an included file lies beside the spec or below it", "cannot include %q", item.Value)
		return nil
	case slices.Contains(c.stack, name):
		c.diags.Add(diag.BadInclude, at, strings.Join(append(c.stack, name), " → "), "%s includes itself", name)
		return nil
	case len(c.data) >= maxIncludes:
		c.diags.Add(diag.TooComplex, at, "", "more than %d files", maxIncludes)
		return nil
	}
	data, err := c.open(name)
	if err != nil {
		hint := "paths are relative to the file that includes"
		c.diags.Add(diag.BadInclude, at, hint, "cannot include %q: %s", item.Value, err)
		return nil
	}
	n := c.read(name, data)
	if n != nil && n.Kind != yaml.MappingNode {
		c.diags.Add(diag.WrongType, c.span(n), "", "an included file must be a mapping (key: value)")
		return nil
	}
	return n
}

// inside reports whether a file lies in the folder of the spec or below it.
func (c *composer) inside(name string) bool {
	root := path.Dir(c.stack[0])
	if root == "." {
		return name != ".." && !strings.HasPrefix(name, "../")
	}
	return strings.HasPrefix(name, strings.TrimSuffix(root, "/")+"/")
}

func (c *composer) open(name string) ([]byte, error) {
	data, err := c.docs.open(name)
	switch {
	case errors.Is(err, errAlone):
		return nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("no such file")
	case err != nil:
		return nil, fmt.Errorf("read it: %w", err)
	}
	return data, nil
}

// take is a mapping without one of its keys, and that key's value; the mapping
// itself and nil where it does not have it.
func (c *composer) take(n *yaml.Node, key string) (rest, value *yaml.Node) {
	at := indexOf(n, key)
	if at < 0 {
		return n, nil
	}
	rest = c.mapping(n)
	rest.Content = slices.Concat(n.Content[:at], n.Content[at+2:])
	return rest, n.Content[at+1]
}

// mapping is an empty mapping in the place of another.
func (c *composer) mapping(n *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Line: n.Line, Column: n.Column}
	if file := c.file(n); file != c.docs.main {
		c.files[out] = file
	}
	return out
}

// merge lays a mapping over a base: its keys win, and where both have a mapping
// under one key the two are merged in turn. Lists are replaced, not joined.
func (c *composer) merge(over, base *yaml.Node) *yaml.Node {
	out := c.mapping(over)
	out.Content = slices.Clone(over.Content)
	for i := 0; i+1 < len(base.Content); i += 2 {
		key, value := base.Content[i], base.Content[i+1]
		at := indexOf(out, key.Value)
		if at < 0 {
			out.Content = append(out.Content, key, value)
			continue
		}
		mine := out.Content[at+1]
		if mine.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode {
			out.Content[at+1] = c.merge(mine, value)
		}
	}
	return out
}

func indexOf(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}
