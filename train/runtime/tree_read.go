package runtime

import (
	"errors"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// treeNode is a node of a tree as the model describes it. A leaf has no
// children.
type treeNode struct {
	id          int64
	mode        string
	feature     int
	value       float32
	missingTrue bool // a missing value is sent to the true child
	yes, no     *treeNode
	weights     []weight // of a leaf

	pair  int // its cells; see layoutTrees
	state int // of the search for cycles
}

// branchMissing is the mode of a test for a missing value, which ONNX has not.
const branchMissing = "MISSING"

// weight is what a leaf adds to a target.
type weight struct {
	target int
	value  float64
}

func (t *treeNode) leaf() bool { return t.yes == nil }

// treeAttributes are the attributes that describe the nodes.
type treeAttributes struct {
	trees, nodes, features, yes, no, missing []int64
	modes                                    []string
	values                                   []float32

	weightTrees, weightNodes, weightTargets []int64
	weights                                 []float32
}

// floatsOf are the floats of an attribute, which from version 3 may be a tensor
// under another name.
func (n *node) floatsOf(name string) []float32 {
	if t := attributeOf(n, name+"_as_tensor", onnx.Tensor{}); t.Data != nil {
		values, ok := t.Data.([]float32)
		if !ok {
			n.fail("attribute %s_as_tensor holds %T", name, t.Data)
		}
		return values
	}
	return n.floats(name)
}

func readTreeAttributes(n *node, prefix string) (*treeAttributes, error) {
	n.floatsOf("nodes_hitrates") // statistics of the training
	a := &treeAttributes{
		trees: n.ints("nodes_treeids"), nodes: n.ints("nodes_nodeids"), features: n.ints("nodes_featureids"),
		yes: n.ints("nodes_truenodeids"), no: n.ints("nodes_falsenodeids"), missing: n.ints("nodes_missing_value_tracks_true"),
		modes: n.texts("nodes_modes"), values: n.floatsOf("nodes_values"),
		weightTrees: n.ints(prefix + "_treeids"), weightNodes: n.ints(prefix + "_nodeids"),
		weightTargets: n.ints(prefix + "_ids"), weights: n.floatsOf(prefix + "_weights"),
	}
	if n.err != nil {
		return nil, n.err
	}
	k := len(a.trees)
	for _, l := range []int{len(a.nodes), len(a.features), len(a.yes), len(a.no), len(a.modes), len(a.values)} {
		if l != k {
			return nil, errors.New("the lists that describe nodes are not equally long")
		}
	}
	if a.missing != nil && len(a.missing) != k {
		return nil, errors.New("nodes_missing_value_tracks_true is not as long as the other lists")
	}
	w := len(a.weights)
	if len(a.weightTrees) != w || len(a.weightNodes) != w || len(a.weightTargets) != w {
		return nil, errors.New("the lists that describe weights are not equally long")
	}
	return a, nil
}

// read returns the roots in the order of the trees. A tree's nodes stand
// together, its root first.
func (a *treeAttributes) read(targets int) ([]*treeNode, error) {
	var roots []*treeNode
	found := map[[2]int64]*treeNode{}
	seen := map[int64]bool{}
	all := make([]treeNode, len(a.trees))
	for i, tree := range a.trees {
		t := &all[i]
		*t = treeNode{id: a.nodes[i], mode: a.modes[i], value: a.values[i], missingTrue: a.missing != nil && a.missing[i] != 0}
		if a.features[i] < 0 || a.features[i] > maxElements {
			return nil, fmt.Errorf("tree %d, node %d: feature %d", tree, t.id, a.features[i])
		}
		t.feature = int(a.features[i])
		if found[[2]int64{tree, t.id}] != nil {
			return nil, fmt.Errorf("tree %d, node %d appears twice", tree, t.id)
		}
		found[[2]int64{tree, t.id}] = t
		if i > 0 && a.trees[i-1] == tree {
			continue
		}
		if seen[tree] {
			return nil, fmt.Errorf("the nodes of tree %d do not stand together", tree)
		}
		seen[tree] = true
		roots = append(roots, t)
	}
	if err := a.link(all, found); err != nil {
		return nil, err
	}
	if err := a.weigh(found, targets); err != nil {
		return nil, err
	}
	for _, r := range roots {
		if err := acyclic(r); err != nil {
			return nil, err
		}
	}
	return roots, nil
}

func (a *treeAttributes) link(all []treeNode, found map[[2]int64]*treeNode) error {
	for i := range all {
		t := &all[i]
		switch t.mode {
		case "LEAF":
			continue
		case "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ":
		default:
			return fmt.Errorf("tree %d, node %d: mode %q", a.trees[i], t.id, t.mode)
		}
		t.yes, t.no = found[[2]int64{a.trees[i], a.yes[i]}], found[[2]int64{a.trees[i], a.no[i]}]
		if t.yes == nil || t.no == nil {
			return fmt.Errorf("tree %d, node %d has a child that is not there", a.trees[i], t.id)
		}
		t.splitMissing()
	}
	return nil
}

// splitMissing leaves a node with a test that is one range of keys. Equality or
// a missing value is none: the latter becomes a node of its own.
func (t *treeNode) splitMissing() {
	if t.mode == "BRANCH_EQ" && t.missingTrue {
		t.missingTrue = false
		t.no = &treeNode{id: t.id, mode: branchMissing, feature: t.feature, yes: t.yes, no: t.no}
	}
}

func (a *treeAttributes) weigh(found map[[2]int64]*treeNode, targets int) error {
	for i, w := range a.weights {
		t := found[[2]int64{a.weightTrees[i], a.weightNodes[i]}]
		switch {
		case t == nil || !t.leaf():
			return fmt.Errorf("a weight of tree %d, node %d, which is no leaf", a.weightTrees[i], a.weightNodes[i])
		case a.weightTargets[i] < 0 || a.weightTargets[i] >= int64(targets):
			return fmt.Errorf("a weight of target %d of %d", a.weightTargets[i], targets)
		case math.IsNaN(float64(w)):
			return fmt.Errorf("a weight of tree %d, node %d is NaN", a.weightTrees[i], a.weightNodes[i])
		}
		t.weights = append(t.weights, weight{int(a.weightTargets[i]), float64(w)})
	}
	return nil
}

// States of a node in a search.
const (
	unseen = iota
	open   // its descendants are being searched
	done
)

// acyclic makes sure that every path ends at a leaf. Children may be shared.
func acyclic(root *treeNode) error {
	stack := []*treeNode{root}
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		if t.state != unseen || t.leaf() {
			t.state = done
			stack = stack[:len(stack)-1]
			continue
		}
		t.state = open
		for _, c := range []*treeNode{t.no, t.yes} {
			if c.state == open {
				return fmt.Errorf("node %d is its own descendant", c.id)
			}
			if c.state == unseen {
				stack = append(stack, c)
			}
		}
	}
	return nil
}
