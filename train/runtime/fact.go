package runtime

import "slices"

// class is what a value depends on; see the package's vocabulary.
type class uint8

const (
	constant class = iota
	extent
	byRow
	lying // of dimensions [1, rows]: column i depends on row i of the inputs alone
	mixed // on anything
)

// fact is what is known of a value before the run. In its dimensions and in the
// content of an extent, the number of rows of a batch is the mark, a number
// that occurs nowhere else in the model.
type fact struct {
	typ   Type
	class class
	known bool    // dimensions are known
	maps  bool    // the rows are maps: see kernel.maps
	wide  bool    // but for the last one: see kernel.ragged
	value *Tensor // its dimensions; the elements too of a constant or an extent
}

// rank is the number of dimensions; -1 where that is not known.
func (f *fact) rank() int {
	if !f.known {
		return -1
	}
	return len(f.value.Dims)
}

// rowsFirst is true for dimensions that begin with the mark.
func (f *fact) rowsFirst(mark int) bool {
	return f.known && len(f.value.Dims) > 0 && f.value.Dims[0] == mark
}

// rule decides whether the outputs are byRow where each input is a constant,
// an extent or byRow and each output's first dimension is the mark. An input
// that is left out is nil.
type rule func(in []*fact, out *fact, mark int) bool

// elementwise is the rule of operators with broadcasting: rows meet rows. The
// values' ranks must be equal, and no constant may have several rows.
func elementwise(in []*fact, out *fact, _ int) bool {
	for _, f := range in {
		switch {
		case f == nil:
		case f.class == byRow && f.rank() != out.rank():
			return false
		case f.class == constant && f.rank() == out.rank() && f.value.Dims[0] != 1:
			return false
		}
	}
	return true
}

// first is the rule of operators that treat the leading dimension of their
// first input as a batch and whose other inputs must be constants.
func first(in []*fact, _ *fact, _ int) bool {
	return in[0].class == byRow && !slices.ContainsFunc(in[1:], func(f *fact) bool { return f != nil && f.class == byRow })
}

// along is [first] for operators that work along an axis, which must not be
// that of the rows.
func along(axis int64) rule {
	return func(in []*fact, out *fact, mark int) bool {
		a, err := axisOf(axis, in[0].rank())
		return err == nil && a != 0 && first(in, out, mark)
	}
}

// always is the rule of operators for which the condition on the outputs is
// enough: those that keep the order of the elements.
func always([]*fact, *fact, int) bool { return true }

// never is the rule of operators for which nothing is proved.
func never([]*fact, *fact, int) bool { return false }
