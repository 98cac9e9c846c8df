package runtime

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// unary is the kernel of an operator on each element.
func unary[T, U Element](result Type, f func(dst []U, src []T)) *kernel {
	return &kernel{types: []Type{result}, shape: sameShape, rows: first,
		run: func(in, out []*Tensor, _ *scratch) error {
			f(*elements[U](out[0]), *elements[T](in[0]))
			return nil
		}}
}

// onFloats builds operators on floating-point numbers.
func onFloats(f func(dst, src []float32), d func(dst, src []float64)) builder {
	return func(n *node) (*kernel, error) {
		t, err := n.want(0, Float, Double)
		if t == Double {
			return unary(t, d), err
		}
		return unary(Float, f), err
	}
}

// onNumbers builds operators on numbers of any type.
func onNumbers(f func(dst, src []float32), d func(dst, src []float64), i func(dst, src []int64)) builder {
	return func(n *node) (*kernel, error) {
		if n.in[0].typ == Int64 {
			return unary(Int64, i), nil
		}
		return onFloats(f, d)(n)
	}
}

// function builds operators that compute a function in float64.
func function(f func(float64) float64) builder {
	return onFloats(mapped[float32](f), mapped[float64](f))
}

func mapped[T real](f func(float64) float64) func(dst, src []T) {
	return func(dst, src []T) {
		for i, v := range src {
			dst[i] = T(f(float64(v)))
		}
	}
}

// withSlope builds activations with a parameter alpha.
func withSlope(missing float32, f func(x, alpha float64) float64) builder {
	return func(n *node) (*kernel, error) {
		alpha := float64(n.float("alpha", missing))
		return function(func(x float64) float64 { return f(x, alpha) })(n)
	}
}

// leakyRelu is x, and alpha x below zero.
func leakyRelu(x, alpha float64) float64 {
	if x < 0 {
		return float64(alpha * x)
	}
	return x
}

// elu is x, and alpha (exp x - 1) below zero.
func elu(x, alpha float64) float64 {
	if x < 0 {
		return float64(alpha * fpmath.Expm1(x))
	}
	return x
}

func reciprocal(x float64) float64 { return 1 / x }

func negate[T numeric](dst, src []T) {
	for i, v := range src {
		dst[i] = -v
	}
}

func absolute[T real](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Abs(float64(v)))
	}
}

func absoluteInts(dst, src []int64) {
	for i, v := range src {
		dst[i] = max(v, -v)
	}
}

// sign of NaN is NaN.
func sign[T numeric](dst, src []T) {
	for i, v := range src {
		switch {
		case v > 0:
			dst[i] = 1
		case v < 0:
			dst[i] = -1
		default:
			dst[i] = v
		}
	}
}

func relu[T real](dst, src []T) {
	for i, v := range src {
		dst[i] = max(v, 0)
	}
}

func squareRoot[T real](dst, src []T) {
	for i, v := range src {
		dst[i] = T(math.Sqrt(float64(v)))
	}
}

func buildNot(n *node) (*kernel, error) {
	_, err := n.want(0, Bool)
	return unary(Bool, func(dst, src []bool) {
		for i, v := range src {
			dst[i] = !v
		}
	}), err
}

// asking builds operators that ask something of floating-point numbers.
func asking(f func(v float64) bool) builder {
	return func(n *node) (*kernel, error) {
		t, err := n.want(0, Float, Double)
		if t == Double {
			return unary(Bool, convert(f)), err
		}
		return unary(Bool, convert(func(v float32) bool { return f(float64(v)) })), err
	}
}

func buildIsInf(n *node) (*kernel, error) {
	high, low := n.flag("detect_positive", true), n.flag("detect_negative", true)
	return asking(func(v float64) bool { return high && math.IsInf(v, 1) || low && math.IsInf(v, -1) })(n)
}
