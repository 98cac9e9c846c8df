package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/stretchr/testify/require"
)

// graph builds test models on one input x, [rows, width].
type graph struct {
	onnx.Builder
	feeds map[string]Tensor
}

func newGraph(x Tensor) *graph {
	g := &graph{feeds: map[string]Tensor{"x": x}}
	g.input("x", x)
	return g
}

func (g *graph) input(name string, t Tensor) {
	dims := int64sOf(t.Dims)
	dims[0] = onnx.Rows
	g.Graph.Inputs = append(g.Graph.Inputs, onnx.Value{Name: name, Type: elementType(typeOfTensor(t)), Dims: dims})
	g.feeds[name] = t
}

func (g *graph) constant(t Tensor) string {
	if t.Ints != nil {
		return g.Constant("c", int64sOf(t.Dims), t.Ints)
	}
	return g.Constant("c", int64sOf(t.Dims), t.Floats)
}

func (g *graph) scoring(name string, types ...Type) scoring {
	m := onnx.Model{Graph: g.Graph}
	for i, t := range types {
		m.Graph.Outputs = append(m.Graph.Outputs, onnx.Value{Name: fmt.Sprint("y", i), Type: elementType(t)})
	}
	return scoring{name: name, model: declareOutputs(m, g.feeds), feeds: g.feeds, byRow: true}
}

func (g *graph) output(i int, from string) {
	g.Node(onnx.Node{Op: "Identity", Inputs: []string{from}, Outputs: []string{fmt.Sprint("y", i)}})
}

func TestExtents(t *testing.T) {
	d := newDraw(31)
	axis0 := func(g *graph) string { return g.constant(ints(0)) }
	// The number of rows, taken from the shape, gives dimensions.
	rows := func(g *graph, width int64) string {
		n := g.Apply("Gather", "n", g.Apply("Shape", "shape", "x"), axis0(g))
		return g.With("Concat", "dims", integer("axis", 0), n, g.constant(ints(width)))
	}
	expand := newGraph(d.ordinary(7, 3))
	expand.output(0, expand.Apply("Expand", "e", expand.constant(d.ordinary(1, 2)), rows(expand, 2)))
	zeros := newGraph(d.ordinary(7, 3))
	wide := zeros.With("Concat", "w", integer("axis", 1), "x", zeros.Apply("ConstantOfShape", "z", rows(zeros, 4)))
	zeros.output(0, wide)
	reshape := newGraph(d.ordinary(7, 3, 2))
	reshape.output(0, reshape.Apply("Reshape", "r", "x", rows(reshape, 6)))
	width := newGraph(d.ordinary(7, 3)) // a part of the shape that is constant
	n := width.Apply("Gather", "n", width.Apply("Shape", "shape", "x"), width.constant(ints(1)))
	width.output(0, width.Apply("Div", "d", "x", width.With("Cast", "f", integer("to", onnx.Float), n)))
	moved := newGraph(d.ordinary(7, 3)) // a position that depends on the number of rows
	n = moved.Apply("Gather", "n", moved.Apply("Shape", "shape", "x"), axis0(moved))
	moved.output(0, moved.Apply("Add", "d", "x", moved.Apply("Gather", "g", moved.constant(d.ordinary(9)), n)))
	count := newGraph(d.ordinary(7, 3)) // the number of rows as a number
	n = count.Apply("Gather", "n", count.Apply("Shape", "shape", "x"), axis0(count))
	count.output(0, count.Apply("Div", "d", "x", count.With("Cast", "f", integer("to", onnx.Float), n)))
	mean := newGraph(d.ordinary(7, 3))
	mean.output(0, mean.Apply("Sub", "s", "x", mean.With("ReduceMean", "m", []onnx.Attribute{attribute("axes", []int64{0})}, "x")))
	transposed := newGraph(d.ordinary(7, 3)) // rows that move and come back are not followed
	transposed.output(0, transposed.Apply("Transpose", "t", transposed.Apply("Transpose", "t", "x")))
	cases := []scoring{expand.scoring("expand", Float), zeros.scoring("zeros", Float), reshape.scoring("reshape", Float),
		width.scoring("width", Float), count.scoring("count", Float), moved.scoring("moved", Float), mean.scoring("mean", Float), transposed.scoring("transposed", Float)}
	for i := 4; i < len(cases); i++ {
		cases[i].byRow = false
	}
	compare(t, cases)
}

// TestRandomGraphs compares graphs of operators that are continuous, so that
// rounding stays small.
func TestRandomGraphs(t *testing.T) {
	var cases []scoring
	for seed := range uint64(60) {
		d := newDraw(100 + seed)
		g := newGraph(d.ordinary(6, 4))
		values := []string{"x"} // [6, 4]
		pick := func() string { return values[d.rng.IntN(len(values))] }
		for range 12 {
			values = append(values, g.random(d, pick))
		}
		g.output(0, g.Apply("Tanh", "out", values[len(values)-1]))
		g.output(1, g.With("Concat", "all", integer("axis", 1), values...))
		c := g.scoring(fmt.Sprint(seed), Float, Float)
		c.tolerance = 1e-4
		cases = append(cases, c)
	}
	compare(t, cases)
}

