package runtime

import (
	"fmt"
	"math"
)

// widthOfRows makes sure that a tensor has rows of a width, or of any if it is
// one.
func widthOfRows(dims []int, lists ...int) error {
	if len(dims) == 0 {
		return fmt.Errorf("a scalar in place of rows")
	}
	for _, l := range lists {
		if l != 1 && l != dims[len(dims)-1] {
			return fmt.Errorf("%d parameters for dimensions %v", l, dims)
		}
	}
	return nil
}

// buildScaler makes the operator Scaler: (x - offset) scale.
func buildScaler(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	offset, scale := n.floats("offset"), n.floats("scale")
	shape := func(in, out []*Tensor) error {
		if err := widthOfRows(in[0].Dims, len(offset), len(scale)); err != nil {
			return err
		}
		return sameShape(in, out)
	}
	return inFloats(&kernel{types: []Type{Float}, shape: shape, rows: first,
		run: func(in, out []*Tensor, _ *scratch) error {
			width := in[0].Dims[len(in[0].Dims)-1]
			for i, v := range in[0].Floats {
				j := i % width
				out[0].Floats[i] = float32((v - offset[j%len(offset)]) * scale[j%len(scale)])
			}
			return nil
		}}, t), err
}

// buildNormalizer makes the operator Normalizer: rows divided by their largest
// element, by the sum of the absolute values, or by the Euclidean length.
func buildNormalizer(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	var norm func(z []float64) float64
	switch name := n.text("norm", "MAX"); name {
	case "MAX":
		norm = func(z []float64) float64 {
			top := math.Inf(-1)
			for _, v := range z {
				top = max(top, v)
			}
			return top
		}
	case "L1":
		norm = func(z []float64) float64 { return reduceAll(z, plusSize) }
	case "L2":
		norm = func(z []float64) float64 { return math.Sqrt(reduceAll(z, plusSquare)) }
	default:
		return nil, fmt.Errorf("norm %q", name)
	}
	shape := func(in, out []*Tensor) error {
		if len(in[0].Dims) != 2 {
			return fmt.Errorf("dimensions %v in place of two", in[0].Dims)
		}
		return sameShape(in, out)
	}
	return inFloats(&kernel{types: []Type{Float}, shape: shape, rows: first,
		run: func(in, out []*Tensor, s *scratch) error {
			lines[float32](in[0], 1, s, func(z []float64, at, _ int) {
				scaleTo(z, norm(z))
				for i, v := range z {
					out[0].Floats[at+i] = float32(v)
				}
			})
			return nil
		}}, t), err
}

func reduceAll(z []float64, f func(acc, x float64) float64) float64 {
	acc := 0.0
	for _, v := range z {
		acc = f(acc, v)
	}
	return acc
}

// buildLinearRegressor makes the operator LinearRegressor.
func buildLinearRegressor(n *node) (*kernel, error) {
	_, err := n.want(0, Float)
	if err != nil {
		return nil, err
	}
	targets, coefficients, intercepts := int(n.int("targets", 1)), n.floats("coefficients"), n.floats("intercepts")
	if post := n.text("post_transform", "NONE"); post != "NONE" {
		return nil, fmt.Errorf("post_transform %q is not supported", post)
	}
	if targets < 1 || len(coefficients)%targets != 0 || len(intercepts) != 0 && len(intercepts) != targets {
		return nil, fmt.Errorf("%d coefficients and %d intercepts for %d targets", len(coefficients), len(intercepts), targets)
	}
	width := len(coefficients) / targets
	f := newFactor(doublesOf(&Tensor{Floats: coefficients}, Float, nil), width, targets, true)
	shape := func(in, out []*Tensor) error {
		if len(in[0].Dims) != 2 || in[0].Dims[1] != width {
			return fmt.Errorf("dimensions %v for %d coefficients", in[0].Dims, width)
		}
		out[0].setDims(in[0].Dims[0], targets)
		return nil
	}
	return &kernel{types: []Type{Float}, shape: shape, rows: first,
		run: func(in, out []*Tensor, s *scratch) error {
			acc := s.float64s(1, len(out[0].Floats))
			f.multiply(acc, doublesOf(in[0], Float, s.memory(0)))
			for i, v := range acc {
				if len(intercepts) > 0 {
					v += float64(intercepts[i%targets])
				}
				out[0].Floats[i] = float32(v)
			}
			return nil
		}}, nil
}
