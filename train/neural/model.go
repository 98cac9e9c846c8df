package neural

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/safetensors"
)

// Model is a trained network in float32, the precision that is exported.
type Model struct {
	Activation string // of the hidden layers
	Classes    int    // zero for regression
	layers     []Layer
}

// Layer maps x to x·Weights + Bias.
type Layer struct {
	In, Out int
	Weights []float32 // row-major, In by Out
	Bias    []float32
}

var _ learn.Model = (*Model)(nil)

// newModel takes the scale of the values into the last layer.
func newModel(n *network, t targets) *Model {
	m := &Model{Activation: n.activation, Classes: n.classes}
	for i, l := range n.layers {
		scale, shift := 1.0, 0.0
		if i == len(n.layers)-1 {
			scale, shift = t.scale, t.mean
		}
		out := Layer{In: l.in, Out: l.out, Weights: make([]float32, l.in*l.out), Bias: make([]float32, l.out)}
		for j, w := range l.weights(n.params).Data {
			out.Weights[j] = float32(float64(scale * w))
		}
		for j, b := range l.bias(n.params) {
			out.Bias[j] = float32(float64(scale*b) + shift)
		}
		m.layers = append(m.layers, out)
	}
	return m
}

// Layers lists the layers from the inputs on.
func (m *Model) Layers() []Layer { return m.layers }

// network is the model in float64.
func (m *Model) network() *network {
	var hidden []int
	for _, l := range m.layers[:len(m.layers)-1] {
		hidden = append(hidden, l.Out)
	}
	n := newNetwork(m.layers[0].In, hidden, m.layers[len(m.layers)-1].Out)
	n.activation, n.classes = m.Activation, m.Classes
	for i, l := range n.layers {
		w, b := l.weights(n.params).Data, l.bias(n.params)
		for j, v := range m.layers[i].Weights {
			w[j] = float64(v)
		}
		for j, v := range m.layers[i].Bias {
			b[j] = float64(v)
		}
	}
	n.pack(false)
	return n
}

// Predict returns the probability of each class, or the value.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	n := m.network()
	x, out := in.Dense, matrix.NewDense(in.Dense.Rows, m.layers[len(m.layers)-1].Out)
	blocks := parallel.Blocks(x.Rows, 2*shardRows)
	return out, parallel.Do(ctx, len(blocks), func(b int) {
		p := newPass(n, blocks[b].Len())
		copy(p.values[0].Data, x.Slice(blocks[b].From, blocks[b].To).Data)
		result := p.forward(blocks[b].Len(), dropout{})
		if m.Classes > 0 {
			for r := range result.Rows {
				fpmath.Softmax(result.Row(r))
			}
		}
		copy(out.Slice(blocks[b].From, blocks[b].To).Data, result.Data)
	})
}

// Export adds a product and an activation for each layer.
func (m *Model) Export(b *onnx.Builder, in string) string {
	operator := map[string]string{ReLU: "Relu", Tanh: "Tanh", Logistic: "Sigmoid"}[m.Activation]
	for i, l := range m.layers {
		in = b.Apply("Gemm", "layer", in, b.Constant("weights", []int64{int64(l.In), int64(l.Out)}, l.Weights),
			b.Constant("bias", []int64{int64(l.Out)}, l.Bias))
		if i < len(m.layers)-1 {
			in = b.Apply(operator, "activation", in)
		}
	}
	if m.Classes == 0 {
		return in
	}
	return b.With("Softmax", "probabilities", []onnx.Attribute{onnx.Int("axis", 1)}, in)
}

// Tensors are the weight, [outputs, inputs], and the bias, [outputs], of each
// layer, as in layers.0.weight.
func (m *Model) Tensors() []safetensors.Tensor {
	var out []safetensors.Tensor
	for i, l := range m.layers {
		transposed := make([]float32, 0, len(l.Weights))
		for k := range l.Out {
			for j := range l.In {
				transposed = append(transposed, l.Weights[j*l.Out+k])
			}
		}
		name := fmt.Sprintf("layers.%d.", i)
		out = append(out, safetensors.Of(name+"weight", transposed, l.Out, l.In), safetensors.Of(name+"bias", l.Bias, l.Out))
	}
	return out
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	for _, l := range m.layers {
		if !matrix.Finite(l.Weights, l.Bias) {
			return false
		}
	}
	return true
}
