package runtime

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// normalising builds operators that replace the elements along an axis, held in
// float64.
func normalising(f func(z []float64)) builder {
	return func(n *node) (*kernel, error) {
		t, err := n.want(0, Float, Double)
		shape, missing := sameShape, int64(-1)
		if n.version < softmaxAlong {
			shape, missing = lastAxis(n.int("axis", 1)), 1
		}
		axis := n.int("axis", missing)
		return &kernel{types: []Type{t}, shape: shape, rows: along(axis),
			run: onReals(t, normalise[float32](axis, f), normalise[float64](axis, f))}, err
	}
}

// softmaxAlong is the version from which Softmax and LogSoftmax work along one axis. Before,
// they did along all from one on, which is the same for the last.
const softmaxAlong = 13

func lastAxis(axis int64) func(in, out []*Tensor) error {
	return func(in, out []*Tensor) error {
		rank := len(in[0].Dims)
		if a, err := axisOf(axis, rank); err != nil || a != rank-1 {
			return fmt.Errorf("axis %d of %d dimensions is not supported before version %d", axis, rank, softmaxAlong)
		}
		return sameShape(in, out)
	}
}

func normalise[T real](axis int64, f func(z []float64)) runner {
	return func(in, out []*Tensor, s *scratch) error {
		a, err := axisOf(axis, len(in[0].Dims))
		if err != nil {
			return err
		}
		dst := *elements[T](out[0])
		lines[T](in[0], a, s, func(z []float64, at, step int) {
			f(z)
			for i, v := range z {
				dst[at+i*step] = T(v)
			}
		})
		return nil
	}
}

// lines calls f for each line of elements along an axis, with a copy of the
// elements, the position of the first and the distance between two.
func lines[T real](t *Tensor, axis int, s *scratch, f func(z []float64, at, step int)) {
	outer, n, inner := around(t.Dims, axis)
	z, src := s.float64s(0, n), *elements[T](t)
	if n == 0 {
		return
	}
	for o := range outer {
		for i := range inner {
			at := o*n*inner + i
			for k := range z {
				z[k] = float64(src[at+k*inner])
			}
			f(z, at, inner)
		}
	}
}

// softmax gives NaN where the largest element is infinite.
func softmax(z []float64) {
	if infinite(z) {
		fill(z, math.NaN())
		return
	}
	fpmath.Softmax(z)
}

func logSoftmax(z []float64) {
	if infinite(z) {
		fill(z, math.NaN())
		return
	}
	sum := fpmath.LogSumExp(z)
	for i := range z {
		z[i] -= sum
	}
}

// buildLpNormalization makes the operator LpNormalization: lines divided by their
// length, or left where that is zero.
func buildLpNormalization(n *node) (*kernel, error) {
	switch p := n.int("p", 2); p {
	case 1:
		return normalising(func(z []float64) { scaleTo(z, reduceAll(z, plusSize)) })(n)
	case 2:
		return normalising(func(z []float64) { scaleTo(z, math.Sqrt(reduceAll(z, plusSquare))) })(n)
	default:
		return nil, fmt.Errorf("p is %d", p)
	}
}

func scaleTo(z []float64, length float64) {
	if length == 0 {
		return
	}
	for i, v := range z {
		z[i] = v / length
	}
}

// infinite is true where no shift makes the largest element finite.
func infinite(z []float64) bool {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, v)
	}
	return math.IsInf(top, 0)
}
