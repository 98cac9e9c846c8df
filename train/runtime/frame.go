package runtime

// place says where a tensor is: in a slot of the frame, or among the program's
// constants.
type place struct {
	constant bool
	index    int
}

// nowhere is the place of an operand that is left out.
var nowhere = place{index: -1}

// step is one node to execute.
type step struct {
	node    int
	op      string
	kernel  *kernel
	in, out []place
}

// frame holds the tensors of a block while it is computed.
type frame struct {
	program *program
	slots   []Tensor
	in, out [][]*Tensor // operands by step
	scratch scratch
}

func newFrame(p *program) *frame {
	f := &frame{program: p, slots: make([]Tensor, len(p.slots))}
	for _, s := range p.steps {
		f.in = append(f.in, f.at(s.in))
		f.out = append(f.out, f.at(s.out))
	}
	return f
}

func (f *frame) at(places []place) []*Tensor {
	out := make([]*Tensor, len(places))
	for i, p := range places {
		out[i] = f.tensor(p)
	}
	return out
}

func (f *frame) tensor(p place) *Tensor {
	switch {
	case p == nowhere:
		return nil
	case p.constant:
		return f.program.constants[p.index]
	}
	return &f.slots[p.index]
}

// execute runs all steps on the inputs that the slots hold.
func (f *frame) execute() error {
	for i := range f.program.steps {
		s := &f.program.steps[i]
		if err := s.kernel.execute(f.in[i], f.out[i], &f.scratch); err != nil {
			return &RunError{Node: s.node, Op: s.op, Err: err}
		}
	}
	return nil
}

// execute computes the outputs of one node.
func (k *kernel) execute(in, out []*Tensor, s *scratch) error {
	if err := k.shape(in, out); err != nil {
		return err
	}
	for i, o := range out {
		n, err := count(o.Dims)
		if err != nil {
			return err
		}
		o.resize(k.types[i], n)
	}
	return k.run(in, out, s)
}

// release lets go of the caller's tensors, and of texts, which the frame would
// keep alive.
func (f *frame) release() {
	for _, in := range f.program.inputs {
		f.slots[in.slot] = Tensor{Dims: f.slots[in.slot].Dims}
	}
	for i, t := range f.program.slots {
		if t == String {
			clear(f.slots[i].Strings)
		}
	}
}
