package runtime

import (
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// program is a compiled graph.
type program struct {
	inputs    []input
	outputs   []output
	constants []*Tensor
	slots     []Type // element types of the frame's tensors
	steps     []step
	byRow     bool
	blockRows int
	classes   []string // see Session.Classes
}

type input struct {
	Value
	slot  int
	byRow bool
}

type output struct {
	Value
	place   place
	rowDims []int // dimensions of a row, where the program is byRow
}

// compiler turns a graph into a program: first it derives a fact for each
// value, folding constants, then it lays out the steps that are left.
type compiler struct {
	file    onnx.File
	mark    int
	folded  int // elements of the constants that were computed
	facts   map[string]*fact
	pending []pending // in the order of the graph
}

// pending is a node that is to be executed if its outputs are used.
type pending struct {
	index   int
	node    onnx.Node
	kernel  *kernel
	outputs []*fact // one for each of the kernel's, named or not
}

func compile(f onnx.File) (*program, error) {
	if err := checkVersions(f); err != nil {
		return nil, err
	}
	c := &compiler{file: f, facts: map[string]*fact{}}
	c.chooseMark()
	if err := c.declare(); err != nil {
		return nil, err
	}
	for i, n := range f.Graph.Nodes {
		if err := c.node(i, n); err != nil {
			return nil, &ModelError{Node: i, Op: n.Op, Problem: err.Error()}
		}
	}
	outputs, err := c.outputs()
	if err != nil {
		return nil, err
	}
	return c.layout(outputs), nil
}

// chooseMark finds a prime that is no number of the model, so that where it
// appears in dimensions it stands for the number of rows.
func (c *compiler) chooseMark() {
	seen := map[int64]bool{}
	see := func(numbers []int64) {
		for _, i := range numbers {
			seen[i] = true
		}
	}
	for _, t := range c.file.Graph.Initializers {
		see(t.Dims)
		if ints, ok := t.Data.([]int64); ok {
			see(ints)
		}
	}
	for _, v := range c.file.Graph.Inputs {
		see(v.Dims)
	}
	for _, n := range c.file.Graph.Nodes {
		for _, a := range n.Attributes {
			switch v := a.Value.(type) {
			case int64:
				seen[v] = true
			case []int64:
				see(v)
			case onnx.Tensor:
				see(v.Dims)
				if ints, ok := v.Data.([]int64); ok {
					see(ints)
				}
			}
		}
	}
	c.mark = 100_003
	for seen[int64(c.mark)] || !prime(c.mark) {
		c.mark += 2
	}
}

func prime(n int) bool {
	for d := 3; d*d <= n; d += 2 {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// declare makes the facts of initializers and inputs. An initializer of an
// input's name would be its default, which no model needs here.
func (c *compiler) declare() error {
	for _, t := range c.file.Graph.Initializers {
		v, typ := constantOf(t)
		if err := c.define(t.Name, &fact{typ: typ, class: constant, known: true, value: v}); err != nil {
			return modelError("%v", err)
		}
	}
	for _, v := range c.file.Graph.Inputs {
		f, err := c.input(v)
		if err == nil {
			err = c.define(v.Name, f)
		}
		if err != nil {
			return modelError("%v", err)
		}
	}
	return nil
}

func constantOf(t onnx.Tensor) (*Tensor, Type) {
	v := &Tensor{Dims: intsOf(t.Dims)}
	switch data := t.Data.(type) {
	case []float32:
		v.Floats = data
		return v, Float
	case []float64:
		v.Doubles = data
		return v, Double
	case []int64:
		v.Ints = data
		return v, Int64
	case []string:
		v.Strings = data
		return v, String
	case []bool:
		v.Bools = data
		return v, Bool
	}
	panic(fmt.Sprintf("tensor of %T", t.Data))
}

func intsOf(dims []int64) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		out[i] = int(d)
	}
	return out
}

func (c *compiler) input(v onnx.Value) (*fact, error) {
	f := &fact{typ: typeOf(int64(v.Type)), class: mixed, known: v.Dims != nil, value: &Tensor{Dims: intsOf(v.Dims)}}
	if f.typ == 0 {
		return nil, fmt.Errorf("input %s: elements of ONNX type %d are not supported", v.Name, v.Type)
	}
	rows := 0
	for i, d := range f.value.Dims {
		switch {
		case d == Rows || i == 0 && d == Unknown:
			f.value.Dims[i] = c.mark
			rows++
		case d < 0:
			f.known = false
		case d > maxElements:
			return nil, fmt.Errorf("input %s: a dimension of %d", v.Name, d)
		}
	}
	if rows == 1 && f.rowsFirst(c.mark) {
		f.class = byRow
	}
	return f, nil
}

func (c *compiler) define(name string, f *fact) error {
	if name == "" {
		return errors.New("a value without a name")
	}
	if c.facts[name] != nil {
		return fmt.Errorf("value %s is defined twice", name)
	}
	c.facts[name] = f
	return nil
}

// node derives the facts of a node's outputs.
func (c *compiler) node(index int, n onnx.Node) error {
	n, err := c.modern(index, n)
	if err != nil {
		return err
	}
	k, in, err := c.build(n)
	if err != nil {
		return err
	}
	outs, err := c.derive(k, in)
	if err != nil {
		return err
	}
	for i, name := range n.Outputs {
		if name == "" {
			continue
		}
		if err := c.define(name, outs[i]); err != nil {
			return err
		}
	}
	c.pending = append(c.pending, pending{index, n, k, outs})
	return nil
}

// build finds the operator of a node and makes its kernel.
func (c *compiler) build(n onnx.Node) (*kernel, []*fact, error) {
	o, version, err := find(n, c.file)
	if err != nil {
		return nil, nil, err
	}
	v := &node{version: version, outputs: len(n.Outputs), attributes: n.Attributes}
	for i, name := range n.Inputs {
		f := c.facts[name]
		if f == nil && name != "" {
			return nil, nil, fmt.Errorf("value %s is not defined before its use", name)
		}
		if f == nil && i < o.in {
			return nil, nil, fmt.Errorf("input %d is left out", i)
		}
		if f != nil && f.maps {
			return nil, nil, fmt.Errorf("value %s is no tensor, but maps", name)
		}
		v.in = append(v.in, f)
	}
	k, err := o.build(v)
	if err == nil {
		err = v.check()
	}
	return k, v.in, err
}
