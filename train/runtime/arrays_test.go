package runtime

import (
	"fmt"
	"math"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/stretchr/testify/require"
)

func TestWhereAndClip(t *testing.T) {
	d := newDraw(3)
	var cases []scoring
	for i, dims := range [][3][]int{{{4, 3}, {4, 3}, {4, 3}}, {{4, 3}, {1, 3}, {4, 3}}, {{4, 1}, {4, 3}, {3}}, {{}, {4, 3}, {4, 1}}, {{4, 3}, {}, {}}, {{0, 3}, {1, 3}, {0, 3}}} {
		for _, typ := range []Type{Float, Int64, String, Bool} {
			o := op{name: "Where", out: []Type{typ}, in: []Tensor{d.bools(dims[0]...), d.of(typ, dims[1]...), d.of(typ, dims[2]...)}}
			if typ != Bool { // ONNX Runtime has no such kernel
				cases = append(cases, o.scoring(fmt.Sprintf("%d_%v", i, typ)))
			}
		}
	}
	cases = append(cases, op{name: "Where", in: []Tensor{d.bools(4, 3), d.floats(1, 3), d.floats(4, 3)}, rows: []int{0, 2}, constant: []int{1}, out: []Type{Float}}.scoring("rows"))
	x := Tensor{Dims: []int{len(edges), 1}, Floats: edges}
	none := Tensor{}
	for i, bounds := range [][2]Tensor{{scalarOf(-1), scalarOf(2)}, {none, scalarOf(0)}, {scalarOf(0), none}, {none, none}, {scalarOf(2), scalarOf(-1)}, {scalarOf(float32(math.Inf(-1))), scalarOf(3e38)}} {
		cases = append(cases, op{name: "Clip", in: []Tensor{x, bounds[0], bounds[1]}, rows: []int{0}, out: []Type{Float}, constant: []int{1, 2}}.scoring(fmt.Sprint(i)))
	}
	cases = append(cases, op{name: "Clip", in: []Tensor{d.ints(9, 7), {Dims: []int{}, Ints: []int64{-2}}}, out: []Type{Int64}}.scoring("ints"))
	compare(t, cases)
}

// of is a tensor of a type.
func (d draw) of(t Type, dims ...int) Tensor {
	switch t {
	case Float:
		return d.floats(dims...)
	case Int64:
		return d.ints(5, dims...)
	case String:
		return d.strings(dims...)
	}
	return d.bools(dims...)
}

func TestConcatSplitSlice(t *testing.T) {
	d := newDraw(4)
	var cases []scoring
	for _, typ := range []Type{Float, Int64, String, Bool} {
		for axis, widths := range map[int64][]int{0: {1, 3, 2}, 1: {1, 1, 1, 4}, -1: {2, 0, 1}} {
			o := op{name: "Concat", attributes: integer("axis", axis), out: []Type{typ}}
			for i, w := range widths {
				dims := []int{5, w}
				if axis == 0 {
					dims = []int{w, 3}
				} else {
					o.rows = append(o.rows, i)
				}
				o.in = append(o.in, d.of(typ, dims...))
			}
			cases = append(cases, o.scoring(fmt.Sprintf("%v_%d", typ, axis)))
		}
		cases = append(cases, op{name: "Split", attributes: integer("axis", 1), in: []Tensor{d.of(typ, 3, 6)}, rows: []int{0}, out: []Type{typ, typ, typ}}.scoring(typ.String()))
	}
	cases = append(cases,
		op{name: "Split", in: []Tensor{d.floats(6, 2), ints(1, 0, 5)}, constant: []int{1}, out: []Type{Float, Float, Float}}.scoring("sizes"),
		op{name: "Split", attributes: integer("axis", -1), in: []Tensor{d.floats(4, 5, 3), ints(1, 2)}, constant: []int{1}, rows: []int{0}, out: []Type{Float, Float}}.scoring("last"),
		op{name: "Split", in: []Tensor{d.floats(5, 2)}, out: []Type{Float, Float}}.scoring("uneven"),
		op{name: "Split", in: []Tensor{d.floats(5, 2), ints(2, 2)}, constant: []int{1}, out: []Type{Float, Float}}.scoring("wrong"),
		op{name: "Concat", attributes: integer("axis", 1), in: []Tensor{d.floats(2, 2), d.floats(3, 2)}, out: []Type{Float}}.scoring("wrong"),
		op{name: "Concat", in: []Tensor{d.floats(2, 2), d.floats(2, 2)}, out: []Type{Float}}.scoring("no_axis"))
	for i, s := range [][4][]int64{ // starts, ends, axes, steps
		{{1}, {3}, {1}, nil}, {{-2}, {100}, {1}, nil}, {{0}, {-1}, {-1}, nil}, {{3}, {0}, {1}, {-1}}, {{100}, {-100}, {1}, {-2}}, {{0}, {4}, {1}, {2}},
		{{2}, {2}, {1}, nil}, {{-1}, {math.MinInt64}, {1}, {-1}}, {{0}, {math.MaxInt64}, {1}, {math.MaxInt64}}, {{4}, {1}, {1}, {math.MinInt64}}, {{3}, {1}, {1}, nil},
		{{1, 1}, {3, 2}, nil, nil}, {{0, 2}, {2, 5}, {0, 2}, {1, 2}}, {{0}, {1}, {1}, {0}}, {{0, 0}, {1, 1}, {1, 1}, nil}, {{0}, {1}, {5}, nil}} {
		o := op{name: "Slice", in: []Tensor{d.floats(4, 4, 5), ints(s[0]...), ints(s[1]...), {}, {}}, constant: []int{1, 2, 3, 4}, out: []Type{Float}}
		for k := range 2 {
			if s[2+k] != nil {
				o.in[3+k] = ints(s[2+k]...)
			}
		}
		if len(s[2]) == 1 {
			o.rows = []int{0}
		}
		cases = append(cases, o.scoring(fmt.Sprint(i)))
	}
	cases = append(cases, op{name: "Slice", in: []Tensor{d.strings(4, 4), ints(1), ints(3)}, out: []Type{String}}.scoring("strings"))
	compare(t, cases)
}

