package runtime

import "fmt"

// buildGemm makes the operator Gemm: alpha A B + beta C.
func buildGemm(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double)
	if err != nil {
		return nil, err
	}
	g := &gemm{typ: t, alpha: float64(n.float("alpha", 1)), beta: float64(n.float("beta", 1)),
		transA: n.flag("transA", false), transB: n.flag("transB", false)}
	if b := n.constant(1); b != nil && len(b.Dims) == 2 {
		k, cols := g.sizes(b.Dims)
		g.packed = newFactor(doublesOf(b, t, nil), k, cols, g.transB)
	}
	return &kernel{types: []Type{t}, shape: g.shape, rows: g.rows, run: onReals(t, runGemm[float32](g), runGemm[float64](g))}, nil
}

type gemm struct {
	typ            Type
	alpha, beta    float64
	transA, transB bool
	packed         *factor
}

// sizes are those of B as a factor.
func (g *gemm) sizes(b []int) (k, n int) {
	if g.transB {
		return b[1], b[0]
	}
	return b[0], b[1]
}

func (g *gemm) shape(in, out []*Tensor) error {
	a, b := in[0].Dims, in[1].Dims
	if len(a) != 2 || len(b) != 2 {
		return fmt.Errorf("a product of dimensions %v and %v", a, b)
	}
	m, k := a[0], a[1]
	if g.transA {
		m, k = k, m
	}
	k2, n := g.sizes(b)
	if k != k2 {
		return fmt.Errorf("a product of dimensions %v and %v", a, b)
	}
	out[0].setDims(m, n)
	if len(in) < 3 || in[2] == nil {
		return nil
	}
	c := in[2].Dims
	for i := range c {
		if len(c) > 2 || c[len(c)-1-i] != 1 && c[len(c)-1-i] != out[0].Dims[1-i] {
			return fmt.Errorf("adding dimensions %v to %v", c, out[0].Dims)
		}
	}
	return nil
}

func (g *gemm) rows(in []*fact, out *fact, mark int) bool {
	return !g.transA && first(in[:2], out, mark) && elementwise(in[2:], out, mark)
}

// product is A B.
func (g *gemm) product(in []*Tensor, m, n int, s *scratch) []float64 {
	f := g.packed
	if f == nil {
		f = &s.factor
		k, n := g.sizes(in[1].Dims)
		f.pack(doublesOf(in[1], g.typ, s.memory(1)), k, n, g.transB)
	}
	a := doublesOf(in[0], g.typ, s.memory(0))
	if g.transA {
		a = transpose(s.float64s(1, len(a)), a, f.k, m)
	}
	acc := s.float64s(2, m*n)
	f.multiply(acc, a)
	return acc
}

func runGemm[T real](g *gemm) runner {
	return func(in, out []*Tensor, s *scratch) error {
		dst := *elements[T](out[0])
		m, n := out[0].Dims[0], out[0].Dims[1]
		if len(dst) == 0 {
			return nil
		}
		acc := g.product(in, m, n, s)
		var steps [maxRank]int
		var c []T
		if len(in) > 2 && in[2] != nil && g.beta != 0 {
			c = *elements[T](in[2])
			stridesTo(&steps, out[0].Dims, in[2].Dims)
		}
		if c == nil {
			for i, v := range acc {
				dst[i] = T(float64(g.alpha * v))
			}
			return nil
		}
		for ; len(dst) > 0; dst, acc = dst[n:], acc[n:] {
			at := 0
			for j, v := range acc[:n] {
				dst[j] = T(float64(g.alpha*v) + float64(g.beta*float64(c[at])))
				at += steps[1]
			}
			c = c[steps[0]:]
		}
		return nil
	}
}
