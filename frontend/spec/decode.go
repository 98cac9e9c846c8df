package spec

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// decoder walks YAML nodes into Go values and collects what does not fit.
type decoder struct {
	*composer
	types map[reflect.Type]fieldSet
	diags diag.List
	// spans has the places of each value by its path.
	spans map[string]*place
	room  []place // places not in use yet
	// meant has the path of each known key that an unknown one is close to, so
	// that a misspelt key is not reported as missing too.
	meant  map[string]bool
	nodes  int
	depth  int
	failed bool // a limit was hit; stop quietly
}

type pair struct{ key, value *yaml.Node }

// place is where a value stands, and its key; zero where there is none.
type place struct{ value, key diag.Span }

// placed is the place of a path.
func (d *decoder) placed(path string) *place {
	p, ok := d.spans[path]
	if !ok {
		if len(d.room) == 0 {
			d.room = make([]place, 64)
		}
		p, d.room = &d.room[0], d.room[1:]
		d.spans[path] = p
	}
	return p
}

// value decodes n into the Go value that into points at.
func (d *decoder) value(n *yaml.Node, into any, path string) {
	n = d.resolve(n)
	if !d.enter(n) {
		return
	}
	defer func() { d.depth-- }()
	if p := d.placed(path); p.value.IsZero() {
		p.value = d.span(n)
	}
	if v, ok := into.(decodable); ok {
		v.decodeNode(d, n, path)
		return
	}
	v := reflect.ValueOf(into).Elem()
	if v.Kind() != reflect.Struct {
		panic(fmt.Sprintf("spec: cannot decode into %T", into))
	}
	d.structure(n, v, path)
}

// enter counts n against the limits and reports whether to go on.
func (d *decoder) enter(n *yaml.Node) bool {
	d.nodes++
	d.depth++
	if d.failed {
		return false
	}
	if d.nodes > maxNodes || d.depth > maxDepth {
		d.failed = true
		d.diags.Add(diag.TooComplex, d.span(n), "write the values out, without nested aliases",
			"the file unfolds to more than %d values or %d levels", maxNodes, maxDepth)
		return false
	}
	return true
}

// resolve follows an alias to the node it stands for, and takes the one that was
// put in its place.
func (d *decoder) resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if v, ok := d.put[n]; ok {
		return v
	}
	return n
}

// structure decodes a mapping whose keys are the fields tagged `key:"name"`; the
// option `required` makes a missing one an error.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	fields := d.fields(v.Type())
	if fields.pos != nil {
		*v.FieldByIndex(fields.pos).Addr().Interface().(*Pos) = Pos{At: d.span(n), Set: true}
	}
	pairs := d.pairs(n, path)
	for _, p := range pairs {
		name := p.key.Value
		f, ok := fields.byName[name]
		if !ok {
			d.unknownKey(p.key, path, fields.names)
			continue
		}
		at := join(path, name)
		d.placed(at).key = d.span(p.key)
		d.value(p.value, v.FieldByIndex(f.index).Addr().Interface(), at)
	}
	if n.Kind != yaml.MappingNode { // said already: its keys are not missing too
		for _, name := range fields.names {
			d.meant[join(path, name)] = true
		}
		return
	}
	d.required(n, fields, pairs, path)
}

// required reports the keys that must be there and are not.
func (d *decoder) required(n *yaml.Node, fields fieldSet, pairs []pair, path string) {
	for _, name := range fields.needed {
		there := slices.ContainsFunc(pairs, func(p pair) bool { return p.key.Value == name })
		if !there && !d.meant[join(path, name)] {
			d.diags.Add(diag.MissingKey, d.pointAt(n), fields.byName[name].doc, "%s is missing", join(path, name))
		}
	}
}

// fields remembers what it has read of a type: a spec may have thousands of columns.
func (d *decoder) fields(t reflect.Type) fieldSet {
	set, ok := d.types[t]
	if !ok {
		set = structFields(t)
		d.types[t] = set
	}
	return set
}

type field struct {
	index []int
	doc   string
}

type fieldSet struct {
	byName map[string]field
	names  []string
	needed []string // names of keys that must be there
	pos    []int    // the field of type Pos; nil where there is none
}

func structFields(t reflect.Type) fieldSet {
	set := fieldSet{byName: map[string]field{}}
	for _, f := range reflect.VisibleFields(t) {
		if f.Type == reflect.TypeFor[Pos]() && f.Anonymous {
			set.pos = f.Index
		}
		tag := f.Tag.Get("key")
		if tag == "" {
			continue
		}
		name, opt, _ := strings.Cut(tag, ",")
		set.byName[name] = field{index: f.Index, doc: f.Tag.Get("doc")}
		set.names = append(set.names, name)
		if opt == "required" {
			set.needed = append(set.needed, name)
		}
	}
	return set
}

// pairs lists the keys and values of a mapping and reports duplicates, keys that
// are no plain text, and anything that is no mapping.
func (d *decoder) pairs(n *yaml.Node, path string) []pair {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping (key: value)")
		return nil
	}
	out := make([]pair, 0, len(n.Content)/2)
	first := firstOf(out)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := d.resolve(n.Content[i])
		if k.Kind != yaml.ScalarNode {
			d.diags.Add(diag.WrongType, d.span(k), "", "a key must be plain text")
			continue
		}
		if prev := first(out, k); prev != nil {
			dd := d.diags.Add(diag.DuplicateKey, d.span(k), "keep one of the two", "key %q is here twice", k.Value)
			dd.Related = []diag.Related{{Span: d.span(prev), Message: "the first one"}}
			continue
		}
		out = append(out, pair{k, n.Content[i+1]})
	}
	return out
}

