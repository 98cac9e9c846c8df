package runtime

import (
	"context"
	"fmt"
	"testing"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// grown is an ensemble as boosting leaves it: trees grown leaf by leaf, on
// float32 thresholds between the data.
func grown(trees, leaves, features int) onnx.Model {
	d := newDraw(5)
	var ids [4][]int64 // trees, nodes, true and false children
	var featureIDs, leafTrees, leafIDs, targets []int64
	var modes []string
	var thresholds, weights []float32
	for tree := range int64(trees) {
		first := len(modes)
		add := func() int {
			at := len(modes) - first
			ids[0], ids[1] = append(ids[0], tree), append(ids[1], int64(at))
			ids[2], ids[3] = append(ids[2], 0), append(ids[3], 0)
			modes, featureIDs, thresholds = append(modes, "LEAF"), append(featureIDs, 0), append(thresholds, 0)
			return at
		}
		open := []int{add()}
		for len(open) < leaves {
			k := d.rng.IntN(len(open))
			at := first + open[k]
			modes[at], featureIDs[at], thresholds[at] = "BRANCH_LEQ", int64(d.rng.IntN(features)), float32(d.normal())
			left, right := add(), add()
			ids[2][at], ids[3][at] = int64(left), int64(right)
			open[k] = left
			open = append(open, right)
		}
		for _, leaf := range open {
			leafTrees, leafIDs = append(leafTrees, tree), append(leafIDs, int64(leaf))
			targets, weights = append(targets, 0), append(weights, float32(d.normal()))
		}
	}
	b := &onnx.Builder{}
	b.Graph.Inputs = []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(features)}}}
	b.Node(onnx.Node{Op: "TreeEnsembleRegressor", Domain: onnx.DomainML, Inputs: []string{"x"}, Outputs: []string{"y"}, Attributes: []onnx.Attribute{
		attribute("nodes_treeids", ids[0]), attribute("nodes_nodeids", ids[1]), attribute("nodes_truenodeids", ids[2]), attribute("nodes_falsenodeids", ids[3]),
		attribute("nodes_featureids", featureIDs), attribute("nodes_modes", modes), attribute("nodes_values", thresholds),
		attribute("target_treeids", leafTrees), attribute("target_nodeids", leafIDs), attribute("target_ids", targets), attribute("target_weights", weights),
		onnx.Int("n_targets", 1)}})
	b.Graph.Outputs = []onnx.Value{{Name: "y", Type: onnx.Float, Dims: []int64{onnx.Rows, 1}}}
	return onnx.Model{Graph: b.Graph}
}

// network is a multilayer perceptron.
func network(widths ...int) onnx.Model {
	d := newDraw(7)
	b := &onnx.Builder{}
	b.Graph.Inputs = []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(widths[0])}}}
	h := "x"
	for i, w := range widths[1:] {
		weights := b.Constant("w", []int64{int64(widths[i]), int64(w)}, d.ordinary(widths[i], w).Floats)
		h = b.Apply("Gemm", "h", h, weights, b.Constant("b", []int64{int64(w)}, d.ordinary(w).Floats))
		if i < len(widths)-2 {
			h = b.Apply("Relu", "r", h)
		}
	}
	b.Node(onnx.Node{Op: "Softmax", Inputs: []string{h}, Outputs: []string{"y"}})
	b.Graph.Outputs = []onnx.Value{{Name: "y", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(widths[len(widths)-1])}}}
	return onnx.Model{Graph: b.Graph}
}

func BenchmarkRun(b *testing.B) {
	models := map[string]onnx.Model{"trees_100x31": grown(100, 31, 28), "network_28_64_64_3": network(28, 64, 64, 3), "linear_28": network(28, 3)}
	for _, name := range []string{"trees_100x31", "network_28_64_64_3", "linear_28"} {
		for _, rows := range []int{1, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", name, rows), func(b *testing.B) {
				s, err := Load(models[name].Encode())
				if err != nil {
					b.Fatal(err)
				}
				batch := map[string]Tensor{"x": newDraw(8).ordinary(rows, 28)}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Run(context.Background(), batch); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
	}
}