func TestGather(t *testing.T) {
	d := newDraw(5)
	var cases []scoring
	for _, typ := range []Type{Float, Int64, String, Bool} {
		cases = append(cases,
			op{name: "Gather", attributes: integer("axis", 1), in: []Tensor{d.of(typ, 4, 5), d.indices(5, 3)}, rows: []int{0}, constant: []int{1}, out: []Type{typ}}.scoring("within_"+typ.String()),
			op{name: "GatherElements", attributes: integer("axis", 1), in: []Tensor{d.of(typ, 4, 5), d.indices(5, 4, 2)}, rows: []int{0, 1}, out: []Type{typ}}.scoring(typ.String()))
	}
	cases = append(cases,
		op{name: "Gather", in: []Tensor{d.floats(6, 2), d.indices(6, 4, 1)}, rows: []int{1}, constant: []int{0}, out: []Type{Float}}.scoring("lookup"),
		op{name: "Gather", in: []Tensor{d.floats(6, 2), d.indices(6, 4, 1)}, rows: []int{0}, mixed: true, constant: []int{1}, out: []Type{Float}}.scoring("of_rows"),
		op{name: "Gather", attributes: integer("axis", -1), in: []Tensor{d.floats(3, 6, 2), {Dims: []int{}, Ints: []int64{-1}}}, out: []Type{Float}}.scoring("scalar"),
		op{name: "Gather", in: []Tensor{d.floats(0, 2), d.indices(1, 0)}, out: []Type{Float}}.scoring("empty"),
		op{name: "Gather", in: []Tensor{d.floats(3, 2), ints(3)}, out: []Type{Float}}.scoring("outside"),
		op{name: "GatherElements", in: []Tensor{d.floats(3, 2), {Dims: []int{1, 2}, Ints: []int64{-3, 2}}}, out: []Type{Float}}.scoring("first_axis"),
		op{name: "GatherElements", in: []Tensor{d.floats(3, 2), {Dims: []int{1, 2}, Ints: []int64{-4, 2}}}, out: []Type{Float}}.scoring("outside"))
	compare(t, cases)
}

