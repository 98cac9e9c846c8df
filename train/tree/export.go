package tree

import (
	"math/bits"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// Export adds the ensemble as one TreeEnsembleRegressor and returns the name
// of its output, [rows, outputs].
//
// A split by category becomes a chain of tests for equality, one for each code
// of its set, whose true branches share the left child.
func (e *Ensemble) Export(b *onnx.Builder, in string) string {
	var x exporter
	for i := range e.Trees {
		x.tree(int64(i), &e.Trees[i])
	}
	if len(e.Trees) == 0 { // the operator needs a node
		x.tree(0, &Tree{Nodes: []Node{{Feature: Leaf}}, Values: make([]float32, len(e.Base)), Width: len(e.Base)})
	}
	return b.ML("TreeEnsembleRegressor", "trees", append(x.attributes(),
		onnx.Int("n_targets", int64(len(e.Base))),
		onnx.Attribute{Name: "base_values", Value: e.Base}), in)
}

// exporter collects the attributes, one entry for each node or leaf value.
type exporter struct {
	trees, ids, features, yes, no, missing []int64
	modes                                  []string
	values                                 []float32

	leafTrees, leafIDs, targets []int64
	weights                     []float32
}

func (x *exporter) attributes() []onnx.Attribute {
	return []onnx.Attribute{
		{Name: "nodes_treeids", Value: x.trees},
		{Name: "nodes_nodeids", Value: x.ids},
		{Name: "nodes_featureids", Value: x.features},
		{Name: "nodes_modes", Value: x.modes},
		{Name: "nodes_values", Value: x.values},
		{Name: "nodes_truenodeids", Value: x.yes},
		{Name: "nodes_falsenodeids", Value: x.no},
		{Name: "nodes_missing_value_tracks_true", Value: x.missing},
		{Name: "target_treeids", Value: x.leafTrees},
		{Name: "target_nodeids", Value: x.leafIDs},
		{Name: "target_ids", Value: x.targets},
		{Name: "target_weights", Value: x.weights},
	}
}

// tree adds a tree. The extra nodes of chains are numbered behind its own.
func (x *exporter) tree(id int64, t *Tree) {
	extra := int64(len(t.Nodes))
	for i, n := range t.Nodes {
		switch {
		case n.Feature == Leaf:
			x.leaf(id, int64(i), t)
		case n.Set == Number:
			x.node(id, int64(i), "BRANCH_LEQ", n, n.Threshold, int64(n.Right))
		default:
			extra = x.chain(id, int64(i), n, codes(t.Sets[n.Set]), extra)
		}
	}
}

// chain adds the tests of a split by category and returns the next free id.
func (x *exporter) chain(tree, id int64, n Node, codes []int, extra int64) int64 {
	if len(codes) == 0 {
		codes = []int{-1} // equal to no code
	}
	for i, c := range codes {
		no := extra
		if i == len(codes)-1 {
			no = int64(n.Right)
		} else {
			extra++
		}
		x.node(tree, id, "BRANCH_EQ", n, float32(c), no)
		id = no
	}
	return extra
}

func (x *exporter) node(tree, id int64, mode string, n Node, value float32, no int64) {
	x.trees, x.ids = append(x.trees, tree), append(x.ids, id)
	x.features = append(x.features, int64(max(n.Feature, 0)))
	x.modes = append(x.modes, mode)
	x.values = append(x.values, value)
	yes := int64(n.Left)
	if mode == "LEAF" {
		yes = 0
	}
	x.yes, x.no = append(x.yes, yes), append(x.no, no)
	missing := int64(0)
	if n.MissingLeft {
		missing = 1
	}
	x.missing = append(x.missing, missing)
}

func (x *exporter) leaf(tree, id int64, t *Tree) {
	n := t.Nodes[id]
	x.node(tree, id, "LEAF", n, 0, 0)
	for j, v := range t.Values[n.Left : int(n.Left)+t.Width] {
		x.leafTrees, x.leafIDs = append(x.leafTrees, tree), append(x.leafIDs, id)
		x.targets = append(x.targets, int64(t.Target+j))
		x.weights = append(x.weights, v)
	}
}

// codes lists the members of a set.
func codes(set []uint64) []int {
	var out []int
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			out = append(out, i*64+bits.TrailingZeros64(w))
		}
	}
	return out
}
