package mixture

import "github.com/modelbuild/modelbuild/train/safetensors"

// Tensors are the weights, [components]; the means, [components, features], in the
// rows' own coordinates; and precisions_cholesky, the roots P of the precisions, for
// which Σ⁻¹ = PPᵀ, by the covariance: [components, features, features] where each
// component has its own, [features, features] for one of all, and
// [components, features] for the diagonals alone.
func (m *Model) Tensors() []safetensors.Tensor {
	means := make([]float64, 0, m.Components*m.Width)
	for k := range m.Components {
		for c, v := range m.Means.Row(k) {
			means = append(means, float64(m.Offset[c])+v)
		}
	}
	out := []safetensors.Tensor{
		safetensors.Of("weights", m.Weights, m.Components),
		safetensors.Of("means", means, m.Components, m.Width),
	}
	const roots = "precisions_cholesky"
	switch m.density.covariance {
	case Full:
		var all []float64
		for _, r := range m.density.roots {
			all = append(all, r.Data...)
		}
		return append(out, safetensors.Of(roots, all, m.Components, m.Width, m.Width))
	case Tied:
		return append(out, safetensors.Of(roots, m.density.roots[0].Data, m.Width, m.Width))
	}
	return append(out, safetensors.Of(roots, m.density.diagonal.Data, m.Components, m.Width))
}
