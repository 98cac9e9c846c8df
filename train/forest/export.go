package forest

import "github.com/modelbuild/modelbuild/train/onnx"

// Export adds the trees, the division by their number, and for two classes the
// probability of the first.
func (m *Model) Export(b *onnx.Builder, in string) string {
	sum := m.Ensemble.Export(b, in)
	if m.Classes > 2 {
		tellApart(b.Graph.Nodes[len(b.Graph.Nodes)-1])
	}
	trees := b.Constant("number", []int64{1}, []float32{float32(len(m.Ensemble.Trees))})
	mean := b.Apply("Div", "mean", sum, trees)
	switch m.Classes {
	case 0:
		return b.Apply("Add", "value", mean, b.Constant("base", []int64{1}, []float32{m.Base}))
	case 2:
		first := b.Apply("Sub", "first", b.Constant("one", []int64{1}, []float32{1}), mean)
		return b.With("Concat", "probabilities", []onnx.Attribute{onnx.Int("axis", 1)}, first, mean)
	}
	return mean
}

// tellApart gives each leaf of a tree ensemble a value of its own, its number,
// where a split has its threshold. By the standard it means nothing, but ONNX
// Runtime (1.30) joins tests for equality in a row that lead to equal leaves,
// and compares leaves by that value and the first of their weights alone.
func tellApart(n onnx.Node) {
	attributes := map[string]any{}
	for _, a := range n.Attributes {
		attributes[a.Name] = a.Value
	}
	ids, values := attributes["nodes_nodeids"].([]int64), attributes["nodes_values"].([]float32)
	for i, mode := range attributes["nodes_modes"].([]string) {
		if mode == "LEAF" {
			values[i] = float32(ids[i])
		}
	}
}
