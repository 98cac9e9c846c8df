package matrix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFinite(t *testing.T) {
	require.True(t, Finite[float64]())
	require.True(t, Finite([]float32{0, -1, math.MaxFloat32}, nil, []float32{1e-45}))
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		require.False(t, Finite([]float64{1}, []float64{2, bad}))
		require.False(t, Finite([]float32{float32(bad)}))
	}
}

func TestWeights(t *testing.T) {
	require.Equal(t, 1.0, Weights(nil).Of(7))
	require.Equal(t, 0.5, Weights{2, 0.5}.Of(1))
}