// random adds some nodes and returns a new value, [rows, 4].
func (g *graph) random(d draw, pick func() string) string {
	switch d.rng.IntN(10) {
	case 0:
		return g.Apply([]string{"Tanh", "Sigmoid", "Relu", "Abs", "Softplus", "Erf", "Neg"}[d.rng.IntN(7)], "u", pick())
	case 1:
		return g.Apply([]string{"Add", "Sub", "Max", "Min"}[d.rng.IntN(4)], "b", pick(), pick())
	case 2:
		row := [][]int{{1, 4}, {4}, {}, {1, 1}}[d.rng.IntN(4)]
		return g.Apply([]string{"Add", "Mul", "Max"}[d.rng.IntN(3)], "c", pick(), g.constant(d.ordinary(row...)))
	case 3:
		return g.With([]string{"Softmax", "LogSoftmax"}[d.rng.IntN(2)], "s", integer("axis", 1), g.Apply("Tanh", "t", pick()))
	case 4:
		return g.Apply("MatMul", "m", g.Apply("Tanh", "t", pick()), g.constant(d.ordinary(4, 4)))
	case 5:
		a, b := g.Name("a"), g.Name("b")
		g.Node(onnx.Node{Op: "Split", Inputs: []string{pick()}, Outputs: []string{a, b}, Attributes: integer("axis", 1)})
		return g.With("Concat", "swap", integer("axis", -1), b, a)
	case 6:
		name := []string{"ReduceMean", "ReduceMax", "ReduceL2"}[d.rng.IntN(3)]
		return g.Apply("Sub", "r", pick(), g.With(name, "r", []onnx.Attribute{attribute("axes", []int64{1})}, pick()))
	case 7:
		return g.Apply("Gather", "g", g.constant(d.ordinary(9, 4)), g.Apply("Squeeze", "sq", g.labels(d), g.constant(ints(1))))
	case 8:
		cube := g.Apply("Reshape", "cube", pick(), g.constant(ints(-1, 2, 2)))
		cube = g.With("Transpose", "t", []onnx.Attribute{attribute("perm", []int64{0, 2, 1})}, cube)
		return g.Apply("Reshape", "flat", cube, g.constant(ints(0, 4)))
	default:
		return g.Apply("Where", "w", g.Apply("Greater", "gt", "x", g.constant(d.ordinary(1, 4))), pick(), pick())
	}
}

// labels is an input of its own, [rows, 1], of indices below 9.
func (g *graph) labels(d draw) string {
	name := g.Name("labels")
	g.input(name, d.indices(9, 6, 1))
	return name
}

// TestCoresDoNotMatter compares the bits of a larger batch, with all slots used
// by several goroutines.
func TestCoresDoNotMatter(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, m := range map[string]onnx.Model{"trees": grown(20, 15, 28), "network": network(28, 16, 3)} {
		s, err := Load(m.Encode())
		require.NoError(t, err)
		require.True(t, s.ByRow())
		batch := map[string]Tensor{"x": newDraw(32).ordinary(5000, 28)}
		var want map[string]Tensor
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			got, err := s.Run(context.Background(), batch)
			require.NoError(t, err)
			if want == nil {
				want = got
			}
			require.Equal(t, want, got, name)
		}
	}
}

// TestKnownBits pins the bits of a tree ensemble and of a network, which are
// the same on every platform.
func TestKnownBits(t *testing.T) {
	h := sha256.New()
	for _, m := range []onnx.Model{grown(20, 15, 28), network(28, 16, 3)} {
		s, err := Load(m.Encode())
		require.NoError(t, err)
		out, err := s.Run(context.Background(), map[string]Tensor{"x": newDraw(34).ordinary(500, 28)})
		require.NoError(t, err)
		require.NoError(t, binary.Write(h, binary.LittleEndian, out["y"].Floats))
	}
	require.Equal(t, "eebf1c47b636d60d7c42e368073ebf653fbcf5a44dff7273bada924eca33a3c9", hex.EncodeToString(h.Sum(nil)))
}

// TestConcurrentRuns is for the race detector too.
func TestConcurrentRuns(t *testing.T) {
	s, err := Load(network(28, 16, 3).Encode())
	require.NoError(t, err)
	batch := map[string]Tensor{"x": newDraw(33).ordinary(700, 28)}
	want, err := s.Run(context.Background(), batch)
	require.NoError(t, err)
	results := make(chan map[string]Tensor)
	for range 8 {
		go func() {
			got, _ := s.Run(context.Background(), batch)
			results <- got
		}()
	}
	for range 8 {
		require.Equal(t, want, <-results)
	}
}