// fewKeys is how many keys are looked through one by one rather than in a map.
const fewKeys = 8

// firstOf finds an earlier key of the same name, for a mapping of as many pairs as
// there is room for.
func firstOf(room []pair) func(before []pair, key *yaml.Node) *yaml.Node {
	if cap(room) <= fewKeys {
		return func(before []pair, key *yaml.Node) *yaml.Node {
			for _, p := range before {
				if p.key.Value == key.Value {
					return p.key
				}
			}
			return nil
		}
	}
	seen := make(map[string]*yaml.Node, cap(room))
	return func(_ []pair, key *yaml.Node) *yaml.Node {
		prev := seen[key.Value]
		if prev == nil {
			seen[key.Value] = key
		}
		return prev
	}
}

func (d *decoder) unknownKey(k *yaml.Node, path string, known []string) {
	where := "the spec"
	if path != "" {
		where = path
	} else {
		known = append(slices.Clone(known), keyArgs, keyInclude, keyTargets)
	}
	d.meant[join(path, diag.Nearest(k.Value, known))] = true
	hint := diag.DidYouMean(k.Value, known)
	if path == "train.packages" && strings.Contains(strings.ToLower(k.Value), "conda") {
		hint = instead
	}
	d.diags.Add(diag.UnknownKey, d.span(k), hint, "unknown key %q in %s", k.Value, where)
}

func (d *decoder) wrongType(n *yaml.Node, path, want string) {
	if path == "" {
		path = "the file"
	}
	hint := ""
	if g := d.given[n]; g.arg != "" {
		hint = fmt.Sprintf("give the argument a type, as in args: {%s: {type: integer}}", g.arg)
	}
	if want == wantList && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		hint = fmt.Sprintf("write [%s]", n.Value)
	}
	d.diags.Add(diag.WrongType, d.span(n), hint, "%s must be %s, not %s", path, want, describe(n))
}

const wantList = "a list"

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	case n.Tag == "!!str":
		return fmt.Sprintf("the text %q", n.Value)
	}
	return n.Value
}

// scalar stores n into into, a pointer to string, float64, uint64, bool or any,
// and reports whether it fits.
func (d *decoder) scalar(n *yaml.Node, into any, path string) bool {
	if d.given[n].bad {
		return false // reported already
	}
	var want string
	ok := n.Kind == yaml.ScalarNode
	switch p := into.(type) {
	case *string:
		want = "text"
		if ok = ok && n.Tag == "!!str"; ok {
			*p = n.Value
		} else if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			d.diags.Add(diag.WrongType, d.span(n), fmt.Sprintf("put it in quotes: %q", n.Value),
				"%s must be text, not %s", path, describe(n))
			return false
		}
	case *float64:
		want = "a number"
		ok = ok && (n.Tag == "!!int" || n.Tag == "!!float") && n.Decode(p) == nil && !math.IsNaN(*p) && !math.IsInf(*p, 0)
	case *uint64:
		want = "a whole number from 0"
		ok = ok && n.Tag == "!!int" && n.Decode(p) == nil
	case *bool:
		want = "true or false"
		ok = ok && n.Tag == "!!bool" && n.Decode(p) == nil
	case *any:
		want = "text, a number, true or false"
		ok = ok && n.Tag != "!!null" && n.Decode(p) == nil
	default:
		panic(fmt.Sprintf("spec: no scalar of type %T", into))
	}
	if !ok {
		d.wrongType(n, path, want)
	}
	return ok
}

// span is the place of a node: the text of a scalar on one line, the first
// character of anything else.
func (c *composer) span(n *yaml.Node) diag.Span {
	file := c.file(n)
	at := c.docs.position(file, n)
	end := at
	if g, ok := c.given[n]; ok {
		end.Column += g.width
	} else if n.Kind == yaml.ScalarNode {
		if lines := c.docs.lines(file); at.Line >= 1 && at.Line <= len(lines) {
			end.Column += scalarWidth(n, at.Column, strings.TrimRight(lines[at.Line-1], "\r"))
		}
	}
	return diag.Span{File: file, Start: at, End: end}
}

// scalarWidth is the number of characters of n on its first line, where it begins at
// that column.
func scalarWidth(n *yaml.Node, column int, line string) int {
	rest := max(utf8.RuneCountInString(line)-(column-1), 0)
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		return min(rest, utf8.RuneCountInString(strconv.Quote(n.Value)))
	case yaml.SingleQuotedStyle:
		return min(rest, utf8.RuneCountInString(n.Value)+2+strings.Count(n.Value, "'"))
	case yaml.LiteralStyle, yaml.FoldedStyle:
		return min(rest, 1)
	}
	return min(rest, utf8.RuneCountInString(n.Value))
}

// pointAt is the first character of a node, for messages about what is not there.
func (d *decoder) pointAt(n *yaml.Node) diag.Span {
	s := d.span(n)
	s.End = s.Start
	return s
}
