package runtime

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// reduction joins elements in their order into a float64.
type reduction struct {
	start  float64
	join   func(acc, x float64) float64
	finish func(acc float64, n int) float64 // n is the number of elements joined
}

func itself(acc float64, _ int) float64 { return acc }

func plus(acc, x float64) float64       { return acc + x }
func plusSquare(acc, x float64) float64 { return acc + float64(x*x) }
func plusSize(acc, x float64) float64   { return acc + math.Abs(x) }
func times(acc, x float64) float64      { return float64(acc * x) }
func largerOf(acc, x float64) float64   { return max(acc, x) }
func smallerOf(acc, x float64) float64  { return min(acc, x) }

// logAddExp is log(exp(acc) + exp(x)).
func logAddExp(acc, x float64) float64 {
	low, high := min(acc, x), max(acc, x)
	if math.IsInf(high, 0) || math.IsNaN(high) {
		return high
	}
	return high + fpmath.Log1p(fpmath.Exp(low-high))
}

var (
	reduceSum       = reduction{0, plus, itself}
	reduceMean      = reduction{0, plus, func(acc float64, n int) float64 { return acc / float64(n) }}
	reduceSumSquare = reduction{0, plusSquare, itself}
	reduceL1        = reduction{0, plusSize, itself}
	reduceL2        = reduction{0, plusSquare, func(acc float64, _ int) float64 { return math.Sqrt(acc) }}
	reduceProd      = reduction{1, times, itself}
	reduceLogSum    = reduction{0, plus, func(acc float64, _ int) float64 { return fpmath.Log(acc) }}
	reduceLogSumExp = reduction{math.Inf(-1), logAddExp, itself}
	reduceMax       = reduction{math.Inf(-1), largerOf, itself}
	reduceMin       = reduction{math.Inf(1), smallerOf, itself}
)

// reducing builds the operators that reduce along axes, which are an attribute
// before a version of the operator and an input from then on.
func reducing(r reduction, input int64) builder {
	return func(n *node) (*kernel, error) {
		rd, err := readReducing(n, input)
		rd.reduction = r
		t := n.in[0].typ
		return &kernel{types: []Type{t}, shape: rd.shape, rows: rd.rows, run: onReals(t, reduce[float32](rd), reduce[float64](rd))}, err
	}
}

// reducer is one node that reduces.
type reducer struct {
	reduction
	keep  bool
	none  bool // no axes are none, not all
	fixed []int64
	input bool // axes are the second input
}

func readReducing(n *node, input int64) (*reducer, error) {
	r := &reducer{keep: n.flag("keepdims", true), input: n.version >= input}
	if !r.input {
		r.fixed = n.ints("axes")
		if n.given(1) {
			return r, fmt.Errorf("axes are an attribute in version %d", n.version)
		}
	} else {
		r.none = n.flag("noop_with_empty_axes", false)
	}
	if t := n.in[0].typ; t != Float && t != Double {
		return r, fmt.Errorf("elements of type %v", t)
	}
	return r, n.wantOf(Int64, 1)
}

// axes is the set of axes to reduce.
func (r *reducer) axes(in []*Tensor) (set [maxRank]bool, err error) {
	axes := r.fixed
	if r.input && len(in) > 1 && in[1] != nil {
		if axes, err = numbers(in[1]); err != nil {
			return set, err
		}
	}
	if len(axes) == 0 && !r.none {
		for i := range in[0].Dims {
			set[i] = true
		}
		return set, nil
	}
	for _, a := range axes { // twice the same is allowed
		i, err := axisOf(a, min(len(in[0].Dims), maxRank))
		if err != nil {
			return set, err
		}
		set[i] = true
	}
	return set, nil
}

func (r *reducer) shape(in, out []*Tensor) error {
	set, err := r.axes(in)
	if err != nil {
		return err
	}
	out[0].setDims()
	for i, d := range in[0].Dims {
		if set[i] && r.keep {
			out[0].Dims = append(out[0].Dims, 1)
		} else if !set[i] {
			out[0].Dims = append(out[0].Dims, d)
		}
	}
	return nil
}

func (r *reducer) rows(in []*fact, out *fact, mark int) bool {
	set, err := r.axes(abstract(in))
	return err == nil && !set[0] && first(in, out, mark)
}

func reduce[T real](r *reducer) runner {
	return func(in, out []*Tensor, s *scratch) error {
		dst := *elements[T](out[0])
		acc, n, err := accumulate[T](r, in, len(dst), s)
		for i, v := range acc {
			dst[i] = T(r.finish(v, n))
		}
		return err
	}
}

// accumulate joins the elements in their order, n for each result.
func accumulate[T real](r *reducer, in []*Tensor, results int, s *scratch) (acc []float64, n int, err error) {
	set, err := r.axes(in)
	if err != nil {
		return nil, 0, err
	}
	acc, n = s.float64s(0, results), 1
	fill(acc, r.start)
	target := Tensor{Dims: s.indices(len(in[0].Dims))} // the output with the reduced axes kept
	for i, d := range in[0].Dims {
		target.Dims[i] = d
		if set[i] {
			n *= d
			target.Dims[i] = 1
		}
	}
	x := *elements[T](in[0])
	if len(x) == 0 {
		return acc, n, nil
	}
	w := &s.walk
	for w.start(in[0].Dims, &target); ; x = x[w.run:] {
		at := w.offset[0]
		if w.unit[0] {
			joinEach(r, acc[at:at+w.run], x)
		} else {
			acc[at] = joinAll(r, acc[at], x[:w.run])
		}
		if !w.next() {
			return acc, n, nil
		}
	}
}

func joinEach[T real](r *reducer, acc []float64, x []T) {
	for i, v := range acc {
		acc[i] = r.join(v, float64(x[i]))
	}
}

func joinAll[T real](r *reducer, acc float64, x []T) float64 {
	for _, v := range x {
		acc = r.join(acc, float64(v))
	}
	return acc
}
