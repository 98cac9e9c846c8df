package runtime

import (
	"errors"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// buildTreeEnsemble makes the operator TreeEnsemble, which came with version 5 of
// ai.onnx.ml. Thresholds and members of sets have to be float32 in either type.
func buildTreeEnsemble(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double)
	if err != nil {
		return nil, err
	}
	targets := n.int("n_targets", 0)
	if targets < 1 || targets > mostClasses {
		return nil, fmt.Errorf("%d targets", targets)
	}
	a, err := readEnsembleAttributes(n)
	if err != nil {
		return nil, err
	}
	roots, err := a.read(int(targets))
	if err != nil {
		return nil, err
	}
	aggregate, transform := n.int("aggregate_function", 1), n.int("post_transform", 0)
	aggregates, transforms := []string{"AVERAGE", "SUM", "MIN", "MAX"}, []string{"NONE", "SOFTMAX", "LOGISTIC"}
	if aggregate < 0 || aggregate >= int64(len(aggregates)) || transform < 0 || transform >= int64(len(transforms)) {
		return nil, fmt.Errorf("aggregate_function %d, post_transform %d", aggregate, transform)
	}
	e, err := newEnsemble(roots, int(targets), aggregates[aggregate], transforms[transform])
	if err != nil {
		return nil, err
	}
	run := e.run
	if t == Double {
		run = e.runDouble
	}
	return &kernel{types: []Type{t}, shape: e.shape, rows: first, run: run}, e.setBase(nil)
}

// ensembleAttributes are the attributes of TreeEnsemble.
type ensembleAttributes struct {
	roots, features, yes, no, yesLeaf, noLeaf, missing []int64

	modes           []uint8
	splits, members []float64

	targets []int64
	weights []float64
}

func readEnsembleAttributes(n *node) (*ensembleAttributes, error) {
	n.numbersOf("nodes_hitrates") // statistics of the training
	a := &ensembleAttributes{
		roots: n.ints("tree_roots"), features: n.ints("nodes_featureids"), missing: n.ints("nodes_missing_value_tracks_true"),
		yes: n.ints("nodes_truenodeids"), yesLeaf: n.ints("nodes_trueleafs"), no: n.ints("nodes_falsenodeids"), noLeaf: n.ints("nodes_falseleafs"),
		splits: n.numbersOf("nodes_splits"), members: n.numbersOf("membership_values"),
		targets: n.ints("leaf_targetids"), weights: n.numbersOf("leaf_weights"),
	}
	a.modes, _ = attributeOf(n, "nodes_modes", onnx.Tensor{}).Data.([]uint8)
	if n.err != nil {
		return nil, n.err
	}
	k := len(a.modes)
	for _, l := range []int{len(a.features), len(a.yes), len(a.no), len(a.yesLeaf), len(a.noLeaf), len(a.splits)} {
		if l != k {
			return nil, errors.New("the lists that describe nodes are not equally long")
		}
	}
	if a.missing != nil && len(a.missing) != k {
		return nil, errors.New("nodes_missing_value_tracks_true is not as long as the other lists")
	}
	if len(a.targets) != len(a.weights) {
		return nil, errors.New("the lists that describe leaves are not equally long")
	}
	return a, nil
}

// numbersOf are the numbers of an attribute that is a tensor of either type.
func (n *node) numbersOf(name string) []float64 {
	switch v := attributeOf(n, name, onnx.Tensor{}).Data.(type) {
	case nil:
	case []float64:
		return v
	case []float32:
		out := make([]float64, len(v))
		for i, x := range v {
			out[i] = float64(x)
		}
		return out
	default:
		n.fail("attribute %s holds %T", name, v)
	}
	return nil
}

// read returns the roots in the order of the trees.
func (a *ensembleAttributes) read(targets int) ([]*treeNode, error) {
	leaves := make([]treeNode, len(a.weights))
	for i, w := range a.weights {
		if a.targets[i] < 0 || a.targets[i] >= int64(targets) || math.IsNaN(w) {
			return nil, fmt.Errorf("leaf %d: weight %v of target %d of %d", i, w, a.targets[i], targets)
		}
		leaves[i] = treeNode{id: int64(i), mode: "LEAF", weights: []weight{{int(a.targets[i]), w}}}
	}
	nodes := make([]treeNode, len(a.modes))
	child := func(at, leaf int64) *treeNode {
		list := nodes
		if leaf != 0 {
			list = leaves
		}
		if at < 0 || at >= int64(len(list)) {
			return nil
		}
		return &list[at]
	}
	members := a.members
	for i := range nodes {
		t := &nodes[i]
		*t = treeNode{id: int64(i), missingTrue: a.missing != nil && a.missing[i] != 0, yes: child(a.yes[i], a.yesLeaf[i]), no: child(a.no[i], a.noLeaf[i])}
		if t.yes == nil || t.no == nil {
			return nil, fmt.Errorf("node %d has a child that is not there", i)
		}
		if a.features[i] < 0 || a.features[i] > maxElements {
			return nil, fmt.Errorf("node %d: feature %d", i, a.features[i])
		}
		t.feature = int(a.features[i])
		var err error
		if members, err = t.test32(a.modes[i], a.splits[i], members); err != nil {
			return nil, fmt.Errorf("node %d: %w", i, err)
		}
	}
	var roots []*treeNode
	for _, at := range a.roots {
		r := child(at, 0)
		if r == nil {
			return nil, fmt.Errorf("a root %d that is not there", at)
		}
		if err := acyclic(r); err != nil {
			return nil, err
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// test32 sets the test of a node. One for membership takes its set from the members
// and becomes a chain of tests for equality that share the true child.
func (t *treeNode) test32(mode uint8, split float64, members []float64) ([]float64, error) {
	modes := []string{"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"}
	const member = 6
	if mode > member {
		return nil, fmt.Errorf("mode %d", mode)
	}
	if mode < member {
		t.mode, t.value = modes[mode], float32(split)
		t.splitMissing()
		return members, exact32(split)
	}
	var set []float64
	for len(members) > 0 && members[0] == members[0] {
		set, members = append(set, members[0]), members[1:]
	}
	if len(set) == 0 {
		return nil, errors.New("an empty set")
	}
	at, last, missing := t, t.no, t.missingTrue
	t.missingTrue = false
	for i, v := range set {
		if err := exact32(v); err != nil {
			return nil, err
		}
		at.mode, at.value, at.no = "BRANCH_EQ", float32(v), last
		if i < len(set)-1 {
			at.no = &treeNode{id: t.id, feature: t.feature, yes: t.yes}
			at = at.no
		}
	}
	at.missingTrue = missing // it is equal to nothing before
	at.splitMissing()
	return members[min(1, len(members)):], nil
}

// exact32 refuses what no float32 is.
func exact32(v float64) error {
	if float64(float32(v)) != v && v == v {
		return fmt.Errorf("a test for %v, which is no float32, is not supported", v)
	}
	return nil
}
