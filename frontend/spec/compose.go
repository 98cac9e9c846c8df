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

// composer joins included files and the chosen target into one mapping. The
// nodes keep their places: files says which file a node of another file is from.
type composer struct {
	load  func(name string) ([]byte, error)
	files map[*yaml.Node]string
	data  map[string][]byte
	diags diag.List
	// given has the nodes whose value came from arguments.
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

func newComposer(load func(string) ([]byte, error)) *composer {
	return &composer{load: load, files: map[*yaml.Node]string{}, data: map[string][]byte{}, given: map[*yaml.Node]given{}}
}

// read parses a file and everything it includes.
func (c *composer) read(file string, data []byte) *yaml.Node {
	n, diags := root(file, data)
	c.diags = append(c.diags, diags...)
	if n == nil {
		return nil
	}
	c.data[file] = data
	c.own(n, file, 0)
	if n.Kind != yaml.MappingNode {
		return n
	}
	c.stack = append(c.stack, file)
	defer func() { c.stack = c.stack[:len(c.stack)-1] }()
	return c.included(n, file)
}

// own marks the nodes of a file. Aliases are not followed: what they stand for
// is marked where it is written.
func (c *composer) own(n *yaml.Node, file string, depth int) {
	c.files[n] = file
	if depth > maxDepth {
		return
	}
	for _, child := range n.Content {
		c.own(child, file, depth+1)
	}
}

// included merges the files that n names under n: what n says itself wins.
func (c *composer) included(n *yaml.Node, file string) *yaml.Node {
	list := take(n, keyInclude)
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
	if c.load == nil {
		return nil, errors.New("files cannot be included here")
	}
	data, err := c.load(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no such file")
	}
	if err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	return data, nil
}

func (c *composer) span(n *yaml.Node) diag.Span {
	d := decoder{composer: c, file: c.files[n], texts: map[string][]string{c.files[n]: strings.Split(string(c.data[c.files[n]]), "\n")}}
	return d.span(n)
}

// take removes a key from a mapping and returns its value.
func take(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v := n.Content[i+1]
			n.Content = slices.Delete(n.Content, i, i+2)
			return v
		}
	}
	return nil
}

// merge lays a mapping over a base: its keys win, and where both have a mapping
// under one key the two are merged in turn. Lists are replaced, not joined.
func (c *composer) merge(over, base *yaml.Node) *yaml.Node {
	out := &yaml.Node{Kind: over.Kind, Tag: over.Tag, Line: over.Line, Column: over.Column, Content: slices.Clone(over.Content)}
	c.files[out] = c.files[over]
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
