package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// maxFolded is the most elements that all constants which Load computes may
// have; further ones are computed at each run.
const maxFolded = 1 << 23

// derive makes the facts of a kernel's outputs from those of its inputs.
func (c *compiler) derive(k *kernel, in []*fact) ([]*fact, error) {
	facts := make([]*fact, len(k.types))
	for i, t := range k.types {
		facts[i] = &fact{typ: t, class: mixed, value: &Tensor{}, maps: k.maps}
	}
	if slices.ContainsFunc(in, func(f *fact) bool { return f != nil && (!f.known || f.wide && !k.padded) }) {
		return facts, nil
	}
	ins, outs := abstract(in), abstract(facts)
	err := shapes(k, ins, outs)
	if k.ragged != nil && errors.Is(err, errUnknown) {
		k.ragged(ins, outs)
		facts[0].wide = true
		err = nil
	}
	if errors.Is(err, errUnknown) {
		return facts, nil
	} else if err != nil {
		return nil, err
	}
	for _, f := range facts {
		f.known = true
	}
	switch worst := worstOf(in); {
	case worst == constant && c.affords(outs):
		return facts, fold(k, ins, facts)
	case k.onlyShapes || worst == extent && c.affords(outs) && worstOf(in[min(k.extents, len(in)):]) == constant:
		if err := fold(k, ins, facts); err != nil {
			return nil, err
		}
		for _, f := range facts {
			if slices.Contains(f.value.Ints, int64(c.mark)) {
				f.class = extent
			}
		}
	case worst == extent || worst == byRow:
		c.proveRows(k, in, facts)
	case worst == lying:
		c.proveLying(k, in, facts)
	}
	return facts, nil
}

// shapes sets the dimensions of the outputs.
func shapes(k *kernel, in, out []*Tensor) error {
	if err := k.shape(in, out); err != nil {
		return err
	}
	for _, o := range out {
		if len(o.Dims) > maxRank || slices.ContainsFunc(o.Dims, func(d int) bool { return d < 0 }) {
			return fmt.Errorf("dimensions %v", o.Dims)
		}
	}
	return nil
}

func worstOf(in []*fact) (worst class) {
	for _, f := range in {
		if f != nil {
			worst = max(worst, f.class)
		}
	}
	return worst
}

// proveRows makes outputs byRow where it can.
func (c *compiler) proveRows(k *kernel, in, out []*fact) {
	if k.lays {
		c.proveLaid(in, out[0])
		return
	}
	if k.rows == nil || !extentsFit(k, in) {
		return
	}
	for _, f := range out {
		if f.rowsFirst(c.mark) && k.rows(in, f, c.mark) {
			f.class = byRow
		}
	}
}

// proveLaid is proveRows for a kernel that looks up positions.
func (c *compiler) proveLaid(in []*fact, out *fact) {
	switch {
	case first(in, out, c.mark) && in[0].rank() > 1 && out.rowsFirst(c.mark):
		out.class = byRow
	case in[0].class == constant && in[1].class == byRow && slices.Equal(out.value.Dims, []int{1, c.mark}):
		out.class = lying
	}
}

// proveLying finds where rows that lie stay so, or are stood up.
func (c *compiler) proveLying(k *kernel, in, out []*fact) {
	if !k.inOrder || in[0].class != lying || !extentsFit(k, in) {
		return
	}
	for _, f := range out {
		if dims := f.value.Dims; f.rowsFirst(c.mark) {
			f.class = byRow
		} else if slices.Equal(dims, []int{1, c.mark}) {
			f.class = lying
		}
	}
}

// abstract makes tensors of what is known: dimensions with the mark, and
// elements of constants and extents.
func abstract(in []*fact) []*Tensor {
	out := make([]*Tensor, len(in))
	for i, f := range in {
		if f != nil {
			out[i] = f.value
		}
	}
	return out
}

// affords is true for constants that do not exceed what Load may compute.
func (c *compiler) affords(outs []*Tensor) bool {
	total := c.folded
	for _, o := range outs {
		n, err := count(o.Dims)
		if err != nil {
			return false
		}
		if total += n; total > maxFolded {
			return false
		}
	}
	c.folded = total
	return true
}

// fold computes the outputs.
func fold(k *kernel, in []*Tensor, facts []*fact) error {
	outs := abstract(facts)
	for i, f := range facts {
		f.class = constant
		outs[i].resize(f.typ, product(outs[i].Dims))
	}
	return k.run(in, outs, &scratch{})
}

// extentsFit is true where extents are only among the inputs that the kernel
// uses as dimensions.
func extentsFit(k *kernel, in []*fact) bool {
	for i, f := range in {
		if f != nil && f.class == extent && !slices.Contains(k.dims, i) {
			return false
		}
	}
	return true
}
