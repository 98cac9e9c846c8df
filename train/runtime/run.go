package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/parallel"
)

// Run computes the outputs for a batch, which must hold a tensor for each input
// and nothing else. Where inputs have the dimension [Rows], it must be the same
// for all; zero is allowed. The tensors are read only. Errors are
// [*InputError], [*RunError], and the context's.
func (s *Session) Run(ctx context.Context, batch map[string]Tensor) (map[string]Tensor, error) {
	p := s.program
	rows, err := p.checkBatch(batch)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !p.byRow {
		return s.whole(batch)
	}
	return s.blocks(ctx, batch, rows)
}

// checkBatch compares a batch with the inputs and returns the number of rows.
func (p *program) checkBatch(batch map[string]Tensor) (rows int, err error) {
	rows = -1
	for _, in := range p.inputs {
		t, ok := batch[in.Name]
		if !ok {
			return 0, &InputError{in.Name, "missing from the batch"}
		}
		if err := in.check(&t, &rows); err != nil {
			return 0, &InputError{in.Name, err.Error()}
		}
	}
	if len(batch) == len(p.inputs) {
		return rows, nil
	}
	var names []string
	for name := range batch {
		if !slices.ContainsFunc(p.inputs, func(in input) bool { return in.Name == name }) {
			names = append(names, name)
		}
	}
	return 0, &InputError{slices.Min(names), "not an input of the model"}
}

func (in *input) check(t *Tensor, rows *int) error {
	n, err := count(t.Dims)
	if err != nil {
		return err
	}
	if got := t.size(in.Type); got != n {
		return fmt.Errorf("%d elements of type %v for dimensions %v", got, in.Type, t.Dims)
	}
	if in.Dims == nil {
		return nil
	}
	misfit := len(in.Dims) != len(t.Dims)
	for i := 0; i < len(in.Dims) && !misfit; i++ {
		switch {
		case in.Dims[i] == Rows && *rows >= 0 && t.Dims[i] != *rows:
			return fmt.Errorf("%d rows, where another input has %d", t.Dims[i], *rows)
		case in.Dims[i] == Rows:
			*rows = t.Dims[i]
		case in.Dims[i] != Unknown && in.Dims[i] != t.Dims[i]:
			misfit = true
		}
	}
	if misfit {
		return fmt.Errorf("dimensions %v in place of %s", t.Dims, dimsText(in.Dims))
	}
	return nil
}

// whole computes a batch at once.
func (s *Session) whole(batch map[string]Tensor) (map[string]Tensor, error) {
	f := s.frames.Get().(*frame)
	defer s.frames.Put(f)
	defer f.release()
	for _, in := range s.program.inputs {
		t := batch[in.Name]
		slot := &f.slots[in.slot]
		t.Dims = append(slot.Dims[:0], t.Dims...)
		t.resize(in.Type, t.size(in.Type)) // not nil, though empty
		*slot = t
	}
	if err := f.execute(); err != nil {
		return nil, err
	}
	out := make(map[string]Tensor, len(s.program.outputs))
	for _, o := range s.program.outputs {
		out[o.Name] = o.copyOf(f.tensor(o.place))
	}
	return out, nil
}

// copyOf is a tensor in memory of its own.
func (o *output) copyOf(t *Tensor) Tensor {
	c := Tensor{Dims: append([]int{}, t.Dims...)}
	c.resize(o.Type, t.size(o.Type))
	copyAt(&c, 0, t, o.Type)
	return c
}

// copyAt copies all elements of from to position at of to.
func copyAt(to *Tensor, at int, from *Tensor, typ Type) {
	switch typ {
	case Float:
		copy(to.Floats[at:], from.Floats)
	case Double:
		copy(to.Doubles[at:], from.Doubles)
	case Int64:
		copy(to.Ints[at:], from.Ints)
	case String:
		copy(to.Strings[at:], from.Strings)
	default:
		copy(to.Bools[at:], from.Bools)
	}
}

// blocks computes a batch in blocks of rows.
func (s *Session) blocks(ctx context.Context, batch map[string]Tensor, rows int) (map[string]Tensor, error) {
	p := s.program
	results := make([]Tensor, len(p.outputs))
	for i := range p.outputs {
		if err := p.outputs[i].prepare(&results[i], p, rows); err != nil {
			return nil, &RunError{Node: -1, Op: "output " + p.outputs[i].Name, Err: err}
		}
	}
	ranges := parallel.Blocks(rows, p.blockRows)
	var failed []error
	if len(ranges) > 1 {
		failed = make([]error, len(ranges))
		if err := parallel.Do(ctx, len(ranges), func(i int) { failed[i] = s.block(batch, ranges[i], results) }); err != nil {
			return nil, err
		}
	} else if len(ranges) == 1 {
		failed = []error{s.block(batch, ranges[0], results)}
	}
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	out := make(map[string]Tensor, len(results))
	for i, o := range p.outputs {
		out[o.Name] = results[i]
	}
	return out, nil
}

// prepare makes room for an output of all rows. A constant is copied.
func (o *output) prepare(t *Tensor, p *program, rows int) error {
	if o.place.constant {
		*t = o.copyOf(p.constants[o.place.index])
		return nil
	}
	t.Dims = append([]int{rows}, o.rowDims...)
	n, err := count(t.Dims)
	if err == nil {
		t.resize(o.Type, n)
	}
	return err
}

var errRows = errors.New("the model's rows are not independent: this is a bug")

// block computes rows r and stores them in the results.
func (s *Session) block(batch map[string]Tensor, r parallel.Range, results []Tensor) error {
	p := s.program
	f := s.frames.Get().(*frame)
	defer s.frames.Put(f)
	defer f.release()
	for _, in := range p.inputs {
		if in.byRow {
			t := batch[in.Name]
			f.slots[in.slot].setRows(&t, in.Type, r)
		}
	}
	if err := f.execute(); err != nil {
		return err
	}
	for i, o := range p.outputs {
		if o.place.constant {
			continue
		}
		t := f.tensor(o.place)
		if len(t.Dims) == 0 || t.Dims[0] != r.Len() || !slices.Equal(t.Dims[1:], o.rowDims) {
			return &RunError{Node: -1, Op: "output " + o.Name, Err: errRows}
		}
		copyAt(&results[i], r.From*product(o.rowDims), t, o.Type)
	}
	return nil
}

// setRows makes a view of rows r of a tensor.
func (t *Tensor) setRows(of *Tensor, typ Type, r parallel.Range) {
	t.setDims(of.Dims...)
	t.Dims[0] = r.Len()
	width := product(of.Dims[1:])
	from, to := r.From*width, r.To*width
	switch typ {
	case Float:
		t.Floats = of.Floats[from:to]
	case Double:
		t.Doubles = of.Doubles[from:to]
	case Int64:
		t.Ints = of.Ints[from:to]
	case String:
		t.Strings = of.Strings[from:to]
	default:
		t.Bools = of.Bools[from:to]
	}
}
