package runtime

import (
	"context"
	"math"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/stretchr/testify/require"
)

// graphOf is a graph of nodes on x, [rows, 2], with output y.
func graphOf(nodes ...onnx.Node) onnx.Graph {
	return onnx.Graph{
		Inputs:       []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{onnx.Rows, 2}}},
		Outputs:      []onnx.Value{{Name: "y", Type: onnx.Float, Dims: []int64{onnx.Rows, 2}}},
		Initializers: []onnx.Tensor{{Name: "one", Dims: []int64{1}, Data: []int64{1}}, {Name: "c", Dims: []int64{3}, Data: []float32{1, 2, 3}}},
		Nodes:        nodes,
	}
}

func nodeOf(op, out string, in ...string) onnx.Node {
	return onnx.Node{Op: op, Inputs: in, Outputs: []string{out}}
}

func with(n onnx.Node, attributes ...onnx.Attribute) onnx.Node {
	n.Attributes = attributes
	return n
}

func TestLoadErrors(t *testing.T) {
	cases := map[string]struct {
		graph onnx.Graph
		want  string
	}{
		"operator":         {graphOf(nodeOf("Conv", "y", "x")), "node 0 (Conv): this operator of ai.onnx is not supported"},
		"domain":           {graphOf(onnx.Node{Op: "Relu", Domain: "com.example", Inputs: []string{"x"}, Outputs: []string{"y"}}), "of com.example is not supported"},
		"inputs":           {graphOf(nodeOf("Relu", "y", "x", "x")), "node 0 (Relu): 2 inputs"},
		"outputs":          {graphOf(onnx.Node{Op: "Relu", Inputs: []string{"x"}}), "node 0 (Relu): 0 outputs"},
		"left out":         {graphOf(nodeOf("Relu", "y", "")), "input 0 is left out"},
		"order":            {graphOf(nodeOf("Relu", "y", "z"), nodeOf("Relu", "z", "x")), "node 0 (Relu): value z is not defined before its use"},
		"twice":            {graphOf(nodeOf("Relu", "x", "x")), "value x is defined twice"},
		"no output":        {graphOf(nodeOf("Relu", "z", "x")), "output y is not defined"},
		"type":             {graphOf(nodeOf("IsNaN", "y", "x")), "output y has elements of type bool"},
		"types":            {graphOf(nodeOf("Add", "y", "x", "one")), "elements of types float32 and int64"},
		"wrong type":       {graphOf(nodeOf("And", "y", "x", "x")), "elements of type float32"},
		"attribute":        {graphOf(with(nodeOf("Relu", "y", "x"), onnx.Int("axis", 1))), "attribute axis is not supported"},
		"attribute twice":  {graphOf(with(nodeOf("Softmax", "y", "x"), onnx.Int("axis", 1), onnx.Int("axis", 1))), "attribute axis appears twice"},
		"attribute type":   {graphOf(with(nodeOf("Softmax", "y", "x"), onnx.Text("axis", "1"))), "attribute axis is a string"},
		"dimensions":       {graphOf(nodeOf("Add", "y", "x", "c")), "dimensions [100003 2] and [3] do not fit each other"},
		"constant fails":   {graphOf(nodeOf("Gather", "z", "c", "three"), nodeOf("Add", "y", "x", "z")), "value three is not defined"},
		"axis":             {graphOf(with(nodeOf("Softmax", "y", "x"), onnx.Int("axis", 1)), with(nodeOf("Concat", "z", "x"), onnx.Int("axis", 2))), "axis 2 of 2 dimensions"},
		"cast":             {graphOf(with(nodeOf("Cast", "y", "x"), onnx.Int("to", 10))), "cast from float32 to ONNX type 10 is not supported"},
		"version":          {graphOf(nodeOf("StringSplit", "y", "x")), "node 0 (StringSplit): not an operator of ai.onnx version 13"},
		"label encoder":    {graphOf(onnx.Node{Op: "LabelEncoder", Domain: onnx.DomainML, Inputs: []string{"x"}, Outputs: []string{"y"}}), "keys and values are not given"},
		"folded":           {graphOf(nodeOf("Div", "z", "one", "zero"), nodeOf("Relu", "y", "x")), "node 0 (Div): integer division by zero"},
		"tree cycle":       {graphOf(cyclic(0)), "node 0 is its own descendant"},
		"tree child":       {graphOf(cyclic(7)), "has a child that is not there"},
		"tree features":    {graphOf(with(cyclic(1), append(cyclic(1).Attributes, onnx.Int("n_targets", 1))...)), "attribute n_targets appears twice"},
		"no graph outputs": {onnx.Graph{}, "no outputs"},
		"unnamed":          {onnx.Graph{Inputs: []onnx.Value{{Type: onnx.Float}}}, "a value without a name"},
		"input type":       {onnx.Graph{Inputs: []onnx.Value{{Name: "x", Type: 5}}}, "input x: elements of ONNX type 5 are not supported"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.graph.Initializers = append(c.graph.Initializers, onnx.Tensor{Name: "zero", Dims: []int64{1}, Data: []int64{0}})
			_, err := Load(onnx.Model{Graph: c.graph}.Encode())
			require.ErrorContains(t, err, c.want)
			var e *ModelError
			require.ErrorAs(t, err, &e)
		})
	}
	_, err := Load([]byte("no"))
	var e *onnx.DecodeError
	require.ErrorAs(t, err, &e)
}

