package spec

import (
	"fmt"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// Value is a scalar with its place. V is the zero value where Set is false.
type Value[T any] struct {
	V   T
	At  diag.Span
	Set bool
}

// Or returns the value, or def where the file gives none.
func (v Value[T]) Or(def T) T {
	if v.Set {
		return v.V
	}
	return def
}

// Entry is one key of a mapping with its value.
type Entry[T any] struct {
	Key   string
	KeyAt diag.Span
	Value T
}

// Map is a mapping with free keys, in the order of the file.
type Map[T any] struct {
	Entries []Entry[T]
	At      diag.Span
	Set     bool
}

// Get finds the value of a key.
func (m Map[T]) Get(key string) (T, bool) {
	for _, e := range m.Entries {
		if e.Key == key {
			return e.Value, true
		}
	}
	var zero T
	return zero, false
}

// Keys lists the keys in the order of the file.
func (m Map[T]) Keys() []string {
	keys := make([]string, len(m.Entries))
	for i, e := range m.Entries {
		keys[i] = e.Key
	}
	return keys
}

// Seq is a sequence of values.
type Seq[T any] struct {
	Items []T
	At    diag.Span
	Set   bool
}

// Pos is embedded in every mapping type: where its value starts, and whether
// the file has it.
type Pos struct {
	At  diag.Span
	Set bool
}

// decodable is a value that reads itself from a node. path is the value's place
// in the spec, such as train.params.
type decodable interface {
	decodeNode(d *decoder, n *yaml.Node, path string)
}

func (v *Value[T]) decodeNode(d *decoder, n *yaml.Node, path string) {
	v.At = d.span(n)
	v.Set = d.scalar(n, any(&v.V), path)
}

func (m *Map[T]) decodeNode(d *decoder, n *yaml.Node, path string) {
	m.At, m.Set = d.span(n), true
	pairs := d.pairs(n, path)
	m.Entries = make([]Entry[T], len(pairs))
	for i, p := range pairs {
		e, at := &m.Entries[i], join(path, p.key.Value)
		e.Key, e.KeyAt = p.key.Value, d.span(p.key)
		d.placed(at).key = e.KeyAt
		d.value(p.value, &e.Value, at)
	}
}

func (s *Seq[T]) decodeNode(d *decoder, n *yaml.Node, path string) {
	s.At, s.Set = d.span(n), true
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, path, wantList)
		return
	}
	for i, c := range n.Content {
		var item T
		d.value(c, &item, fmt.Sprintf("%s[%d]", path, i))
		s.Items = append(s.Items, item)
	}
}

// Bound is the text of a gate. A bare number is accepted here, so that the
// check of the gate can say what is missing.
type Bound struct{ Value[string] }

func (b *Bound) decodeNode(d *decoder, n *yaml.Node, path string) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float") {
		b.V, b.At, b.Set = n.Value, d.span(n), true
		return
	}
	b.Value.decodeNode(d, n, path)
}
