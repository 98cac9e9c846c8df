package runtime

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// draw makes the random values of tests.
type draw struct{ rng *rand.Rand }

func newDraw(seed uint64) draw { return draw{rand.New(rand.NewPCG(seed, 0))} }

// normal is a number about zero, with the same bits on every platform.
func (d draw) normal() float64 {
	sum := 0.0
	for range 4 {
		sum += float64(int64(d.rng.Uint64()>>40)-1<<23) / (1 << 23)
	}
	return sum
}

// edges are numbers at which operators are easily wrong.
var edges = []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, float32(math.NaN()), float32(math.Inf(1)),
	float32(math.Inf(-1)), 1e-40, -1e-40, 3e38, -3e38, 1e-7, 88, -88, 104, -104, 20, -20, 1e10, -1e10}

// floats are numbers about zero, with some edges among them.
func (d draw) floats(dims ...int) Tensor {
	t := Tensor{Dims: dims, Floats: make([]float32, product(dims))}
	for i := range t.Floats {
		t.Floats[i] = float32(d.normal() * 3)
		if d.rng.IntN(4) == 0 {
			t.Floats[i] = edges[d.rng.IntN(len(edges))]
		}
	}
	return t
}

// doubled is a tensor of float32 in float64.
func doubled(t Tensor) Tensor { return Tensor{Dims: t.Dims, Doubles: doublesOf(&t, Float, nil)} }

// ordinary are numbers about zero.
func (d draw) ordinary(dims ...int) Tensor {
	t := Tensor{Dims: dims, Floats: make([]float32, product(dims))}
	for i := range t.Floats {
		t.Floats[i] = float32(d.normal())
	}
	return t
}

func (d draw) ints(limit int, dims ...int) Tensor {
	t := Tensor{Dims: dims, Ints: make([]int64, product(dims))}
	for i := range t.Ints {
		t.Ints[i] = int64(d.rng.IntN(2*limit+1) - limit)
	}
	return t
}

func (d draw) indices(n int, dims ...int) Tensor {
	t := Tensor{Dims: dims, Ints: make([]int64, product(dims))}
	for i := range t.Ints {
		t.Ints[i] = int64(d.rng.IntN(n))
	}
	return t
}

func (d draw) bools(dims ...int) Tensor {
	t := Tensor{Dims: dims, Bools: make([]bool, product(dims))}
	for i := range t.Bools {
		t.Bools[i] = d.rng.IntN(2) == 0
	}
	return t
}

func (d draw) strings(dims ...int) Tensor {
	t := Tensor{Dims: dims, Strings: make([]string, product(dims))}
	for i := range t.Strings {
		t.Strings[i] = []string{"", "a", "b", "Adelie", "ß", "NaN"}[d.rng.IntN(6)]
	}
	return t
}

func ints(values ...int64) Tensor { return Tensor{Dims: []int{len(values)}, Ints: values} }

func scalarOf(v float32) Tensor { return Tensor{Dims: []int{}, Floats: []float32{v}} }

// op is a model of one node.
type op struct {
	domain, name string
	attributes   []onnx.Attribute
	in           []Tensor // without dimensions and elements: left out
	constant     []int    // inputs that are initializers
	rows         []int    // inputs whose first dimension is that of the rows
	out          []Type
	mixed        bool // the rows depend on each other
}

// case is the model with its batch.
func (o op) scoring(label string) scoring {
	m := onnx.Model{}
	g := &m.Graph
	n := onnx.Node{Op: o.name, Domain: o.domain, Attributes: o.attributes}
	c := scoring{name: o.name + "_" + label, feeds: map[string]Tensor{}, byRow: len(o.rows) > 0 && !o.mixed}
	is := func(i int, list []int) bool {
		for _, j := range list {
			if i == j {
				return true
			}
		}
		return false
	}
	for i, t := range o.in {
		name := fmt.Sprintf("in%d", i)
		if t.Dims == nil {
			n.Inputs = append(n.Inputs, "")
			continue
		}
		n.Inputs = append(n.Inputs, name)
		dims := int64sOf(t.Dims)
		if is(i, o.constant) {
			var data any = t.Floats
			switch {
			case t.Ints != nil:
				data = t.Ints
			case t.Doubles != nil:
				t.Floats = make([]float32, len(t.Doubles))
				for j, v := range t.Doubles {
					t.Floats[j] = float32(v)
				}
				data = t.Floats
			}
			g.Initializers = append(g.Initializers, onnx.Tensor{Name: name, Dims: dims, Data: data})
			continue
		}
		if is(i, o.rows) {
			dims[0] = onnx.Rows
		}
		g.Inputs = append(g.Inputs, onnx.Value{Name: name, Type: elementType(typeOfTensor(t)), Dims: dims})
		c.feeds[name] = t
	}
	for i, t := range o.out {
		name := fmt.Sprintf("out%d", i)
		n.Outputs = append(n.Outputs, name)
		g.Outputs = append(g.Outputs, onnx.Value{Name: name, Type: elementType(t)})
	}
	g.Nodes = []onnx.Node{n}
	c.model = declareOutputs(m, c.feeds)
	return c
}

func int64sOf(dims []int) []int64 {
	out := make([]int64, len(dims))
	for i, d := range dims {
		out[i] = int64(d)
	}
	return out
}

