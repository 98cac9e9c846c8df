package runtime

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// ensemble is the operator TreeEnsembleRegressor.
type ensemble struct {
	*forest
	joiner
	plain   bool // a sum, or an average
	divisor float64
	base    []float64
	post    func(z []float64)
}

// buildTreeRegressor makes the operator TreeEnsembleRegressor.
func buildTreeRegressor(n *node) (*kernel, error) {
	if _, err := n.want(0, Float); err != nil {
		return nil, err
	}
	targets := n.int("n_targets", 0)
	if targets < 1 || targets > mostClasses {
		return nil, fmt.Errorf("%d targets", targets)
	}
	attributes, err := readTreeAttributes(n, "target")
	if err != nil {
		return nil, err
	}
	roots, err := attributes.read(int(targets))
	if err != nil {
		return nil, err
	}
	e, err := newEnsemble(roots, int(targets), n.text("aggregate_function", "SUM"), n.text("post_transform", "NONE"))
	if err != nil {
		return nil, err
	}
	if err := e.setBase(n.floatsOf("base_values")); err != nil {
		return nil, err
	}
	return &kernel{types: []Type{Float}, shape: e.shape, rows: first, run: e.run}, nil
}

func newEnsemble(roots []*treeNode, targets int, aggregate, transform string) (*ensemble, error) {
	e := &ensemble{forest: layoutTrees(roots), divisor: 1}
	e.stride = targets
	if err := e.aggregate(aggregate, len(roots)); err != nil {
		return nil, err
	}
	return e, e.transform(transform)
}

// aggregate chooses how weights are joined; NaN stands for none.
func (e *ensemble) aggregate(name string, trees int) error {
	switch name {
	case "SUM", "AVERAGE":
		e.plain = true
		e.f = func(acc, v float64) float64 { return acc + v }
		if name == "AVERAGE" {
			e.divisor = float64(trees)
		}
	case "MIN":
		e.start = math.NaN()
		e.f = func(acc, v float64) float64 {
			if acc <= v {
				return acc
			}
			return v
		}
	case "MAX":
		e.start = math.NaN()
		e.f = func(acc, v float64) float64 {
			if acc >= v {
				return acc
			}
			return v
		}
	default:
		return fmt.Errorf("aggregate_function %q", name)
	}
	return nil
}

func (e *ensemble) setBase(values []float32) error {
	if len(values) != 0 && len(values) != e.stride {
		return fmt.Errorf("%d base values for %d targets", len(values), e.stride)
	}
	e.base = make([]float64, e.stride)
	for i, v := range values {
		e.base[i] = float64(v)
	}
	return nil
}

// transform: ONNX Runtime leaves most transformations out where there is one
// target, so that they are not supported here.
func (e *ensemble) transform(name string) error {
	switch {
	case name == "NONE":
	case name == "SOFTMAX" && e.stride > 1:
		e.post = softmax
	case name == "LOGISTIC" && e.stride > 1:
		e.post = func(z []float64) {
			for i, v := range z {
				z[i] = fpmath.Sigmoid(v)
			}
		}
	default:
		return fmt.Errorf("post_transform %q of %d targets is not supported", name, e.stride)
	}
	return nil
}

func (e *ensemble) shape(in, out []*Tensor) error {
	dims := in[0].Dims
	if len(dims) != 2 || len(e.features) > 0 && e.widest >= dims[1] {
		return fmt.Errorf("dimensions %v, where feature %d is used", dims, e.widest)
	}
	out[0].setDims(dims[0], e.stride)
	return nil
}

func (e *ensemble) run(in, out []*Tensor, s *scratch) error { return sums(e, in[0], out[0].Floats, s) }

// runDouble is run for float64.
func (e *ensemble) runDouble(in, out []*Tensor, s *scratch) error {
	return sums(e, in[0], out[0].Doubles, s)
}

// sums computes the results of all rows, which are of float64 where they are not of float32.
func sums[T real](e *ensemble, in *Tensor, dst []T, s *scratch) error {
	rows, width := in.Dims[0], in.Dims[1]
	keys := s.uint32s(max(len(e.features), 1) * e.rows) // leaves read column 0, even if there is none
	for from := 0; from < rows; from += e.rows {
		to := min(rows, from+e.rows)
		if in.Floats != nil {
			e.keysOf(keys, in.Floats[from*width:to*width], width)
		} else if err := e.keysOfDoubles(keys, in.Doubles[from*width:to*width], width); err != nil {
			return err
		}
		chunk(e, dst[from*e.stride:to*e.stride], keys, s)
	}
	return nil
}

// chunk computes the results of the rows whose keys are held.
func chunk[T real](e *ensemble, dst []T, keys []uint32, s *scratch) {
	rows := (len(dst)/e.stride + lanes - 1) &^ (lanes - 1)
	acc := s.float64s(0, rows*e.stride)
	fill(acc, e.start)
	for tree := range e.roots {
		if e.plain && e.targets[tree] >= 0 {
			e.total(tree, keys, acc, e.stride)
		} else {
			e.join(tree, keys, acc, e.joiner)
		}
	}
	for at := 0; at < len(dst); at += e.stride {
		row := acc[at : at+e.stride]
		for i, v := range row {
			if v != v {
				v = 0
			}
			row[i] = v/e.divisor + e.base[i]
		}
		if e.post != nil {
			e.post(row)
		}
		for i, v := range row {
			dst[at+i] = T(v)
		}
	}
}
