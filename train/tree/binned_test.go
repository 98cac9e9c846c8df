package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/matrix"
)

func numbers(values ...float32) matrix.Columns {
	return matrix.Columns{Rows: len(values), Features: []matrix.Feature{{Values: values}}}
}

func TestKeysKeepOrder(t *testing.T) {
	inf := float32(math.Inf(1))
	ordered := []float32{-inf, -math.MaxFloat32, -2, -1e-45, 0, 1e-45, 1, 1.0000001, math.MaxFloat32, inf}
	for i, v := range ordered {
		require.Equal(t, v, unkey(key(v)))
		if i > 0 {
			require.Less(t, key(ordered[i-1]), key(v))
			m := between(ordered[i-1], v)
			require.True(t, ordered[i-1] <= m && m < v, "%v %v %v", ordered[i-1], m, v)
		}
	}
	require.Equal(t, key(0), key(float32(math.Copysign(0, -1))))
}

func TestSortKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 2, 1000} {
		keys := make([]uint32, n)
		for i := range keys {
			keys[i] = rng.Uint32() >> rng.IntN(32)
		}
		want := slices.Clone(keys)
		slices.Sort(want)
		sortKeys(keys)
		require.Equal(t, want, keys)
	}
}

func TestFindIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for name, scale := range map[string]float64{"tiny": 1e-40, "unit": 1, "huge": 1e30} {
		for _, n := range []int{0, 1, 2, 30, 254} {
			cuts := make([]float32, n)
			for i := range cuts {
				cuts[i] = float32(rng.NormFloat64() * scale)
			}
			slices.Sort(cuts)
			cuts = slices.Compact(cuts)
			f := newFinder(cuts, 1<<rng.IntN(20))
			for _, v := range append(slices.Clone(cuts), float32(scale), -float32(scale), 0, math.MaxFloat32, float32(math.Inf(-1))) {
				for _, v := range []float32{v, math.Nextafter32(v, 2*v), math.Nextafter32(v, -2*v)} {
					want := 0
					for want < len(cuts) && v > cuts[want] {
						want++
					}
					require.Equal(t, uint8(want), f.find(key(v)), "%s %d: %v", name, n, v)
				}
			}
		}
	}
}

func TestBinsFewValues(t *testing.T) {
	nan := float32(math.NaN())
	b, err := Bin(context.Background(), numbers(3, nan, 1, 1, 2, 3), BinOptions{})
	require.NoError(t, err)
	require.Equal(t, []float32{1.5, 2.5}, b.Features[0].Cuts)
	require.Equal(t, 3, b.Features[0].Bins)
	var bins []uint8
	for i := range 6 {
		bins = append(bins, b.Lane(0).At(uint32(i)))
	}
	require.Equal(t, []uint8{2, 3, 0, 0, 1, 2}, bins)
}

func TestBinsQuantiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	values := make([]float32, 100_000)
	for i := range values {
		values[i] = float32(rng.ExpFloat64())
		if i%4 == 0 {
			values[i] = 0.5 // fills many bins
		}
	}
	b, err := Bin(context.Background(), numbers(values...), BinOptions{Bins: 64, Sample: 50_000})
	require.NoError(t, err)
	count := make([]int, 65)
	for i := range values {
		count[b.Lane(0).At(uint32(i))]++
	}
	require.Greater(t, b.Features[0].Bins, 55)
	require.LessOrEqual(t, b.Features[0].Bins, 64)
	heavy := 0
	for bin, n := range count[:b.Features[0].Bins] {
		if n > 4000 {
			heavy++
			require.Less(t, n, 27_000, "bin %d", bin)
		} else {
			require.InDelta(t, 1200, n, 700, "bin %d", bin)
		}
	}
	require.Equal(t, 1, heavy)
}

func TestBinsEdges(t *testing.T) {
	nan := float32(math.NaN())
	for name, values := range map[string][]float32{"none": {}, "one": {4}, "constant": {2, 2, 2}, "all missing": {nan, nan}} {
		t.Run(name, func(t *testing.T) {
			b, err := Bin(context.Background(), numbers(values...), BinOptions{})
			require.NoError(t, err)
			require.Equal(t, 1, b.Features[0].Bins)
			require.Empty(t, b.Features[0].Cuts)
		})
	}
	b, err := Bin(context.Background(), matrix.Columns{Rows: 2, Features: []matrix.Feature{{Codes: []int32{-1, -1}, Categories: 3}}}, BinOptions{})
	require.NoError(t, err)
	require.Zero(t, b.Features[0].Bins)
	require.Zero(t, b.Lane(0).At(1))
}

