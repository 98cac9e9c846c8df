package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// buildArrayFeatureExtractor makes the operator ArrayFeatureExtractor: elements along the
// last axis. Classifiers look up their labels with it, so that of constants without
// repetition those are the model's classes.
func buildArrayFeatureExtractor(n *node) (*kernel, error) {
	if err := n.wantOf(Int64, 1); err != nil {
		return nil, err
	}
	t := n.in[0].typ
	if t == Bool {
		return nil, fmt.Errorf("elements of type %v", t)
	}
	k := &kernel{types: []Type{t}, shape: extractedShape, rows: first, lays: true,
		run: runFor(t, extract[float32], extract[float64], extract[int64], extract[string], extract[bool])}
	if v := n.constant(0); v != nil && (t == Int64 || t == String) && product(v.Dims) <= mostClasses {
		c := classes{typ: t, ints: v.Ints, texts: v.Strings}
		names := c.names()
		sorted := slices.Sorted(slices.Values(names))
		if len(slices.Compact(sorted)) == len(names) {
			k.classes = names
		}
	}
	return k, nil
}

func extractedShape(in, out []*Tensor) error {
	rank := len(in[0].Dims)
	if rank == 0 {
		return errors.New("a scalar in place of rows")
	}
	out[0].setDims(in[0].Dims[:rank-1]...)
	if rank == 1 {
		out[0].setDims(1)
	}
	out[0].Dims = append(out[0].Dims, product(in[1].Dims))
	return nil
}

func extract[T Element](in, out []*Tensor, _ *scratch) error {
	src, dst := *elements[T](in[0]), *elements[T](out[0])
	width := in[0].Dims[len(in[0].Dims)-1]
	for _, at := range in[1].Ints {
		if at < 0 || at >= int64(width) {
			return fmt.Errorf("position %d of %d elements", at, width)
		}
	}
	for from := 0; len(dst) > 0; from += width {
		for i, at := range in[1].Ints {
			dst[i] = src[from+int(at)]
		}
		dst = dst[len(in[1].Ints):]
	}
	return nil
}

// buildZipMap makes the operator ZipMap. What it makes of a matrix, a map for each row,
// is the matrix here, whose columns have names.
func buildZipMap(n *node) (*kernel, error) {
	if _, err := n.want(0, Float); err != nil {
		return nil, err
	}
	labels, err := classesOf(n, "classlabels_int64s")
	if err != nil {
		return nil, err
	}
	k := same(Float)
	k.classes, k.maps = labels.names(), true
	k.shape = func(in, out []*Tensor) error {
		if len(in[0].Dims) != 2 || in[0].Dims[1] != labels.len() {
			return fmt.Errorf("dimensions %v for %d keys", in[0].Dims, labels.len())
		}
		return sameShape(in, out)
	}
	return k, nil
}

// buildBinarizer makes the operator Binarizer: 1 for what exceeds a threshold.
func buildBinarizer(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	threshold := float64(n.float("threshold", 0))
	k := same(t)
	k.run = runFor(t, binarize[float32](threshold), binarize[float64](threshold), binarize[int64](threshold), nil, nil)
	return k, err
}

func binarize[T numeric](threshold float64) runner {
	return func(in, out []*Tensor, _ *scratch) error {
		dst := *elements[T](out[0])
		for i, v := range *elements[T](in[0]) {
			if isNaN(v) {
				return fmt.Errorf("element %d is NaN", i)
			}
			dst[i] = T(bit(float64(v) > threshold))
		}
		return nil
	}
}

// buildImputer makes the operator Imputer: one value, which may be NaN, is replaced by
// another, the same or one for each column.
func buildImputer(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	floats, ints := n.floats("imputed_value_floats"), n.ints("imputed_value_int64s")
	missing, missingInt := n.float("replaced_value_float", 0), n.int("replaced_value_int64", 0)
	switch t {
	case Int64:
		return imputer(t, ints, missingInt)
	case Double:
		return imputer(t, doublesOf(&Tensor{Floats: floats}, Float, nil), float64(missing))
	}
	return imputer(t, floats, missing)
}

func imputer[T numeric](t Type, values []T, missing T) (*kernel, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("no values for elements of type %v", t)
	}
	k := same(t)
	k.shape = func(in, out []*Tensor) error {
		if err := widthOfRows(in[0].Dims, len(values)); err != nil {
			return err
		}
		return sameShape(in, out)
	}
	k.run = func(in, out []*Tensor, _ *scratch) error {
		dst := *elements[T](out[0])
		for i, v := range *elements[T](in[0]) {
			if v == missing || isNaN(v) && isNaN(missing) {
				v = values[i%len(values)]
			}
			dst[i] = v
		}
		return nil
	}
	return k, nil
}

// buildFeatureVectorizer makes the operator FeatureVectorizer: matrices side by side, in float32.
func buildFeatureVectorizer(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	widths := n.ints("inputdimensions")
	if len(widths) != len(n.in) || slices.Contains(n.in, nil) {
		return nil, fmt.Errorf("%d inputdimensions for %d inputs", len(widths), len(n.in))
	}
	c := concat{axis: 1}
	shape := func(in, out []*Tensor) error {
		for i, x := range in {
			if len(x.Dims) != 2 || int64(x.Dims[1]) != widths[i] {
				return fmt.Errorf("dimensions %v of input %d, where inputdimensions has %d", x.Dims, i, widths[i])
			}
		}
		return c.shape(in, out)
	}
	join := concatenate[float32](c)
	return &kernel{types: []Type{Float}, shape: shape, rows: c.rows,
		run: func(in, out []*Tensor, s *scratch) error {
			parts := make([]*Tensor, len(in))
			for i, x := range in {
				parts[i] = &Tensor{Dims: x.Dims, Floats: floatsOf(x, t)}
			}
			return join(parts, out, s)
		}}, nil
}

// floatsOf are the elements of a tensor of numbers in float32.
func floatsOf(x *Tensor, t Type) []float32 {
	if t == Float {
		return x.Floats
	}
	out := make([]float32, x.size(t))
	for i, v := range x.Doubles {
		out[i] = float32(v)
	}
	for i, v := range x.Ints {
		out[i] = float32(v)
	}
	return out
}
