package tree

import (
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// Modes of a node of TreeEnsemble.
const (
	modeLEQ    = 0
	modeMember = 6
)

// exportDouble adds the ensemble as one TreeEnsemble of ai.onnx.ml 5, which adds
// the values in float64, and the base. A leaf of that operator has one value, so
// that a tree of several outputs becomes one for each, less the splits that lead
// to nothing but the same value.
func (e *Ensemble) exportDouble(b *onnx.Builder, in string) string {
	b.Graph.OpsetML = onnx.OpsetTreeEnsemble
	var x doubleExporter
	for i := range e.Trees {
		t := &e.Trees[i]
		for j := range t.Width {
			x.tree(t, j)
		}
	}
	if len(e.Trees) == 0 { // the operator needs a node
		x.tree(&Tree{Nodes: []Node{{Feature: Leaf}}, Values: []float32{0}, Width: 1}, 0)
	}
	input := b.With("Cast", "double", []onnx.Attribute{onnx.Int("to", onnx.Double)}, in)
	sum := b.ML("TreeEnsemble", "trees", append(x.attributes(), onnx.Int("n_targets", int64(len(e.Base)))), input)
	base, none := make([]float64, len(e.Base)), true
	for j, v := range e.Base {
		base[j] = float64(v)
		none = none && v == 0
	}
	if none {
		return sum
	}
	return b.Apply("Add", "based", sum, b.Constant("base", []int64{1, int64(len(base))}, base))
}

// doubleExporter collects the attributes: an entry for each split, and one for each
// leaf.
type doubleExporter struct {
	roots, features, yes, no, yesLeaf, noLeaf, missing []int64

	modes   []uint8
	splits  []float64
	members []float64 // of each split by category, NaN after them

	targets []int64
	weights []float64
}

func (x *doubleExporter) attributes() []onnx.Attribute {
	tensor := func(name string, n int, data any) onnx.Attribute {
		return onnx.Attribute{Name: name, Value: onnx.Tensor{Name: name, Dims: []int64{int64(n)}, Data: data}}
	}
	all := []onnx.Attribute{
		onnx.Int("aggregate_function", 1), // sum
		{Name: "leaf_targetids", Value: x.targets},
		tensor("leaf_weights", len(x.weights), x.weights),
	}
	if len(x.members) > 0 {
		all = append(all, tensor("membership_values", len(x.members), x.members))
	}
	return append(all,
		onnx.Attribute{Name: "nodes_falseleafs", Value: x.noLeaf},
		onnx.Attribute{Name: "nodes_falsenodeids", Value: x.no},
		onnx.Attribute{Name: "nodes_featureids", Value: x.features},
		onnx.Attribute{Name: "nodes_missing_value_tracks_true", Value: x.missing},
		tensor("nodes_modes", len(x.modes), x.modes),
		tensor("nodes_splits", len(x.splits), x.splits),
		onnx.Attribute{Name: "nodes_trueleafs", Value: x.yesLeaf},
		onnx.Attribute{Name: "nodes_truenodeids", Value: x.yes},
		onnx.Int("post_transform", 0),
		onnx.Attribute{Name: "tree_roots", Value: x.roots},
	)
}

// tree adds what a tree has for output j.
func (x *doubleExporter) tree(t *Tree, j int) {
	same := t.sameBelow(j)
	x.roots = append(x.roots, int64(len(x.modes)))
	type place struct {
		node int32
		at   int // of its split
	}
	add := func(i int32) int {
		n, at := t.Nodes[i], len(x.modes)
		split := onnxSplit{feature: int64(max(n.Feature, 0)), missing: n.MissingLeft, threshold: float64(n.Threshold)}
		if n.Feature != Leaf && n.Set != Number {
			split.set = append([]int{}, codes(t.Sets[n.Set])...)
		}
		x.split(split)
		return at
	}
	queue := []place{{0, add(0)}}
	for ; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		n := t.Nodes[p.node]
		for side, child := range []int32{n.Left, n.Right} {
			if n.Feature == Leaf { // a tree that is one leaf: a split that decides nothing
				child = p.node
			}
			to, isLeaf := int64(len(x.modes)), int64(0)
			if v := same[child]; v == v {
				to, isLeaf = x.leaf(t.Target+j, v), 1
			} else {
				queue = append(queue, place{child, add(child)})
			}
			if side == 0 {
				x.yes[p.at], x.yesLeaf[p.at] = to, isLeaf
			} else {
				x.no[p.at], x.noLeaf[p.at] = to, isLeaf
			}
		}
	}
}

// sameBelow is the value that every leaf below a node has for output j, NaN where
// they differ. Children come after their parents. The root is a split in any case.
func (t *Tree) sameBelow(j int) []float64 {
	out := make([]float64, len(t.Nodes))
	for i, n := range slices.Backward(t.Nodes) {
		switch {
		case n.Feature == Leaf:
			out[i] = float64(t.Values[int(n.Left)+j])
		case out[n.Left] == out[n.Right]:
			out[i] = out[n.Left]
		default:
			out[i] = math.NaN()
		}
	}
	return out
}

// onnxSplit is a split as the operator has it.
type onnxSplit struct {
	feature   int64
	missing   bool
	threshold float64
	set       []int // nil for a threshold
}

func (x *doubleExporter) split(s onnxSplit) {
	x.features = append(x.features, s.feature)
	missing := int64(0)
	if s.missing {
		missing = 1
	}
	x.missing = append(x.missing, missing)
	x.yes, x.no = append(x.yes, 0), append(x.no, 0)
	x.yesLeaf, x.noLeaf = append(x.yesLeaf, 0), append(x.noLeaf, 0)
	if s.set == nil {
		x.modes, x.splits = append(x.modes, modeLEQ), append(x.splits, s.threshold)
		return
	}
	// No code is -1. A set that has it is not taken apart by ONNX Runtime (1.30), which
	// would join tests that lead to equal leaves and forget where the later ones send a
	// missing value; nor is a set empty then.
	x.members = append(x.members, -1)
	x.modes, x.splits = append(x.modes, modeMember), append(x.splits, 0)
	for _, c := range s.set {
		x.members = append(x.members, float64(c))
	}
	x.members = append(x.members, math.NaN())
}

// leaf adds a leaf and returns its index.
func (x *doubleExporter) leaf(target int, value float64) int64 {
	x.targets, x.weights = append(x.targets, int64(target)), append(x.weights, value)
	return int64(len(x.targets) - 1)
}
