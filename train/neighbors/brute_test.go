package neighbors

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// TestProductsFindTheSame compares with a sort of all distances, on ties, far
// from the origin, and where distances in float32 are denormal or infinite.
func TestProductsFindTheSame(t *testing.T) {
	for _, c := range []struct {
		rows, width, steps, k int
		scale, offset         float64
	}{
		{1, 2, 5, 1, 1, 0}, {31, 1, 3, 5, 1, 0}, {500, 2, 4, 7, 1, 0}, {700, 3, 1 << 20, 10, 1, 1e5}, {300, 20, 1000, 3, 1, -1e7},
		{400, 5, 1, 9, 1, 0}, {200, 3, 2, 200, 1, 0}, {300, 6, 50, 4, 1e-22, 0}, {300, 6, 1000, 4, 3e-23, 0}, {300, 6, 1000, 4, 2e19, 0},
		{129, 28, 1 << 20, 5, 1, 0},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			move := func(x matrix.Dense) matrix.Dense {
				for i, v := range x.Data {
					x.Data[i] = float64(float32(v*c.scale + c.offset))
				}
				return x
			}
			s := draw(c.rows, c.width, c.steps)
			move(s.Dense)
			m := fit(t, s, Options{Neighbors: c.k})
			b := newBrute(&search{tree: m.tree, found: make([]near, 0, m.Neighbors)})
			queries := float32Rows(move(draw(block-1, c.width, c.steps+1).Dense))
			for range 2 { // nothing is left over from the first time
				b.find(queries)
				for i, q := range queries {
					require.Equal(t, sorted(m, q)[:m.Neighbors], b.near[i])
				}
				queries = queries[:11]
			}
		})
	}
}

// TestPredictChangesOver sees that a block is predicted the same with either
// search, and that data of many dimensions takes the products.
func TestPredictChangesOver(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(2000, 24)}, Target: learn.Target{Classes: 2}}
	for i := range s.Dense.Data {
		s.Dense.Data[i] = float64(float32(rng.NormFloat64()))
	}
	for i := range s.Dense.Rows {
		s.Class = append(s.Class, i%2)
	}
	m := fit(t, s, Options{Neighbors: 4, Distance: true})
	x := s.Dense.Slice(0, 300)
	look := &search{tree: m.tree, found: make([]near, 0, m.Neighbors)}
	look.find(round(x.Row(0)))
	require.True(t, look.inVain(block))
	got := predict(t, m, x)
	for i := range x.Rows {
		require.Equal(t, predict(t, m, x.Slice(i, i+1)).Row(0), got.Row(i), "row %d", i)
	}
}
