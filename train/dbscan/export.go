package dbscan

import "github.com/modelbuild/modelbuild/train/onnx"

// double is TensorProto's element type of that name: small differences of
// large squares decide what is within the radius.
const double = 11

// Export adds the same in double precision. A batch needs memory for the
// distance of each of its rows to each core point.
func (m *Model) Export(b *onnx.Builder, in string) string {
	e := exporter{b}
	width, cores := int64(m.Width), int64(m.Start[m.Clusters])
	noise := b.Apply("MatMul", "noise", in, b.Constant("zero", []int64{width, 1}, make([]float32, m.Width)))
	if m.Clusters == 0 {
		return noise
	}
	offset := e.cast(b.Constant("mean", []int64{1, width}, m.Offset), double)
	across := []onnx.Attribute{{Name: "perm", Value: []int64{1, 0}}}
	x := b.Apply("Sub", "moved", e.cast(in, double), offset)
	core := b.Apply("Sub", "core", e.cast(b.Constant("core", []int64{cores, width}, m.Core), double), offset)
	twice := b.Apply("Mul", "twice", b.With("Transpose", "across", across, core), e.number("factor", -2))
	norms := b.With("Transpose", "norms", across, b.Reduce("ReduceSumSquare", "norms", core))
	least := m.least(b, b.Apply("Gemm", "products", x, twice, norms))
	distance := b.Apply("Add", "distance", least, b.Reduce("ReduceSumSquare", "norm", x))
	scaled := b.Apply("Mul", "scaled", distance, e.number("scale", -1/float64(m.Eps*m.Eps)))
	score := e.cast(b.Apply("Add", "score", scaled, e.number("one", 1+slack)), onnx.Float)
	return b.With("Concat", "scores", []onnx.Attribute{onnx.Int("axis", 1)}, score, noise)
}

// least adds the minimum over each cluster's core points.
func (m *Model) least(b *onnx.Builder, products string) string {
	parts := []string{products}
	if m.Clusters > 1 {
		parts = nil
		var sizes []int64
		for k := range m.Clusters {
			parts = append(parts, b.Name("cluster"))
			sizes = append(sizes, int64(m.Start[k+1]-m.Start[k]))
		}
		b.Node(onnx.Node{Op: "Split", Inputs: []string{products, b.Constant("sizes", []int64{int64(m.Clusters)}, sizes)},
			Outputs: parts, Attributes: []onnx.Attribute{onnx.Int("axis", 1)}})
	}
	least := make([]string, len(parts))
	for k, part := range parts {
		least[k] = b.Reduce("ReduceMin", "least", part)
	}
	if len(least) == 1 {
		return least[0]
	}
	return b.With("Concat", "least", []onnx.Attribute{onnx.Int("axis", 1)}, least...)
}

type exporter struct{ *onnx.Builder }

func (e exporter) cast(in string, to int64) string {
	return e.With("Cast", "cast", []onnx.Attribute{onnx.Int("to", to)}, in)
}

// number is a double, as the sum of two of float32: 48 bits.
func (e exporter) number(name string, v float64) string {
	high := float32(v)
	low := float32(v - float64(high))
	return e.Apply("Add", name, e.cast(e.Constant("high", []int64{1}, []float32{high}), double),
		e.cast(e.Constant("low", []int64{1}, []float32{low}), double))
}
