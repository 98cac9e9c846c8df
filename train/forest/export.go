package forest

import "github.com/modelbuild/modelbuild/train/onnx"

// Export adds the trees, the division by their number, and for two classes the
// probability of the first.
func (m *Model) Export(b *onnx.Builder, in string) string {
	sum := m.Ensemble.Export(b, in)
	double, one := m.Ensemble.Double, []int64{1}
	trees := b.Number("number", one, float64(len(m.Ensemble.Trees)), double)
	mean := b.Apply("Div", "mean", sum, trees)
	switch m.Classes {
	case 0:
		return b.Apply("Add", "value", mean, b.Number("base", one, float64(m.Base), double))
	case 2:
		first := b.Apply("Sub", "first", b.Number("one", one, 1, double), mean)
		return b.With("Concat", "probabilities", []onnx.Attribute{onnx.Int("axis", 1)}, first, mean)
	}
	return mean
}
