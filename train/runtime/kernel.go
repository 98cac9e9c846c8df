package runtime

// runner computes outputs from inputs.
type runner = func(in, out []*Tensor, s *scratch) error

// kernel is an operator compiled for one node. An input that is left out is
// nil. Functions of a kernel are called concurrently for different frames.
type kernel struct {
	types []Type // of the outputs

	// shape sets the dimensions of the outputs. It may read those of all inputs,
	// and elements of inputs where dimensions depend on them; before the run
	// these may be missing, then it returns errUnknown.
	shape func(in, out []*Tensor) error

	// run sets the elements of the outputs, for which there is room.
	run runner

	// rows proves outputs to be byRow.
	rows rule

	// dims lists the inputs that may be extents with the output still byRow:
	// their elements are used as dimensions, and as nothing else.
	dims []int

	// extents is how many of the first inputs it copies elements from, unchanged,
	// so that of extents it makes extents.
	extents int

	// classes are the names of the last one's columns, or of what a label may be; nil
	// where it is no classifier.
	classes []string
	maps    bool // each row of its output is a map from these to numbers: the operator ZipMap
	lays    bool // of constants and rows of one position each it makes one row

	inOrder bool // it copies the elements of the first input in their order

	onlyShapes bool // it reads no elements: the operator Shape

	// ragged sets the dimensions of the outputs where shape cannot: the last one
	// of the first output, which depends on the elements, is whatever fits all
	// rows of a batch, and empty texts fill up the others.
	ragged func(in, out []*Tensor)
	padded bool // for it, empty texts at the end of a row change nothing
}

// scratch is memory for the use of one kernel at a time.
type scratch struct {
	walk    walk
	rooms   [maxOperands]Tensor
	doubles [3][]float64
	keys    []uint32
	ints    []int
	factor  factor
}

// room is memory for n elements, one for each k.
func room[T Element](s *scratch, k, n int) []T {
	p := elements[T](&s.rooms[k])
	*p = grow(*p, n)
	return *p
}

// float64s is memory for n numbers, one for each k.
func (s *scratch) float64s(k, n int) []float64 {
	s.doubles[k] = grow(s.doubles[k], n)
	return s.doubles[k]
}

func (s *scratch) uint32s(n int) []uint32 {
	s.keys = grow(s.keys, n)
	return s.keys
}

func (s *scratch) indices(n int) []int {
	s.ints = grow(s.ints, n)
	return s.ints
}

// sameShape is the shape function of kernels whose outputs have the dimensions
// of the first input.
func sameShape(in, out []*Tensor) error {
	for _, o := range out {
		o.setDims(in[0].Dims...)
	}
	return nil
}

// onReals picks the run function for a type of floating-point numbers.
func onReals(t Type, f, d runner) runner {
	if t == Double {
		return d
	}
	return f
}

// runFor picks the run function for a type of elements, which an operator on
// any type has in an instance for each, in the order of the types.
func runFor(t Type, instances ...runner) runner {
	if t == 0 {
		return nil // the types do not fit: the kernel is not used
	}
	return instances[t-1]
}
