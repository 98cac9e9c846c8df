package tree

import (
	"math/bits"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// Export adds the ensemble as one TreeEnsembleRegressor and returns the name
// of its output, [rows, outputs]; in float64 where Double is set, by
// [Ensemble.exportDouble].
//
// A split by category becomes a chain of tests for equality, one for each code
// of its set, whose true branches share the left child.
func (e *Ensemble) Export(b *onnx.Builder, in string) string {
	if e.Double {
		return e.exportDouble(b, in)
	}
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
		e := entry{tree: id, id: int64(i), feature: int64(n.Feature), yes: int64(n.Left), no: int64(n.Right)}
		if n.MissingLeft {
			e.missing = 1
		}
		switch {
		case n.Feature == Leaf:
			x.leaf(e, t)
		case n.Set == Number:
			e.mode, e.value = "BRANCH_LEQ", n.Threshold
			x.node(e)
		default:
			extra = x.chain(e, codes(t.Sets[n.Set]), extra)
		}
	}
}

// entry is a node as the operator has it.
type entry struct {
	tree, id, feature, yes, no, missing int64
	mode                                string
	value                               float32
}

func (x *exporter) node(e entry) {
	x.trees, x.ids = append(x.trees, e.tree), append(x.ids, e.id)
	x.features = append(x.features, e.feature)
	x.modes = append(x.modes, e.mode)
	x.values = append(x.values, e.value)
	x.yes, x.no = append(x.yes, e.yes), append(x.no, e.no)
	x.missing = append(x.missing, e.missing)
}

// chain adds the tests of a split by category and returns the next free id.
func (x *exporter) chain(e entry, codes []int, extra int64) int64 {
	if len(codes) == 0 {
		codes = []int{-1} // equal to no code
	}
	e.mode = "BRANCH_EQ"
	last := e.no
	for i, c := range codes {
		e.value, e.no = float32(c), extra
		if i == len(codes)-1 {
			e.no = last
		} else {
			extra++
		}
		x.node(e)
		e.id = e.no
	}
	return extra
}

// leaf adds a leaf. Where a split has its threshold, a leaf has nothing, by the
// standard; but ONNX Runtime (1.30) joins tests for equality in a row that lead to
// equal leaves, and compares leaves by that value and the first of their weights
// alone, and forgets where the later tests send a missing value. So in a tree with
// such tests each leaf has a value of its own, its number.
func (x *exporter) leaf(e entry, t *Tree) {
	from := int(e.yes)
	n := entry{tree: e.tree, id: e.id, mode: "LEAF"}
	if len(t.Sets) > 0 {
		n.value = float32(e.id)
	}
	x.node(n)
	for j, v := range t.Values[from : from+t.Width] {
		x.leafTrees, x.leafIDs = append(x.leafTrees, e.tree), append(x.leafIDs, e.id)
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
