package runtime

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// numbersAs is a tensor attribute of float32 or float64.
func numbersAs(name string, double bool, values ...float64) onnx.Attribute {
	t := onnx.Tensor{Name: name, Dims: []int64{int64(len(values))}, Data: values}
	if !double {
		singles := make([]float32, len(values))
		for i, v := range values {
			singles[i] = float32(v)
		}
		t.Data = singles
	}
	return onnx.Attribute{Name: name, Value: t}
}

// twoTrees are two trees of two targets: the first begins with a test of some mode.
func twoTrees(mode uint8, double bool, missing, aggregate int64) []onnx.Attribute {
	all := []onnx.Attribute{
		onnx.Int("n_targets", 2), onnx.Int("aggregate_function", aggregate), onnx.Int("post_transform", 0),
		attribute("tree_roots", []int64{0, 2}),
		attribute("nodes_featureids", []int64{0, 1, 1}),
		attribute("nodes_modes", onnx.Tensor{Name: "nodes_modes", Dims: []int64{3}, Data: []uint8{mode, 0, 3}}),
		numbersAs("nodes_splits", double, 1, 0.25, -2),
		attribute("nodes_missing_value_tracks_true", []int64{missing, 1 - missing, missing}),
		attribute("nodes_truenodeids", []int64{0, 1, 3}), attribute("nodes_trueleafs", []int64{1, 1, 1}),
		attribute("nodes_falsenodeids", []int64{1, 2, 4}), attribute("nodes_falseleafs", []int64{0, 1, 1}),
		attribute("leaf_targetids", []int64{0, 1, 0, 1, 0}),
		numbersAs("leaf_weights", double, 1, 2, -0.5, 8, 16),
	}
	if mode == 6 {
		all = append(all, numbersAs("membership_values", double, -1, 1, 40, math.NaN()))
	}
	return all
}

// ensembleRows have each of the thresholds, what is on both sides, and NaN.
func ensembleRows(double bool) Tensor {
	values := []float64{-3, -2, -1, 0.25, 0.5, 1, 2, 40, 41, math.NaN()}
	var cells []float64
	for _, a := range values {
		for _, b := range values {
			cells = append(cells, a, b)
		}
	}
	if double {
		return Matrix(cells, len(cells)/2, 2)
	}
	singles := make([]float32, len(cells))
	for i, v := range cells {
		singles[i] = float32(v)
	}
	return Matrix(singles, len(cells)/2, 2)
}

func TestTreeEnsemble(t *testing.T) {
	var cases []scoring
	for _, double := range []bool{false, true} {
		kind := Float
		if double {
			kind = Double
		}
		for mode := range uint8(7) {
			for missing := range int64(2) {
				name := fmt.Sprintf("%v_%d_%d", kind, mode, missing)
				cases = append(cases, versionOf(ml("TreeEnsemble", ensembleRows(double), kind, twoTrees(mode, double, missing, 1)...).scoring(name)))
			}
		}
		for aggregate := range int64(4) {
			name := fmt.Sprintf("%v_aggregate_%d", kind, aggregate)
			cases = append(cases, versionOf(ml("TreeEnsemble", ensembleRows(double), kind, twoTrees(0, double, 0, aggregate)...).scoring(name)))
		}
	}
	compare(t, cases)
}

// versionOf is a case with the version of ai.onnx.ml that has TreeEnsemble.
func versionOf(s scoring) scoring {
	s.model.Graph.OpsetML = onnx.OpsetTreeEnsemble
	return s
}

// TestTreeEnsembleRefuses: what is not supported, or leads nowhere.
func TestTreeEnsembleRefuses(t *testing.T) {
	set := func(all []onnx.Attribute, name string, v any) []onnx.Attribute {
		for i := range all {
			if all[i].Name == name {
				all[i].Value = v
			}
		}
		return all
	}
	base := func() []onnx.Attribute { return twoTrees(0, true, 0, 1) }
	for want, attributes := range map[string][]onnx.Attribute{
		"which is no float32":       set(base(), "nodes_splits", numbersAs("nodes_splits", true, 0.1, 0, 0).Value),
		"child that is not there":   set(base(), "nodes_truenodeids", []int64{9, 1, 3}),
		"its own descendant":        set(base(), "nodes_falsenodeids", []int64{0, 2, 4}),
		"root 7":                    set(base(), "tree_roots", []int64{7}),
		"target 5 of 2":             set(base(), "leaf_targetids", []int64{5, 1, 0, 1, 0}),
		"not equally long":          set(base(), "nodes_featureids", []int64{0}),
		"leaves are not":            set(base(), "leaf_targetids", []int64{0}),
		"feature -1":                set(base(), "nodes_featureids", []int64{-1, 1, 1}),
		"mode 7":                    set(base(), "nodes_modes", onnx.Tensor{Dims: []int64{3}, Data: []uint8{7, 0, 3}}),
		"an empty set":              set(base(), "nodes_modes", onnx.Tensor{Dims: []int64{3}, Data: []uint8{6, 0, 3}}),
		"aggregate_function 9":      set(base(), "aggregate_function", int64(9)),
		"1048576 targets":           set(base(), "n_targets", int64(1<<20)),
		"0 targets":                 set(base(), "n_targets", int64(0)),
		"is not as long as":         set(base(), "nodes_missing_value_tracks_true", []int64{1}),
		"attribute leaf_weights is": set(base(), "leaf_weights", []int64{1}),
	} {
		_, err := score(versionOf(ml("TreeEnsemble", ensembleRows(true), Double, attributes...).scoring("refused")))
		require.ErrorContains(t, err, want)
	}
	c := versionOf(ml("TreeEnsemble", Matrix([]float64{0.1, 1}, 1, 2), Double, base()...).scoring("between"))
	_, err := score(c)
	require.ErrorContains(t, err, "a feature of 0.1")
	c.model.Graph.OpsetML = 0
	_, err = score(c)
	require.ErrorContains(t, err, "not an operator of ai.onnx.ml version")
}