func elementType(t Type) int32 {
	return map[Type]int32{Float: onnx.Float, Double: onnx.Double, Int64: onnx.Int64, String: onnx.String, Bool: onnx.Bool}[t]
}

// declareOutputs sets the dimensions of the outputs to those of a run, since
// the encoder has no way to leave them out.
func declareOutputs(m onnx.Model, feeds map[string]Tensor) onnx.Model {
	got, err := score(scoring{model: m, feeds: feeds})
	for i := range m.Graph.Outputs {
		o := &m.Graph.Outputs[i]
		if err == nil {
			o.Dims = int64sOf(got[o.Name].Dims)
		}
	}
	return m
}

func integer(name string, v int64) []onnx.Attribute { return []onnx.Attribute{onnx.Int(name, v)} }

func TestElementOperators(t *testing.T) {
	d := newDraw(1)
	var cases []scoring
	all := Tensor{Dims: []int{len(edges), 1}, Floats: edges}
	for _, name := range []string{"Abs", "Ceil", "Elu", "Erf", "Exp", "Floor", "Identity", "LeakyRelu", "Log", "Neg", "Reciprocal", "Relu",
		"Round", "Sigmoid", "Sign", "Softplus", "Sqrt", "Tanh"} {
		for i, x := range []Tensor{all, d.floats(7, 3), d.floats(0, 2), d.floats()} {
			o := op{name: name, in: []Tensor{x}, out: []Type{Float}}
			if i < 3 {
				o.rows = []int{0}
			}
			cases = append(cases, o.scoring(fmt.Sprint(i)))
			if name != "Ceil" || i > 0 {
				o.in, o.out = []Tensor{doubled(x)}, []Type{Double}
				cases = append(cases, o.scoring(fmt.Sprint("double_", i)))
			}
		}
	}
	for _, name := range []string{"IsNaN", "IsInf"} {
		cases = append(cases, op{name: name, in: []Tensor{all}, rows: []int{0}, out: []Type{Bool}}.scoring("all"))
	}
	for _, name := range []string{"Abs", "Neg", "Sign", "Identity"} {
		cases = append(cases, op{name: name, in: []Tensor{d.ints(3, 5)}, rows: []int{0}, out: []Type{Int64}}.scoring("ints"))
	}
	cases = append(cases,
		op{name: "Not", in: []Tensor{d.bools(5)}, out: []Type{Bool}}.scoring("bools"),
		op{name: "LeakyRelu", attributes: []onnx.Attribute{onnx.Real("alpha", -0.3)}, in: []Tensor{all}, out: []Type{Float}}.scoring("alpha"),
		op{name: "Elu", attributes: []onnx.Attribute{onnx.Real("alpha", 2.5)}, in: []Tensor{d.ordinary(9)}, out: []Type{Float}}.scoring("alpha"),
		op{name: "IsInf", attributes: integer("detect_negative", 0), in: []Tensor{all}, out: []Type{Bool}}.scoring("positive"))
	compare(t, cases)
}

// pairsOfDims are operands that can be broadcast, and some that cannot.
var pairsOfDims = [][2][]int{{{4, 3}, {4, 3}}, {{4, 3}, {3}}, {{4, 3}, {1, 3}}, {{4, 3}, {4, 1}}, {{4, 1}, {1, 5}}, {{4, 3}, {}}, {{}, {2, 2}},
	{{2, 1, 4}, {3, 1}}, {{0, 3}, {1, 3}}, {{0, 3}, {0, 1}}, {{4, 3}, {4}}, {{1, 1}, {5, 2}}, {{2, 3, 2, 2}, {3, 1, 2}}}

func TestBroadcasting(t *testing.T) {
	d := newDraw(2)
	var cases []scoring
	each := func(name string, result Type, make func(dims ...int) Tensor) {
		for i, p := range pairsOfDims {
			o := op{name: name, in: []Tensor{make(p[0]...), make(p[1]...)}, out: []Type{result}}
			cases = append(cases, o.scoring(fmt.Sprintf("%v_%v", p[0], p[1])))
			switch {
			case len(p[0]) != 2 || len(p[1]) == 2 && p[1][0] != 1 && p[1][0] != p[0][0]:
				continue
			case len(p[1]) == 2 && p[1][0] == p[0][0]:
				o.rows = []int{0, 1}
			case o.in[1].Bools == nil && i%2 == 0:
				o.rows, o.constant = []int{0}, []int{1}
			default:
				o.rows, o.mixed = []int{0}, true // an input that is not by rows
			}
			cases = append(cases, o.scoring(fmt.Sprintf("rows_%v_%v", p[0], p[1])))
		}
	}
	for _, name := range []string{"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum"} {
		each(name, Float, d.floats)
		each(name, Double, func(dims ...int) Tensor { return doubled(d.floats(dims...)) })
	}
	for _, name := range []string{"Add", "Sub", "Mul", "Max", "Min"} {
		each(name, Int64, func(dims ...int) Tensor { return d.ints(9, dims...) })
	}
	for _, name := range []string{"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"} {
		each(name, Bool, d.floats)
		each(name, Bool, func(dims ...int) Tensor { return doubled(d.floats(dims...)) })
		each(name, Bool, func(dims ...int) Tensor { return d.ints(2, dims...) })
	}
	for _, name := range []string{"And", "Or", "Xor"} {
		each(name, Bool, d.bools)
	}
	compare(t, cases)
}
