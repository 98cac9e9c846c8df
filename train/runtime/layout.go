package runtime

import "slices"

// Rows of a block: as many as keep the largest tensor of a block in the cache.
const (
	blockElements = 1 << 16
	leastRows     = 16
	mostRows      = 512
)

// outputs finds the facts of the graph's outputs.
func (c *compiler) outputs() ([]output, error) {
	var outs []output
	names := map[string]bool{}
	for _, v := range c.file.Graph.Outputs {
		f := c.facts[v.Name]
		switch {
		case f == nil:
			return nil, modelError("output %s is not defined", v.Name)
		case names[v.Name]:
			return nil, modelError("output %s appears twice", v.Name)
		case v.Maps != f.maps:
			return nil, modelError("output %s is declared with another type than it has", v.Name)
		case !v.Maps && typeOf(int64(v.Type)) != f.typ:
			return nil, modelError("output %s has elements of type %v, and is declared with ONNX type %d", v.Name, f.typ, v.Type)
		}
		names[v.Name] = true
		o := output{Value: Value{Name: v.Name, Type: f.typ}}
		if v.Dims != nil {
			o.Dims = intsOf(v.Dims)
		}
		outs = append(outs, o)
	}
	if len(outs) == 0 {
		return nil, modelError("no outputs")
	}
	return outs, nil
}

// layout decides which nodes are executed, and in which slots their outputs
// are.
func (c *compiler) layout(outputs []output) *program {
	used := c.used(outputs)
	l := &layouter{program: &program{byRow: true}, places: map[*fact]place{}, free: map[Type][]int{}, last: map[*fact]int{}}
	l.inputs(c, used)
	steps := slices.DeleteFunc(slices.Clone(c.pending), func(p pending) bool { return !needed(p, used) })
	for i, p := range steps {
		for _, name := range p.node.Inputs {
			l.last[c.facts[name]] = i
		}
	}
	for _, o := range outputs {
		l.last[c.facts[o.Name]] = len(steps)
	}
	width := 1
	for i, p := range steps {
		l.step(c, i, p, used)
		if p.kernel.classes != nil {
			l.program.classes = p.kernel.classes
		}
		for _, f := range p.outputs {
			if used[f] {
				l.program.byRow = l.program.byRow && f.class != mixed
				width = max(width, widthOf(f))
			}
		}
	}
	l.outputs(c, outputs)
	l.program.blockRows = min(max(blockElements/width, leastRows), mostRows)
	return l.program
}

// widthOf is the number of elements of a row.
func widthOf(f *fact) int {
	if f.class != byRow {
		return 1
	}
	return product(f.value.Dims[1:])
}

// used marks the values that the outputs depend on. Constants and extents are
// computed already, but an extent is of the rows of a block, so that it is
// computed again.
func (c *compiler) used(outputs []output) map[*fact]bool {
	used := map[*fact]bool{}
	for _, o := range outputs {
		used[c.facts[o.Name]] = true
	}
	for _, p := range slices.Backward(c.pending) {
		if !needed(p, used) {
			continue
		}
		for _, name := range p.node.Inputs {
			if f := c.facts[name]; f != nil {
				used[f] = true
			}
		}
	}
	return used
}

func needed(p pending, used map[*fact]bool) bool {
	return slices.ContainsFunc(p.outputs, func(f *fact) bool { return used[f] && f.class != constant })
}

// layouter gives values their places. A slot is used again when the last step
// that reads it is done.
type layouter struct {
	program *program
	places  map[*fact]place
	last    map[*fact]int // last step that reads a value
	free    map[Type][]int
}

func (l *layouter) inputs(c *compiler, used map[*fact]bool) {
	batches := false
	for _, v := range c.file.Graph.Inputs {
		f := c.facts[v.Name]
		in := input{Value: Value{Name: v.Name, Type: f.typ}, slot: len(l.program.slots), byRow: f.class == byRow}
		if v.Dims != nil {
			in.Dims = intsOf(v.Dims)
		}
		if in.byRow {
			in.Dims[0] = Rows // whether it has that name or none
		}
		l.program.slots = append(l.program.slots, f.typ)
		l.program.inputs = append(l.program.inputs, in)
		l.places[f] = place{index: in.slot}
		batches = batches || in.byRow
		l.program.byRow = l.program.byRow && (in.byRow || !used[f])
	}
	l.program.byRow = l.program.byRow && batches
}

func (l *layouter) step(c *compiler, i int, p pending, used map[*fact]bool) {
	s := step{node: p.index, op: p.node.Op, kernel: p.kernel}
	for _, name := range p.node.Inputs {
		s.in = append(s.in, l.place(c.facts[name]))
	}
	for _, f := range p.outputs {
		l.places[f] = l.take(f.typ)
		s.out = append(s.out, l.places[f])
	}
	l.program.steps = append(l.program.steps, s)
	done := map[*fact]bool{}
	release := func(f *fact) {
		if f != nil && f.class != constant && !done[f] && l.last[f] <= i && !l.isInput(f) {
			l.free[f.typ] = append(l.free[f.typ], l.places[f].index)
		}
		done[f] = true
	}
	for _, name := range p.node.Inputs {
		release(c.facts[name])
	}
	for _, f := range p.outputs {
		if !used[f] {
			release(f)
		}
	}
}

func (l *layouter) isInput(f *fact) bool {
	p, ok := l.places[f]
	return ok && !p.constant && p.index < len(l.program.inputs)
}

// take finds a slot for an output.
func (l *layouter) take(t Type) place {
	if free := l.free[t]; len(free) > 0 {
		l.free[t] = free[:len(free)-1]
		return place{index: free[len(free)-1]}
	}
	l.program.slots = append(l.program.slots, t)
	return place{index: len(l.program.slots) - 1}
}

// place is where a value that is defined already is.
func (l *layouter) place(f *fact) place {
	if f == nil {
		return nowhere
	}
	p, ok := l.places[f]
	if !ok {
		p = place{constant: true, index: len(l.program.constants)}
		l.program.constants = append(l.program.constants, f.value)
		l.places[f] = p
	}
	return p
}

func (l *layouter) outputs(c *compiler, outputs []output) {
	for i := range outputs {
		o := &outputs[i]
		f := c.facts[o.Name]
		o.place = l.place(f)
		l.program.byRow = l.program.byRow && (f.class == byRow || f.class == constant) && !f.wide
		if f.class == byRow {
			o.rowDims = f.value.Dims[1:]
		}
	}
	l.program.outputs = outputs
}
