package runtime

import (
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// numeric is a type with arithmetic.
type numeric interface{ float32 | float64 | int64 }

// real is a type of floating-point numbers.
type real interface{ float32 | float64 }

// pairs computes a run of results from two runs of operands, all equally long.
type pairs[T, U Element] func(dst []U, a, b []T) error

// pairing is the kernel of an operator with two operands.
func pairing[T, U Element](result Type, f pairs[T, U]) *kernel {
	return &kernel{types: []Type{result}, shape: broadcastShape, rows: elementwise, run: runPairs(f)}
}

func runPairs[T, U Element](f pairs[T, U]) runner {
	return func(in, out []*Tensor, s *scratch) error { return apply(f, out[0], in, s) }
}

// apply broadcasts two operands to the dimensions of out.
func apply[T, U Element](f pairs[T, U], out *Tensor, in []*Tensor, s *scratch) error {
	dst, a, b := *elements[U](out), *elements[T](in[0]), *elements[T](in[1])
	if len(dst) == 0 {
		return nil
	}
	w := &s.walk
	w.start(out.Dims, in[0], in[1])
	roomA, roomB := room[T](s, 0, w.run), room[T](s, 1, w.run)
	for at := 0; ; at += w.run {
		if err := f(dst[at:at+w.run], runOf(w, 0, a, roomA), runOf(w, 1, b, roomB)); err != nil {
			return err
		}
		if !w.next() {
			return nil
		}
	}
}

// arithmetic builds operators on numbers of any type.
func arithmetic(f pairs[float32, float32], d pairs[float64, float64], i pairs[int64, int64]) builder {
	return func(n *node) (*kernel, error) {
		switch t, err := n.want(0, Float, Double, Int64); t {
		case Int64:
			return pairing(t, i), err
		case Double:
			return pairing(t, d), err
		default:
			return pairing(Float, f), err
		}
	}
}

// comparison builds operators whose results are booleans.
func comparison(f pairs[float32, bool], d pairs[float64, bool], i pairs[int64, bool]) builder {
	return func(n *node) (*kernel, error) {
		switch t, err := n.want(0, Float, Double, Int64); t {
		case Int64:
			return pairing(Bool, i), err
		case Double:
			return pairing(Bool, d), err
		default:
			return pairing(Bool, f), err
		}
	}
}

func buildEqual(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64, Bool, String)
	return &kernel{types: []Type{Bool}, shape: broadcastShape, rows: elementwise, run: runFor(t, runPairs(equal[float32]),
		runPairs(equal[float64]), runPairs(equal[int64]), runPairs(equal[string]), runPairs(equal[bool]))}, err
}

// logical builds operators on booleans.
func logical(f pairs[bool, bool]) builder {
	return func(n *node) (*kernel, error) {
		_, err := n.want(0, Bool)
		return pairing(Bool, f), err
	}
}

func add[T numeric](dst, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
	return nil
}

func subtract[T numeric](dst, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
	return nil
}

func multiply[T numeric](dst, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
	return nil
}

func divide[T real](dst, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
	return nil
}

var errZero = errors.New("integer division by zero")

func divideInts(dst, a, b []int64) error {
	for i := range dst {
		if b[i] == 0 {
			return errZero
		}
		dst[i] = a[i] / b[i]
	}
	return nil
}

// modulo has the sign of the divisor.
func modulo(dst, a, b []int64) error {
	for i := range dst {
		if b[i] == 0 {
			return errZero
		}
		dst[i] = a[i] % b[i]
		if dst[i] != 0 && (dst[i] < 0) != (b[i] < 0) {
			dst[i] += b[i]
		}
	}
	return nil
}

func buildMod(n *node) (*kernel, error) {
	if n.flag("fmod", false) {
		return nil, errors.New("fmod is not supported")
	}
	_, err := n.want(0, Int64)
	return pairing(Int64, modulo), err
}

func power[T real](dst, a, b []T) error {
	for i := range dst {
		dst[i] = T(fpmath.Pow(float64(a[i]), float64(b[i])))
	}
	return nil
}

func powerInts(dst, a, b []int64) error {
	for i := range dst {
		dst[i] = truncated(fpmath.Pow(float64(a[i]), float64(b[i])))
	}
	return nil
}

// buildPow makes the operator Pow, whose operands may be of different types: the
// exponent is converted to that of the base.
func buildPow(n *node) (*kernel, error) {
	base, exponent := n.in[0].typ, n.in[1].typ
	if base == exponent {
		return arithmetic(power[float32], power[float64], powerInts)(n)
	}
	if base != Float && base != Double || exponent != Float && exponent != Double && exponent != Int64 {
		return nil, fmt.Errorf("a base of type %v with an exponent of type %v is not supported", base, exponent)
	}
	return &kernel{types: []Type{base}, shape: broadcastShape, rows: elementwise,
		run: onReals(base, powerOf[float32](base, exponent), powerOf[float64](base, exponent))}, nil
}

func powerOf[T real](base, exponent Type) runner {
	convert := cast(exponent, base).run
	return func(in, out []*Tensor, s *scratch) error {
		var converted Tensor
		n := in[1].size(exponent)
		converted.setDims(in[1].Dims...)
		*elements[T](&converted) = room[T](s, 2, n)
		if err := convert(in[1:], []*Tensor{&converted}, s); err != nil {
			return err
		}
		return apply(power[T], out[0], []*Tensor{in[0], &converted}, s)
	}
}

func equal[T Element](dst []bool, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] == b[i]
	}
	return nil
}

func greater[T numeric](dst []bool, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] > b[i]
	}
	return nil
}

func greaterOrEqual[T numeric](dst []bool, a, b []T) error {
	for i := range dst {
		dst[i] = a[i] >= b[i]
	}
	return nil
}

func less[T numeric](dst []bool, a, b []T) error { return greater(dst, b, a) }

func lessOrEqual[T numeric](dst []bool, a, b []T) error { return greaterOrEqual(dst, b, a) }

func and(dst, a, b []bool) error {
	for i := range dst {
		dst[i] = a[i] && b[i]
	}
	return nil
}

func or(dst, a, b []bool) error {
	for i := range dst {
		dst[i] = a[i] || b[i]
	}
	return nil
}

func xor(dst, a, b []bool) error {
	for i := range dst {
		dst[i] = a[i] != b[i]
	}
	return nil
}