// cyclic is a tree of a root with two leaves, whose root has the given false
// child.
func cyclic(no int64) onnx.Node {
	three := []int64{0, 0, 0}
	return onnx.Node{Op: "TreeEnsembleRegressor", Domain: onnx.DomainML, Inputs: []string{"x"}, Outputs: []string{"y"}, Attributes: []onnx.Attribute{
		attribute("nodes_treeids", three), attribute("nodes_nodeids", []int64{0, 1, 2}), attribute("nodes_featureids", three),
		attribute("nodes_modes", []string{"BRANCH_LEQ", "LEAF", "LEAF"}), attribute("nodes_values", []float32{0, 0, 0}),
		attribute("nodes_truenodeids", []int64{1, 0, 0}), attribute("nodes_falsenodeids", []int64{no, 0, 0}), onnx.Int("n_targets", 1)}}
}

func TestVersions(t *testing.T) {
	f := onnx.File{Model: onnx.Model{Graph: graphOf(nodeOf("Relu", "y", "x"))}}
	_, err := compile(f)
	require.ErrorContains(t, err, "the model imports no version of ai.onnx")
	for version, ok := range map[int64]bool{6: false, 7: true, 13: true, lastVersion: true, lastVersion + 1: false} {
		f.Imports = []onnx.Import{{Version: version}}
		_, err := compile(f)
		require.Equal(t, ok, err == nil, "version %d: %v", version, err)
	}
	f.Imports = []onnx.Import{{Version: 13}, {Domain: onnx.DomainML, Version: 9}}
	_, err = compile(f)
	require.ErrorContains(t, err, "ai.onnx.ml version 9")
	f.Imports[1] = onnx.Import{Domain: "com.example", Version: 9}
	_, err = compile(f)
	require.NoError(t, err)
}

func TestRunErrors(t *testing.T) {
	g := graphOf(nodeOf("Relu", "z", "x"), nodeOf("Add", "y", "z", "w"))
	g.Inputs = append(g.Inputs, onnx.Value{Name: "w", Type: onnx.Float, Dims: []int64{onnx.Rows, 1}})
	s, err := Load(onnx.Model{Graph: g}.Encode())
	require.NoError(t, err)
	require.Equal(t, "x: float32[rows, 2]", s.Inputs()[0].String())
	require.Equal(t, "y: float32[rows, 2]", s.Outputs()[0].String())
	two, one := Matrix([]float32{1, -1, 2, 3}, 2, 2), Column([]float32{5, 6})
	cases := map[string]struct {
		batch map[string]Tensor
		want  string
	}{
		"missing":    {map[string]Tensor{"x": two}, `run model: input "w": missing from the batch`},
		"unknown":    {map[string]Tensor{"x": two, "w": one, "z": one, "a": one}, `input "a": not an input of the model`},
		"rows":       {map[string]Tensor{"x": two, "w": Column([]float32{1})}, `input "w": 1 rows, where another input has 2`},
		"type":       {map[string]Tensor{"x": two, "w": Column([]int64{1, 2})}, `input "w": 0 elements of type float32 for dimensions [2 1]`},
		"elements":   {map[string]Tensor{"x": two, "w": {Dims: []int{2, 1}, Floats: []float32{1}}}, "1 elements of type float32"},
		"dimensions": {map[string]Tensor{"x": one, "w": one}, `input "x": dimensions [2 1] in place of [rows, 2]`},
		"rank":       {map[string]Tensor{"x": {Dims: []int{4}, Floats: two.Floats}, "w": one}, "dimensions [4] in place of"},
		"negative":   {map[string]Tensor{"x": {Dims: []int{-2, -2}, Floats: two.Floats}, "w": one}, "dimensions [-2 -2]"},
		"huge":       {map[string]Tensor{"x": {Dims: []int{math.MaxInt, 2}, Floats: two.Floats}, "w": one}, "more than"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.Run(context.Background(), c.batch)
			require.ErrorContains(t, err, c.want)
			var e *InputError
			require.ErrorAs(t, err, &e)
		})
	}
	out, err := s.Run(context.Background(), map[string]Tensor{"x": two, "w": one})
	require.NoError(t, err)
	require.Equal(t, map[string]Tensor{"y": Matrix([]float32{6, 5, 8, 9}, 2, 2)}, out)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Run(ctx, map[string]Tensor{"x": two, "w": one})
	require.ErrorIs(t, err, context.Canceled)
}

