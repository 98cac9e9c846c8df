package calibrate

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/safetensors"
)

// Tensors are those of the model inside, and of each map: calibration.0.platt,
// [2], A and B of 1/(1+exp(A·s+B)); or calibration.0.isotonic, [pieces, 3], the
// score above which a piece begins, its slope and its offset. With two classes
// there is one map, of the second.
func (m *Model) Tensors() []safetensors.Tensor {
	inner, ok := m.Inner.(interface{ Tensors() []safetensors.Tensor })
	if !ok {
		return nil
	}
	out := inner.Tensors()
	for k, f := range m.Maps {
		if f.Knots == nil {
			out = append(out, safetensors.Of(fmt.Sprintf("calibration.%d.platt", k), []float32{f.A, f.B}, 2))
			continue
		}
		var pieces []float32
		for _, p := range f.Knots {
			pieces = append(pieces, max(p.X, -math.MaxFloat32), p.Slope, p.Offset) // the first begins below every score
		}
		out = append(out, safetensors.Of(fmt.Sprintf("calibration.%d.isotonic", k), pieces, len(f.Knots), 3))
	}
	return out
}
