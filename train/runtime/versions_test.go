package runtime

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// atVersion is a case whose file asks for an older version of ai.onnx than the encoder writes.
func atVersion(t *testing.T, version byte, o op, label string) scoring {
	c := o.scoring(label)
	whole, asked := c.model.Encode(), []byte{0x42, 2, 0x10, onnx.Opset}
	require.Equal(t, 1, bytes.Count(whole, asked))
	c.file = bytes.Replace(whole, asked, []byte{0x42, 2, 0x10, version}, 1)
	s, err := Load(c.file)
	require.NoError(t, err, o.name)
	got, err := s.Run(t.Context(), c.feeds)
	require.NoError(t, err)
	for i := range c.model.Graph.Outputs { // now that they are known
		v := &c.model.Graph.Outputs[i]
		v.Dims = int64sOf(got[v.Name].Dims)
	}
	c.file = bytes.Replace(c.model.Encode(), asked, []byte{0x42, 2, 0x10, version}, 1)
	return c
}

// TestFormerVersions compares operators whose inputs were attributes.
func TestFormerVersions(t *testing.T) {
	d := newDraw(71)
	x, flat := d.ordinary(5, 6), d.ordinary(5, 1, 6)
	rows := []int{0}
	axis := onnx.Int("axis", 1)
	of := func(name string, x Tensor, out []Type, attributes ...onnx.Attribute) op {
		return op{name: name, attributes: attributes, in: []Tensor{x}, rows: rows, out: out}
	}
	one := []Type{Float}
	cases := []scoring{
		atVersion(t, 9, of("Slice", x, one, attribute("starts", []int64{-4}), attribute("ends", []int64{99}), attribute("axes", []int64{1})), "9"),
		atVersion(t, 9, of("TopK", x, []Type{Float, Int64}, onnx.Int("k", 2), axis), "9"),
		atVersion(t, 9, of("Clip", x, one, onnx.Real("min", -0.5), onnx.Real("max", 0.25)), "9"),
		atVersion(t, 10, of("Clip", doubled(x), []Type{Double}, onnx.Real("max", 0.25)), "double"),
		atVersion(t, 9, of("Clip", x, one), "none"),
		atVersion(t, 12, of("Squeeze", flat, one, attribute("axes", []int64{1})), "12"),
		atVersion(t, 11, of("Unsqueeze", x, one, attribute("axes", []int64{1, 3})), "11"),
		atVersion(t, 12, of("Split", x, []Type{Float, Float}, axis, attribute("split", []int64{2, 4})), "12"),
		atVersion(t, 11, of("Split", x, []Type{Float, Float}, axis), "equal"),
		atVersion(t, 11, of("ReduceSum", x, one, attribute("axes", []int64{1})), "11"),
		atVersion(t, 9, of("Softmax", x, one), "default"),
		atVersion(t, 12, of("LogSoftmax", flat, one, onnx.Int("axis", 2)), "last"),
		atVersion(t, 7, of("ArgMax", x, []Type{Int64}, axis), "7"),
	}
	compare(t, cases)
	_, err := Load(bytes.Replace(of("Softmax", flat, one).scoring("").model.Encode(), []byte{0x42, 2, 0x10, 13}, []byte{0x42, 2, 0x10, 12}, 1))
	require.ErrorContains(t, err, "axis 1 of 3 dimensions is not supported before version 13")
	_, err = Load(bytes.Replace(of("Softmax", flat, one).scoring("").model.Encode(), []byte{0x42, 2, 0x10, 13}, []byte{0x42, 2, 0x10, 6}, 1))
	require.ErrorContains(t, err, "version 6; versions 7 to 25")
}
