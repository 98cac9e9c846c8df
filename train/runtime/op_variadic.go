package runtime

import "math"

// variadic builds operators that join any number of operands from left to
// right.
func variadic(f pairs[float32, float32], d pairs[float64, float64], i pairs[int64, int64]) builder {
	return func(n *node) (*kernel, error) {
		switch t, err := n.want(0, Float, Double, Int64); t {
		case Int64:
			return joined(t, i), err
		case Double:
			return joined(t, d), err
		default:
			return joined(Float, f), err
		}
	}
}

func joined[T numeric](t Type, f pairs[T, T]) *kernel {
	return &kernel{types: []Type{t}, shape: broadcastShape, rows: elementwise,
		run: func(in, out []*Tensor, s *scratch) error {
			if err := apply(left[T], out[0], []*Tensor{in[0], in[0]}, s); err != nil {
				return err
			}
			for _, next := range in[1:] {
				if err := apply(f, out[0], []*Tensor{out[0], next}, s); err != nil {
					return err
				}
			}
			return nil
		}}
}

func left[T Element](dst, a, _ []T) error {
	copy(dst, a)
	return nil
}

// largest propagates NaN.
func largest[T numeric](dst, a, b []T) error {
	for i := range dst {
		dst[i] = max(a[i], b[i])
	}
	return nil
}

// smallest propagates NaN.
func smallest[T numeric](dst, a, b []T) error {
	for i := range dst {
		dst[i] = min(a[i], b[i])
	}
	return nil
}

// buildClip makes the operator Clip, whose bounds are scalars. One that is left
// out is the largest finite number of its sign. NaN stays NaN.
func buildClip(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	k := &kernel{types: []Type{t}, shape: sameShape, rows: first,
		run: func(in, out []*Tensor, _ *scratch) error {
			return clip[float32](in, out, -math.MaxFloat32, math.MaxFloat32)
		}}
	switch t {
	case Int64:
		k.run = func(in, out []*Tensor, _ *scratch) error { return clip[int64](in, out, math.MinInt64, math.MaxInt64) }
	case Double:
		k.run = func(in, out []*Tensor, _ *scratch) error { return clip(in, out, -math.MaxFloat64, math.MaxFloat64) }
	}
	return k, err
}

func clip[T numeric](in, out []*Tensor, low, high T) error {
	for i, bound := range []*T{&low, &high} {
		v, ok, err := scalar[T](in, 1+i)
		if err != nil {
			return err
		}
		if ok {
			*bound = v
		}
	}
	dst := *elements[T](out[0])
	for i, v := range *elements[T](in[0]) {
		dst[i] = min(max(v, low), high)
	}
	return nil
}

// buildWhere makes the operator Where.
func buildWhere(n *node) (*kernel, error) {
	if err := n.wantOf(Bool, 0); err != nil {
		return nil, err
	}
	t, err := n.want(1, Float, Double, Int64, String, Bool)
	return &kernel{types: []Type{t}, shape: broadcastShape, rows: elementwise,
		run: runFor(t, where[float32], where[float64], where[int64], where[string], where[bool])}, err
}

func where[T Element](in, out []*Tensor, s *scratch) error {
	dst, cond := *elements[T](out[0]), in[0].Bools
	a, b := *elements[T](in[1]), *elements[T](in[2])
	if len(dst) == 0 {
		return nil
	}
	w := &s.walk
	w.start(out[0].Dims, in[0], in[1], in[2])
	roomC, roomA, roomB := room[bool](s, 0, w.run), room[T](s, 1, w.run), room[T](s, 2, w.run)
	for {
		c, x, y := runOf(w, 0, cond, roomC), runOf(w, 1, a, roomA), runOf(w, 2, b, roomB)
		for i := range c {
			dst[i] = y[i]
			if c[i] {
				dst[i] = x[i]
			}
		}
		dst = dst[w.run:]
		if !w.next() {
			return nil
		}
	}
}