func TestReshapeAndItsKind(t *testing.T) {
	d := newDraw(6)
	var cases []scoring
	add := func(label string, o op) { cases = append(cases, o.scoring(label)) }
	for i, shape := range [][]int64{{-1, 6}, {0, 6}, {0, -1}, {0, 3, 2}, {0, 0, 0, 1}, {-1}, {6, -1}, {4, 5}, {-1, -1}, {-1, 5}, {24}} {
		o := op{name: "Reshape", in: []Tensor{d.floats(4, 3, 2), ints(shape...)}, constant: []int{1}, out: []Type{Float}}
		add(fmt.Sprint(i), o)
		if i < 5 && i != 4 {
			o.rows = []int{0}
			add(fmt.Sprintf("rows_%d", i), o)
		}
	}
	add("empty", op{name: "Reshape", in: []Tensor{d.floats(0, 3), ints(-1, 3, 1)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	add("mixes_rows", op{name: "Reshape", in: []Tensor{d.floats(4, 3), ints(3, -1)}, rows: []int{0}, mixed: true, constant: []int{1}, out: []Type{Float}})
	for _, axis := range []int64{0, 1, 2, -1, 3} {
		add(fmt.Sprint(axis), op{name: "Flatten", attributes: integer("axis", axis), in: []Tensor{d.floats(4, 3, 2)}, out: []Type{Float}})
	}
	add("rows", op{name: "Flatten", in: []Tensor{d.strings(4, 3, 2)}, rows: []int{0}, out: []Type{String}})
	add("axes", op{name: "Squeeze", in: []Tensor{d.floats(4, 1, 2, 1), ints(-1, 1)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	add("all", op{name: "Squeeze", in: []Tensor{d.floats(4, 1, 2, 1)}, rows: []int{0}, mixed: true, out: []Type{Float}})
	add("not_one", op{name: "Squeeze", in: []Tensor{d.floats(4, 1), ints(0)}, constant: []int{1}, out: []Type{Float}})
	add("axes", op{name: "Unsqueeze", in: []Tensor{d.floats(4, 2), ints(-1, 1)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	add("rows_move", op{name: "Unsqueeze", in: []Tensor{d.floats(4, 2), ints(0)}, rows: []int{0}, mixed: true, constant: []int{1}, out: []Type{Float}})
	add("twice", op{name: "Unsqueeze", in: []Tensor{d.floats(4, 2), ints(0, 0)}, constant: []int{1}, out: []Type{Float}})
	add("default", op{name: "Transpose", in: []Tensor{d.floats(4, 3, 2)}, out: []Type{Float}})
	add("perm", op{name: "Transpose", attributes: []onnx.Attribute{{Name: "perm", Value: []int64{1, 2, 0}}}, in: []Tensor{d.strings(4, 3, 2)}, out: []Type{String}})
	add("rows", op{name: "Transpose", attributes: []onnx.Attribute{{Name: "perm", Value: []int64{0, 2, 1}}}, in: []Tensor{d.floats(4, 3, 2)}, rows: []int{0}, out: []Type{Float}})
	add("rows_move", op{name: "Transpose", in: []Tensor{d.floats(4, 3)}, rows: []int{0}, mixed: true, out: []Type{Float}})
	add("wrong", op{name: "Transpose", attributes: []onnx.Attribute{{Name: "perm", Value: []int64{1, 1}}}, in: []Tensor{d.floats(4, 3)}, out: []Type{Float}})
	for i, shape := range [][]int64{{4, 3}, {2, 4, 3}, {1, 1}, {5, 4, 1}} {
		add(fmt.Sprint(i), op{name: "Expand", in: []Tensor{d.floats(4, 1), ints(shape...)}, constant: []int{1}, out: []Type{Float}})
	}
	add("rows", op{name: "Expand", in: []Tensor{d.strings(4, 1), ints(1, 3)}, rows: []int{0}, constant: []int{1}, out: []Type{String}})
	add("wrong", op{name: "Expand", in: []Tensor{d.floats(4, 2), ints(3, 2)}, constant: []int{1}, out: []Type{Float}})
	add("rows", op{name: "Tile", in: []Tensor{d.floats(4, 2), ints(1, 3)}, rows: []int{0}, constant: []int{1}, out: []Type{Float}})
	add("all", op{name: "Tile", in: []Tensor{d.ints(9, 2, 2, 1), ints(2, 1, 3)}, constant: []int{1}, out: []Type{Int64}})
	add("none", op{name: "Tile", in: []Tensor{d.floats(2, 2), ints(0, 1)}, constant: []int{1}, out: []Type{Float}})
	add("rows_repeat", op{name: "Tile", in: []Tensor{d.floats(4, 2), ints(2, 1)}, rows: []int{0}, mixed: true, constant: []int{1}, out: []Type{Float}})
	add("dims", op{name: "Shape", in: []Tensor{d.floats(4, 2, 3)}, out: []Type{Int64}})
	add("rows", op{name: "Shape", in: []Tensor{d.floats(4, 2, 3)}, rows: []int{0}, mixed: true, out: []Type{Int64}})
	compare(t, cases)
}

func TestReductions(t *testing.T) {
	d := newDraw(7)
	var cases []scoring
	for _, name := range []string{"ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare"} {
		for i, axes := range [][]int64{nil, {1}, {0}, {-1}, {0, 2}, {1, 2}, {5}, {1, 1}} {
			for keep := range int64(2) {
				o := op{name: name, attributes: integer("keepdims", keep), in: []Tensor{d.ordinary(4, 3, 5)}, out: []Type{Float}}
				o.axes(axes)
				cases = append(cases, o.scoring(fmt.Sprintf("%d_%d", i, keep)))
				if i == 1 || i == 5 {
					o.rows = []int{0}
					cases = append(cases, o.scoring(fmt.Sprintf("rows_%d_%d", i, keep)))
					o.in[0], o.out = doubled(o.in[0]), []Type{Double}
					cases = append(cases, o.scoring(fmt.Sprintf("double_%d_%d", i, keep)))
				}
			}
		}
		o := op{name: name, in: []Tensor{d.ordinary(0, 3)}, rows: []int{0}, out: []Type{Float}}
		o.axes([]int64{1})
		cases = append(cases, o.scoring("empty"))
	}
	for _, name := range []string{"ReduceL2", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"} {
		inf := float32(math.Inf(1))
		o := op{name: name, in: []Tensor{{Dims: []int{4, 3}, Floats: []float32{1, inf, 2, 3, -inf, 1, -inf, -inf, -inf, 3e38, 3e38, 0}}}, out: []Type{Float}}
		o.axes([]int64{1})
		if name != "ReduceMax" && name != "ReduceMin" { // sums in float32 overflow where those in float64 do not
			o.in[0].Floats[9], o.in[0].Floats[10] = 1e3, 1e3
		}
		cases = append(cases, o.scoring("infinite"))
	}
	cases = append(cases, op{name: "ReduceSum", attributes: integer("noop_with_empty_axes", 1), in: []Tensor{d.ordinary(2, 3)}, out: []Type{Float}}.scoring("noop"))
	compare(t, cases)
}

// axes sets the axes, an input of ReduceSum and an attribute of the others.
func (o *op) axes(axes []int64) {
	switch {
	case axes == nil:
	case o.name == "ReduceSum":
		o.in, o.constant = append(o.in, ints(axes...)), []int{1}
	default:
		o.attributes = append(o.attributes, onnx.Attribute{Name: "axes", Value: axes})
	}
}

func TestAlongAnAxis(t *testing.T) {
	d := newDraw(8)
	var cases []scoring
	ties := Tensor{Dims: []int{3, 4}, Floats: []float32{1, 3, 3, 2, 0, 0, 0, 0, -1, -2, -2, -1}}
	for _, axis := range []int64{0, 1, -1, 2} {
		for _, x := range []Tensor{d.ordinary(3, 4), d.ordinary(3, 4, 2), ties} {
			label := fmt.Sprintf("%d_%v", axis, x.Dims)
			rows := []int{0}
			if axis == 0 {
				rows = nil
			}
			for _, name := range []string{"Softmax", "LogSoftmax"} {
				cases = append(cases, op{name: name, attributes: integer("axis", axis), in: []Tensor{x}, rows: rows, out: []Type{Float}}.scoring(label))
			}
			for _, name := range []string{"ArgMax", "ArgMin"} {
				for keep := range int64(2) {
					attributes := append(integer("axis", axis), onnx.Int("keepdims", keep), onnx.Int("select_last_index", keep))
					cases = append(cases, op{name: name, attributes: attributes, in: []Tensor{x}, rows: rows, out: []Type{Int64}}.scoring(fmt.Sprintf("%s_%d", label, keep)))
				}
			}
			cases = append(cases, op{name: "Softmax", attributes: integer("axis", axis), in: []Tensor{doubled(x)}, rows: rows, out: []Type{Double}}.scoring("double_"+label),
				op{name: "ArgMax", attributes: integer("axis", axis), in: []Tensor{doubled(x)}, rows: rows, out: []Type{Int64}}.scoring("double_"+label),
				op{name: "TopK", attributes: integer("axis", axis), in: []Tensor{doubled(x), ints(2)}, rows: rows, constant: []int{1}, out: []Type{Double, Int64}}.scoring("double_"+label))
			for k := range int64(4) {
				attributes := append(integer("axis", axis), onnx.Int("largest", k%2))
				cases = append(cases, op{name: "TopK", attributes: attributes, in: []Tensor{x, ints(k + 1)}, rows: rows, constant: []int{1}, out: []Type{Float, Int64}}.scoring(fmt.Sprintf("%s_%d", label, k)))
			}
		}
	}
	wide := d.ordinary(2, 500)
	for i := range wide.Floats {
		wide.Floats[i] = float32(math.Round(float64(wide.Floats[i]) * 8))
	}
	for _, k := range []int64{0, 5, 100, 500, 501, -1} {
		cases = append(cases, op{name: "TopK", in: []Tensor{wide, ints(k)}, rows: []int{0}, constant: []int{1}, out: []Type{Float, Int64}}.scoring(fmt.Sprint("wide_", k)))
	}
	inf := float32(math.Inf(1))
	extremes := Tensor{Dims: []int{4, 3}, Floats: []float32{inf, 1, 2, -inf, -inf, -inf, -inf, 3, 1, 3e38, -3e38, 0}}
	for _, name := range []string{"Softmax", "LogSoftmax"} {
		cases = append(cases, op{name: name, in: []Tensor{extremes}, rows: []int{0}, out: []Type{Float}}.scoring("extremes"),
			op{name: name, in: []Tensor{d.floats(0, 3)}, rows: []int{0}, out: []Type{Float}}.scoring("empty"))
	}
	compare(t, cases)
}

func TestOneHotAndCast(t *testing.T) {
	d := newDraw(9)
	var cases []scoring
	for _, axis := range []int64{-1, 1, 0} {
		o := op{name: "OneHot", attributes: integer("axis", axis), in: []Tensor{d.ints(6, 5, 2), ints(4), {Dims: []int{2}, Floats: []float32{-1, 2}}}, constant: []int{1, 2}, out: []Type{Float}}
		if axis != 0 {
			o.rows = []int{0}
		}
		cases = append(cases, o.scoring(fmt.Sprint(axis)))
	}
	cast := func(label string, x Tensor, to Type) {
		cases = append(cases, op{name: "Cast", attributes: integer("to", int64(elementType(to))), in: []Tensor{x}, rows: []int{0}, out: []Type{to}}.scoring(label))
	}
	plain := Tensor{Dims: []int{13}, Floats: []float32{0, float32(math.Copysign(0, -1)), 1.9, -1.9, 2.5, 1e10, -1e10, 0.1, 1.0 / 3, 1e-7, 123456.789, 1e20, 3e38}}
	cast("float_int", plain, Int64)
	cast("float_bool", Tensor{Dims: []int{len(edges)}, Floats: edges}, Bool)
	cast("float_string", Tensor{Dims: []int{len(edges)}, Floats: edges}, String)
	cast("plain_string", plain, String)
	cast("double_float", doubled(plain), Float)
	cast("float_double", plain, Double)
	cast("double_int", doubled(plain), Int64)
	cast("double_bool", doubled(plain), Bool)
	cast("bool_double", d.bools(5), Double)
	cast("int_double", d.ints(100, 5), Double)
	cast("int_float", Tensor{Dims: []int{4}, Ints: []int64{0, -5, 1 << 40, math.MaxInt64}}, Float)
	cast("int_string", d.ints(100, 5), String)
	cast("int_bool", d.ints(1, 5), Bool)
	cast("int_int", d.ints(1, 5), Int64)
	cast("bool_float", d.bools(5), Float)
	cast("bool_int", d.bools(5), Int64)
	cast("string_float", Tensor{Dims: []int{6}, Strings: []string{"1", "-2.5e3", "NaN", "INF", "-INF", "0.1"}}, Float)
	cast("string_int", Tensor{Dims: []int{3}, Strings: []string{"1", "-25", "0"}}, Int64)
	cast("not_a_number", Tensor{Dims: []int{1}, Strings: []string{"x"}}, Float)
	compare(t, cases)
}

func TestProducts(t *testing.T) {
	d := newDraw(10)
	var cases []scoring
	for i, p := range [][2][]int{{{4, 3}, {3, 5}}, {{9, 3}, {3, 1}}, {{4, 3}, {3}}, {{3}, {3, 5}}, {{3}, {3}}, {{2, 4, 3}, {3, 5}}, {{2, 4, 3}, {2, 3, 5}},
		{{2, 1, 4, 3}, {5, 3, 2}}, {{7, 40}, {40, 6}}, {{0, 3}, {3, 5}}, {{4, 0}, {0, 5}}, {{4, 3}, {4, 5}}, {{1, 3}, {3, 4}}, {{5, 1}, {1, 7}}} {
		o := op{name: "MatMul", in: []Tensor{d.ordinary(p[0]...), d.ordinary(p[1]...)}, out: []Type{Float}}
		cases = append(cases, o.scoring(fmt.Sprintf("%d", i)))
		if len(p[0]) > 1 && len(p[1]) < 3 {
			o.rows, o.constant = []int{0}, []int{1}
			cases = append(cases, o.scoring(fmt.Sprintf("rows_%d", i)))
		}
		o.in, o.out, o.constant = []Tensor{doubled(o.in[0]), doubled(o.in[1])}, []Type{Double}, nil
		o.mixed = len(o.rows) > 0 // the factor is not constant
		cases = append(cases, o.scoring(fmt.Sprintf("double_%d", i)))
	}
	for i := range 16 {
		a, b := []int{6, 35}, []int{35, 5}
		attributes := []onnx.Attribute{onnx.Int("transA", int64(i&1)), onnx.Int("transB", int64(i>>1&1))}
		if i&1 > 0 {
			a = []int{35, 6}
		}
		if i&2 > 0 {
			b = []int{5, 35}
		}
		if i&4 > 0 {
			attributes = append(attributes, onnx.Real("alpha", 0.5), onnx.Real("beta", -1.5))
		}
		o := op{name: "Gemm", attributes: attributes, in: []Tensor{d.ordinary(a...), d.ordinary(b...)}, constant: []int{1, 2}, out: []Type{Float}}
		if i&8 > 0 {
			o.in = append(o.in, d.ordinary([][]int{{5}, {1, 5}, {}, {1, 1}, {1}}[i%5]...))
		}
		if i&1 == 0 {
			o.rows = []int{0}
		}
		cases = append(cases, o.scoring(fmt.Sprint(i)))
		for k := range o.in {
			o.in[k] = doubled(o.in[k])
		}
		o.rows, o.constant, o.out = nil, nil, []Type{Double}
		cases = append(cases, o.scoring(fmt.Sprint("double_", i)))
	}
	cases = append(cases,
		op{name: "Gemm", in: []Tensor{d.ordinary(4, 3), d.ordinary(3, 5), d.ordinary(4, 5)}, rows: []int{0, 2}, constant: []int{1}, out: []Type{Float}}.scoring("rows_added"),
		op{name: "Gemm", in: []Tensor{d.ordinary(4, 3), d.ordinary(3, 5), d.ordinary(4, 1)}, out: []Type{Float}}.scoring("column_added"),
		op{name: "Gemm", in: []Tensor{d.ordinary(4, 3), d.ordinary(3, 5), d.ordinary(4)}, out: []Type{Float}}.scoring("wrong"))
	compare(t, cases)
}

// TestSparseRows makes sure that leaving out zeros changes no bits.
func TestSparseRows(t *testing.T) {
	d := newDraw(11)
	const k, n, m = 50, 7, 5
	b := d.ordinary(k, n)
	a := make([]float64, m*k)
	for i := range m * 6 {
		a[d.rng.IntN(len(a)-k)+k*(i%2)] = float64(float32(d.normal()))
	}
	sparse := newFactor(doublesOf(&b, Float, nil), k, n, false)
	require.NotNil(t, sparse.plain)
	want, got := make([]float64, m*n), make([]float64, m*n)
	require.True(t, mostlyZero(a))
	sparse.multiply(got, a)
	sparse.plain = nil
	sparse.multiply(want, a)
	require.Equal(t, want, got)
	b.Floats[3] = float32(math.Inf(1))
	require.Nil(t, newFactor(doublesOf(&b, Float, nil), k, n, false).plain)
}
