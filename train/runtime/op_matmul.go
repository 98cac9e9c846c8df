package runtime

import "fmt"

// buildMatMul makes the operator MatMul.
func buildMatMul(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double)
	if err != nil {
		return nil, err
	}
	var packed *factor
	if b := n.constant(1); b != nil && len(b.Dims) == 2 {
		packed = newFactor(doublesOf(b, t, nil), b.Dims[0], b.Dims[1], false)
	}
	return &kernel{types: []Type{t}, shape: matMulShape, rows: matMulRows,
		run: onReals(t, matMul[float32](packed, t), matMul[float64](packed, t))}, nil
}

// doublesOf are the elements of a tensor in float64, in the given memory unless
// they are already.
func doublesOf(t *Tensor, typ Type, memory func(n int) []float64) []float64 {
	if typ == Double {
		return t.Doubles
	}
	var out []float64
	if memory == nil {
		out = make([]float64, len(t.Floats))
	} else {
		out = memory(len(t.Floats))
	}
	for i, v := range t.Floats {
		out[i] = float64(v)
	}
	return out
}

// memory is float64s for one k.
func (s *scratch) memory(k int) func(n int) []float64 {
	return func(n int) []float64 { return s.float64s(k, n) }
}

// matMulRows: a matrix of rows times a constant that has no batches.
func matMulRows(in []*fact, out *fact, mark int) bool {
	return in[0].rank() >= 2 && in[1].rank() <= 2 && first(in, out, mark)
}

// matrices splits dimensions into those of batches and of a matrix; a vector on
// the left is a row, one on the right a column.
func matrices(dims []int, left bool) (batch []int, rows, columns int) {
	switch n := len(dims); {
	case n == 1 && left:
		return nil, 1, dims[0]
	case n == 1:
		return nil, dims[0], 1
	default:
		return dims[:n-2], dims[n-2], dims[n-1]
	}
}

func matMulShape(in, out []*Tensor) error {
	a, b := in[0].Dims, in[1].Dims
	if len(a) == 0 || len(b) == 0 {
		return fmt.Errorf("a product of a scalar")
	}
	batchA, m, k := matrices(a, true)
	batchB, k2, n := matrices(b, false)
	if k != k2 {
		return fmt.Errorf("a product of dimensions %v and %v", a, b)
	}
	if err := broadcastShape([]*Tensor{{Dims: batchA}, {Dims: batchB}}, out); err != nil {
		return err
	}
	if len(a) > 1 {
		out[0].Dims = append(out[0].Dims, m)
	}
	if len(b) > 1 {
		out[0].Dims = append(out[0].Dims, n)
	}
	return nil
}

func matMul[T real](packed *factor, t Type) runner {
	return func(in, out []*Tensor, s *scratch) error {
		dst := *elements[T](out[0])
		if len(dst) == 0 {
			return nil
		}
		a := doublesOf(in[0], t, s.memory(0))
		batchA, m, k := matrices(in[0].Dims, true)
		batchB, _, n := matrices(in[1].Dims, false)
		if packed != nil {
			productOf(dst, a, packed, s)
			return nil
		}
		b := doublesOf(in[1], t, s.memory(1))
		f := &s.factor
		if len(batchB) == 0 { // all batches of a are one matrix
			f.pack(b, k, n, false)
			productOf(dst, a, f, s)
			return nil
		}
		dims := out[0].Dims[:max(len(batchA), len(batchB))]
		var stepsA, stepsB, at [maxRank]int
		stridesTo(&stepsA, dims, batchA)
		stridesTo(&stepsB, dims, batchB)
		for ; len(dst) > 0; dst = dst[m*n:] {
			ia, ib := 0, 0
			for i := range dims {
				ia += at[i] * stepsA[i]
				ib += at[i] * stepsB[i]
			}
			f.pack(b[ib*k*n:(ib+1)*k*n], k, n, false)
			productOf(dst[:m*n], a[ia*m*k:(ia+1)*m*k], f, s)
			advance(&at, dims)
		}
		return nil
	}
}

// productOf sets dst to a times the factor.
func productOf[T real](dst []T, a []float64, f *factor, s *scratch) {
	acc := s.float64s(2, len(dst))
	f.multiply(acc, a)
	for i, v := range acc {
		dst[i] = T(v)
	}
}
