package calibrate

import (
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/tree"
)

// export maps a column of scores.
func (m Map) export(b *onnx.Builder, s string) string {
	if m.Knots == nil {
		z := b.Apply("Mul", "scaled_score", s, b.Constant("minus_a", []int64{1}, []float32{-m.A}))
		z = b.Apply("Sub", "shifted_score", z, b.Constant("b", []int64{1}, []float32{m.B}))
		return b.Apply("Sigmoid", "platt", z)
	}
	t := tree.Tree{Width: 2}
	m.grow(&t, 0, 0, len(m.Knots))
	pieces := (&tree.Ensemble{Base: []float32{0, 0}, Trees: []tree.Tree{t}}).Export(b, s)
	slope, offset := column(b, pieces, 0), column(b, pieces, 1)
	p := b.Apply("Add", "isotonic", b.Apply("Mul", "slope", s, slope), offset)
	return b.Apply("Clip", "clipped", p, b.Constant("zero", nil, []float32{0}), b.Constant("one", nil, []float32{1}))
}

// grow makes node at the search for the piece of a score among the knots in
// [low, high).
func (m Map) grow(t *tree.Tree, at, low, high int) {
	if high-low == 1 {
		k := m.Knots[low]
		if at == len(t.Nodes) {
			t.Leaf(k.Slope, k.Offset)
			return
		}
		t.SetLeaf(at, k.Slope, k.Offset)
		return
	}
	mid := (low + high) / 2
	left := t.Split(at, tree.Node{Threshold: m.Knots[mid].X}, nil)
	m.grow(t, left, low, mid)
	m.grow(t, left+1, mid, high)
}
