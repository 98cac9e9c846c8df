package runtime

import (
	"errors"
	"fmt"
	"math"
)

// buildBatchNormalization makes the operator BatchNormalization as it is after training:
// (x - mean) / √(variance + ε) · scale + bias, with one of each for a channel.
func buildBatchNormalization(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double)
	epsilon := float64(n.float("epsilon", 1e-5))
	n.float("momentum", 0.9) // of the training
	if n.flag("training_mode", false) {
		return nil, errors.New("training_mode is not supported")
	}
	shape := func(in, out []*Tensor) error {
		if len(in[0].Dims) < 2 {
			return fmt.Errorf("dimensions %v have no channels", in[0].Dims)
		}
		for _, p := range in[1:] {
			if len(p.Dims) != 1 || p.Dims[0] != in[0].Dims[1] {
				return fmt.Errorf("parameters of dimensions %v for dimensions %v", p.Dims, in[0].Dims)
			}
		}
		return sameShape(in, out)
	}
	return &kernel{types: []Type{t}, shape: shape, rows: first,
		run: onReals(t, standardize[float32](epsilon), standardize[float64](epsilon))}, err
}

func standardize[T real](epsilon float64) runner {
	return func(in, out []*Tensor, _ *scratch) error {
		var p [4][]T // scale, bias, mean, variance
		for i := range p {
			p[i] = *elements[T](in[1+i])
		}
		src, dst := *elements[T](in[0]), *elements[T](out[0])
		_, channels, inner := around(in[0].Dims, 1)
		for i, v := range src {
			c := i / inner % channels
			z := (float64(v) - float64(p[2][c])) / math.Sqrt(float64(p[3][c])+epsilon)
			dst[i] = T(float64(z*float64(p[0][c])) + float64(p[1][c]))
		}
		return nil
	}
}

// buildDropout makes the operator Dropout, which after training changes nothing.
func buildDropout(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double)
	if len(n.in) > 1 { // the ratio
		t, err = n.in[0].typ, nil
		if t != Float && t != Double {
			err = fmt.Errorf("elements of type %v", t)
		}
	}
	n.float("ratio", 0.5)
	n.int("seed", 0)
	if n.given(2) {
		if mode := n.constant(2); mode == nil || len(mode.Bools) != 1 || mode.Bools[0] {
			return nil, errors.New("training_mode is not supported")
		}
	}
	return same(t), err
}
