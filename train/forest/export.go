package forest

import "github.com/modelbuild/modelbuild/train/onnx"

// Export adds the trees, the division by their number, and for two classes the
// probability of the first.
func (m *Model) Export(b *onnx.Builder, in string) string {
	sum := m.Ensemble.Export(b, in)
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