func TestBinsCategories(t *testing.T) {
	x := matrix.Columns{Rows: 7, Features: []matrix.Feature{{Codes: []int32{70, 70, 2, 2, 5, -1, 1}, Categories: 80}}}
	b, err := Bin(context.Background(), x, BinOptions{Bins: 3})
	require.NoError(t, err)
	require.Equal(t, []int32{2, 70, 1}, b.Features[0].Codes)
	var bins []uint8
	for i := range 7 {
		bins = append(bins, b.Lane(0).At(uint32(i)))
	}
	require.Equal(t, []uint8{1, 1, 0, 0, 3, 3, 2}, bins)
	n, set := b.Features[0].Category(4, []uint8{1, 2})
	require.Equal(t, int32(4), n.Feature)
	require.Equal(t, []uint64{2, 1 << 6}, set)
}

// TestSidesFollowNodes checks that rows go the same way by bin as by value.
func TestSidesFollowNodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	x := sample(rng, 3000, 3)
	b, err := Bin(context.Background(), x, BinOptions{Bins: 40})
	require.NoError(t, err)
	rows := dense(x)
	for f := range x.Features {
		for range 20 {
			var tr Tree
			var side *Side
			if b.Features[f].Categorical() {
				left := []uint8{uint8(rng.IntN(b.Features[f].Bins))}
				n, set := b.Features[f].Category(f, left)
				tr.Split(0, n, set)
				side = CategorySide(left)
			} else {
				bin, missing := rng.IntN(b.Features[f].Bins-1), rng.IntN(2) == 0
				tr.Split(0, b.Features[f].Number(f, bin, missing), nil)
				side = b.Features[f].NumberSide(bin, missing)
			}
			for i := range x.Rows {
				v := float32(rows.Row(i)[f])
				require.Equal(t, tr.left(&tr.Nodes[0], v), side[b.Lane(f).At(uint32(i))] == 1, "%v", v)
			}
		}
	}
}

func TestHistograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 11))
	for _, width := range []int{1, 4, 5, 8, 11} {
		x := sample(rng, 2000, width)
		b, err := Bin(context.Background(), x, BinOptions{})
		require.NoError(t, err)
		var rows, others []uint32
		sums, all := []int64(nil), make([]int64, x.Rows)
		for i := range all {
			all[i] = rng.Int64N(1000) - 500
			if rng.IntN(3) == 0 {
				rows, sums = append(rows, uint32(i)), append(sums, all[i])
			} else {
				others = append(others, uint32(i))
			}
		}
		part, whole := b.NewHistogram(), b.NewHistogram()
		for g := range b.Groups() {
			b.Add(part, g, rows, sums)
			b.AddRange(whole, g, 0, all[:300])
			b.AddRange(whole, g, 300, all[300:])
		}
		whole.Add(part)
		whole.Subtract(part)
		whole.Subtract(part)
		for f := range width {
			var direct, rest [256]int64
			b.Lane(f).Add(&direct, rows, sums)
			for _, r := range others {
				rest[b.Lane(f).At(r)] += all[r]
			}
			require.Equal(t, direct, part[f])
			require.Equal(t, rest, whole[f])
		}
	}
}

func TestPartition(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 13))
	x := sample(rng, 1000, 1)
	b, err := Bin(context.Background(), x, BinOptions{})
	require.NoError(t, err)
	rows, scratch := make([]uint32, x.Rows), make([]uint32, x.Rows)
	for i := range rows {
		rows[i] = uint32(i)
	}
	side := b.Features[0].NumberSide(b.Features[0].Bins/2, true)
	left := b.Lane(0).Partition(rows, scratch, side)
	require.True(t, slices.IsSorted(rows[:left]) && slices.IsSorted(rows[left:]))
	for i, r := range rows {
		require.Equal(t, i < left, side[b.Lane(0).At(r)] == 1)
	}
}

func TestThreadsDoNotChangeBins(t *testing.T) {
	x := sample(rand.New(rand.NewPCG(14, 15)), 5000, 10)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first *Binned
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		b, err := Bin(context.Background(), x, BinOptions{})
		require.NoError(t, err)
		if first == nil {
			first = b
		}
		require.Equal(t, first, b)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Bin(ctx, numbers(1, 2), BinOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = (&Ensemble{Base: []float32{1}}).Predict(ctx, numbers(1, 2))
	require.ErrorIs(t, err, context.Canceled)
}
