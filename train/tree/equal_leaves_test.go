package tree

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// categories draws features of few categories, some of them missing.
func categories(rng *rand.Rand, rows, width int) matrix.Columns {
	x := matrix.Columns{Rows: rows, Features: make([]matrix.Feature, width)}
	for j := range x.Features {
		x.Features[j].Categories = 6
		for range rows {
			x.Features[j].Codes = append(x.Features[j].Codes, int32(rng.IntN(7)-1))
		}
	}
	return x
}

// TestEqualLeaves: trees of pure leaves have the same values in many of them, and
// split by the same category in a row. ONNX Runtime joins tests for equality that
// lead to what it takes for the same leaf.
func TestEqualLeaves(t *testing.T) {
	for _, outputs := range []int{1, 3} {
		rng := rand.New(rand.NewPCG(7, uint64(outputs)))
		x := categories(rng, 400, 2)
		e := &Ensemble{Base: make([]float32, outputs)}
		for range 80 {
			one := grown(rng, x, 12, outputs, 0)
			for i := range one.Values {
				one.Values[i] = float32(rng.IntN(2))
			}
			e.Trees = append(e.Trees, one)
		}
		want, err := e.Predict(t.Context(), x)
		require.NoError(t, err)
		got, _ := onnxtest.Score(t, e, dense(x), outputs)
		for i := range x.Rows {
			require.Equal(t, want.Row(i), got[i], "row %d", i)
		}
		e.Double = true
		got, _ = onnxtest.ScoreDouble(t, e, dense(x), outputs)
		for i := range x.Rows {
			require.Equal(t, want.Row(i), got[i], "in float64, row %d", i)
		}
	}
}
