package runtime

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// node is what an operator's build function sees of a node. Attributes that it
// does not ask for are errors, so it asks for all that the operator has.
type node struct {
	version int64
	in      []*fact // nil for one that is left out
	outputs int

	attributes []onnx.Attribute
	asked      []string
	err        error // the first problem with an attribute
}

// attribute is the value of an attribute; nil where it is not set.
func (n *node) attribute(name string) any {
	n.asked = append(n.asked, name)
	for _, a := range n.attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

// attributeOf is the value of an attribute of a type, or a default.
func attributeOf[T any](n *node, name string, missing T) T {
	switch v := n.attribute(name).(type) {
	case nil:
	case T:
		return v
	default:
		n.fail("attribute %s is a %T", name, v)
	}
	return missing
}

func (n *node) int(name string, missing int64) int64       { return attributeOf(n, name, missing) }
func (n *node) float(name string, missing float32) float32 { return attributeOf(n, name, missing) }
func (n *node) text(name, missing string) string           { return attributeOf(n, name, missing) }
func (n *node) ints(name string) []int64                   { return attributeOf(n, name, []int64(nil)) }
func (n *node) floats(name string) []float32               { return attributeOf(n, name, []float32(nil)) }
func (n *node) texts(name string) []string                 { return attributeOf(n, name, []string(nil)) }
func (n *node) flag(name string, missing bool) bool {
	m := int64(0)
	if missing {
		m = 1
	}
	return n.int(name, m) != 0
}

func (n *node) has(name string) bool { return n.attribute(name) != nil }

func (n *node) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf(format, args...)
	}
}

// check finds what is wrong with the attributes: called when all were asked
// for.
func (n *node) check() error {
	var names []string
	for _, a := range n.attributes {
		if slices.Contains(names, a.Name) {
			return fmt.Errorf("attribute %s appears twice", a.Name)
		}
		names = append(names, a.Name)
		if !slices.Contains(n.asked, a.Name) {
			return fmt.Errorf("attribute %s is not supported", a.Name)
		}
	}
	return n.err
}

// given is true where input i is there.
func (n *node) given(i int) bool { return i < len(n.in) && n.in[i] != nil }

// constant is input i where it is a constant, otherwise nil.
func (n *node) constant(i int) *Tensor {
	if !n.given(i) || n.in[i].class != constant {
		return nil
	}
	return n.in[i].value
}

// want makes sure that inputs from position i on are of one of some types, and
// all of the same.
func (n *node) want(i int, types ...Type) (Type, error) {
	got := Type(0)
	for _, f := range n.in[i:] {
		if f == nil {
			continue
		}
		if !slices.Contains(types, f.typ) {
			return 0, fmt.Errorf("elements of type %v", f.typ)
		}
		if got != 0 && got != f.typ {
			return 0, fmt.Errorf("elements of types %v and %v", got, f.typ)
		}
		got = f.typ
	}
	return got, nil
}

// wantOf is want for some inputs only, where they are given.
func (n *node) wantOf(typ Type, inputs ...int) error {
	for _, i := range inputs {
		if n.given(i) && n.in[i].typ != typ {
			return fmt.Errorf("input %d has elements of type %v in place of %v", i, n.in[i].typ, typ)
		}
	}
	return nil
}