// TestErrorsOfValues are found while a block is computed; that of the first
// rows is told.
func TestErrorsOfValues(t *testing.T) {
	g := graphOf(nodeOf("Gather", "y", "table", "i"))
	g.Inputs = []onnx.Value{{Name: "i", Type: onnx.Int64, Dims: []int64{onnx.Rows, 2}}}
	g.Initializers = []onnx.Tensor{{Name: "table", Dims: []int64{3}, Data: []float32{1, 2, 3}}}
	s, err := Load(onnx.Model{Graph: g}.Encode())
	require.NoError(t, err)
	require.True(t, s.ByRow())
	i := Matrix(make([]int64, 20_000), 10_000, 2)
	i.Ints[3000], i.Ints[19_999] = 5, 7
	_, err = s.Run(context.Background(), map[string]Tensor{"i": i})
	var e *RunError
	require.ErrorAs(t, err, &e)
	require.EqualError(t, err, "run model: node 0 (Gather): position 5 of 3 elements")
}

// TestInputsAreKept makes sure that a run neither changes nor keeps tensors of
// the caller, nor gives the same memory twice.
func TestInputsAreKept(t *testing.T) {
	for _, byRow := range []bool{true, false} {
		s, err := Load(onnx.Model{Graph: graphOf(nodeOf("Neg", "y", "x"))}.Encode())
		require.NoError(t, err)
		s.program.byRow = byRow
		x := Matrix([]float32{1, 2}, 1, 2)
		first, err := s.Run(context.Background(), map[string]Tensor{"x": x})
		require.NoError(t, err)
		_, err = s.Run(context.Background(), map[string]Tensor{"x": Matrix([]float32{5, 6, 7, 8}, 2, 2)})
		require.NoError(t, err)
		require.Equal(t, Matrix([]float32{-1, -2}, 1, 2), first["y"])
		require.Equal(t, Matrix([]float32{1, 2}, 1, 2), x)
	}
}

// TestHugeResults are refused before memory is taken.
func TestHugeResults(t *testing.T) {
	g := graphOf(nodeOf("Expand", "big", "x", "dims"), nodeOf("Neg", "y", "big"))
	g.Initializers = append(g.Initializers, onnx.Tensor{Name: "dims", Dims: []int64{4}, Data: []int64{1 << 27, 1 << 27, 1, 2}})
	g.Outputs[0].Dims = []int64{1 << 27, 1 << 27, onnx.Rows, 2}
	s, err := Load(onnx.Model{Graph: g}.Encode())
	require.NoError(t, err)
	_, err = s.Run(context.Background(), map[string]Tensor{"x": Matrix([]float32{1, 2}, 1, 2)})
	require.ErrorContains(t, err, "more than 268435456 elements")
}

// TestSharedNodes compares trees whose nodes have several parents on either
// side, which ONNX Runtime refuses, with a plain walk.
func TestSharedNodes(t *testing.T) {
	d := newDraw(41)
	modes := []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"}
	data := randomForest{draw: d, features: 3}.rows(200)
	for range 20 {
		nodes := make([]treeNode, 40)
		for i := range nodes {
			t := &nodes[i]
			t.id, t.feature, t.value = int64(i), d.rng.IntN(3), values[d.rng.IntN(len(values))]
			if i >= 30 {
				t.mode, t.weights = "LEAF", []weight{{0, float64(i)}}
				continue
			}
			t.mode, t.missingTrue = modes[d.rng.IntN(len(modes))], d.rng.IntN(2) == 0
			t.yes, t.no = &nodes[i+1+d.rng.IntN(39-i)], &nodes[i+1+d.rng.IntN(39-i)]
		}
		want := make([]float64, 200)
		for i := range want {
			want[i] = plainWalk(&nodes[0], data.Floats[3*i:])
		}
		for i := range nodes {
			nodes[i].splitMissing()
		}
		require.NoError(t, acyclic(&nodes[0]))
		f := layoutTrees([]*treeNode{&nodes[0]})
		for from := 0; from < 200; from += f.rows {
			to := min(200, from+f.rows)
			keys, acc := make([]uint32, max(len(f.features), 1)*f.rows), make([]float64, f.rows)
			f.keysOf(keys, data.Floats[from*3:to*3], 3)
			f.total(0, keys, acc, 1)
			require.Equal(t, want[from:to], acc[:to-from])
		}
	}
}

func plainWalk(t *treeNode, x []float32) float64 {
	for !t.leaf() {
		v := x[t.feature]
		yes := map[string]bool{"BRANCH_LEQ": v <= t.value, "BRANCH_LT": v < t.value, "BRANCH_GTE": v >= t.value,
			"BRANCH_GT": v > t.value, "BRANCH_EQ": v == t.value, "BRANCH_NEQ": v != t.value}[t.mode]
		if yes || v != v && t.missingTrue {
			t = t.yes
		} else {
			t = t.no
		}
	}
	return t.weights[0].value
}
