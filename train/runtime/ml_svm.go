package runtime

import (
	"fmt"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// supports are the support vectors of a machine, and how rows are compared with them.
type supports struct {
	n, width int
	vectors  []float64
	factor   *factor
	kernel   string

	gamma, coef0, degree float64
}

func supportsOf(n *node, count int) (*supports, error) {
	v := &supports{n: count, kernel: n.text("kernel_type", "LINEAR")}
	p, vectors := n.floats("kernel_params"), n.floats("support_vectors")
	switch v.kernel {
	case "LINEAR", "POLY", "RBF", "SIGMOID":
	default:
		return nil, fmt.Errorf("kernel_type %q", v.kernel)
	}
	if len(p) != 0 && len(p) != 3 {
		return nil, fmt.Errorf("%d kernel_params in place of gamma, coef0 and degree", len(p))
	}
	if len(p) == 3 {
		v.gamma, v.coef0, v.degree = float64(p[0]), float64(p[1]), float64(p[2])
	}
	if count < 1 || len(vectors) == 0 || len(vectors)%count != 0 {
		return nil, fmt.Errorf("%d numbers for %d support vectors", len(vectors), count)
	}
	v.width = len(vectors) / count
	v.vectors = doublesOf(&Tensor{Floats: vectors}, Float, nil)
	if v.kernel != "RBF" {
		v.factor = newFactor(v.vectors, v.width, count, true)
	}
	return v, nil
}

func (v *supports) check(dims []int) error {
	if len(dims) != 2 || dims[1] != v.width {
		return fmt.Errorf("dimensions %v for support vectors of %d", dims, v.width)
	}
	return nil
}

// each calls f with the kernels of each row with all support vectors, computed for as many
// rows at once as keep them in the cache.
func (v *supports) each(x []float64, s *scratch, f func(row int, kernels []float64)) {
	rows := len(x) / v.width
	some := max(1, blockElements/v.n)
	for from := 0; from < rows; from += some {
		to := min(rows, from+some)
		acc := s.float64s(1, (to-from)*v.n)
		v.compare(acc, x[from*v.width:to*v.width])
		for row := from; row < to; row++ {
			f(row, acc[(row-from)*v.n:(row-from+1)*v.n])
		}
	}
}

// compare sets acc, rows by support vectors, to the kernel of each pair.
func (v *supports) compare(acc, x []float64) {
	if v.kernel == "RBF" {
		v.distances(acc, x)
		return
	}
	v.factor.multiply(acc, x)
	switch v.kernel {
	case "POLY":
		for i, z := range acc {
			acc[i] = fpmath.Pow(float64(v.gamma*z)+v.coef0, v.degree)
		}
	case "SIGMOID":
		for i, z := range acc {
			acc[i] = fpmath.Tanh(float64(v.gamma*z) + v.coef0)
		}
	}
}

// distances are exp(-gamma |x - v|²).
func (v *supports) distances(acc, x []float64) {
	for i := range acc {
		row, vector := x[i/v.n*v.width:], v.vectors[i%v.n*v.width:][:v.width]
		sum := 0.0
		for j, z := range vector {
			d := row[j] - z
			sum += float64(d * d)
		}
		acc[i] = fpmath.Exp(float64(-v.gamma * sum))
	}
}

// buildSVMRegressor makes the operator SVMRegressor.
func buildSVMRegressor(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	coefficients, rho, oneClass := n.floats("coefficients"), n.floats("rho"), n.flag("one_class", false)
	count := n.int("n_supports", 0)
	if post := n.text("post_transform", "NONE"); post != "NONE" {
		return nil, fmt.Errorf("post_transform %q is not supported", post)
	}
	if count != int64(len(coefficients)) || len(rho) != 1 {
		return nil, fmt.Errorf("%d coefficients and %d constants for %d support vectors", len(coefficients), len(rho), count)
	}
	v, err := supportsOf(n, len(coefficients))
	if err != nil {
		return nil, err
	}
	shape := func(in, out []*Tensor) error {
		out[0].setDims(0, 1)
		if err := v.check(in[0].Dims); err != nil {
			return err
		}
		out[0].Dims[0] = in[0].Dims[0]
		return nil
	}
	return inFloats(&kernel{types: []Type{Float}, shape: shape, rows: first,
		run: func(in, out []*Tensor, s *scratch) error {
			v.each(doublesOf(in[0], Float, s.memory(0)), s, func(row int, kernels []float64) {
				sum := float64(rho[0])
				for j, z := range kernels {
					sum += float64(z * float64(coefficients[j]))
				}
				if oneClass {
					sum = float64(2*bit(sum > 0) - 1)
				}
				out[0].Floats[row] = float32(sum)
			})
			return nil
		}}, t), nil
}
