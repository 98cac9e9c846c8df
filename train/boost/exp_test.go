package boost

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExp(t *testing.T) {
	var x []float64
	for v := -699.9; v < 700; v += 0.0137 {
		x = append(x, v)
	}
	got := append([]float64{0, math.Inf(1), expLimit, math.Inf(-1), -expLimit, math.NaN()}, x...)
	exp(got)
	require.Equal(t, 1.0, got[0])
	require.Equal(t, got[2], got[1])
	require.Equal(t, got[4], got[3])
	require.True(t, math.IsNaN(got[5]))
	for i, v := range x {
		require.InEpsilon(t, math.Exp(v), got[6+i], 1e-9, "%v", v)
	}
}

func BenchmarkExp(b *testing.B) {
	x := make([]float64, 256)
	for b.Loop() {
		for i := range x {
			x[i] = float64(i&63) - 32
		}
		exp(x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/exp")
}
