package parallel

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRangesCoverEverythingOnce(t *testing.T) {
	for _, n := range []int{0, 1, 5, 255, 256, 257, 10_000} {
		for _, ranges := range [][]Range{Shards(n, 256, 16), Shards(n, 1, 7), Blocks(n, 256)} {
			at := 0
			for _, r := range ranges {
				require.Equal(t, at, r.From)
				at = r.To
			}
			require.Equal(t, n, at)
		}
	}
	require.Len(t, Shards(10_000, 256, 16), 16)
	require.Len(t, Shards(513, 256, 16), 2)
	require.Equal(t, 3, Range{4, 7}.Len())
}

func TestDo(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 4} {
		runtime.GOMAXPROCS(procs)
		out := make([]int, 1000)
		require.NoError(t, Do(context.Background(), len(out), func(i int) { out[i] += i }))
		for i, v := range out {
			require.Equal(t, i, v)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(t, Do(ctx, 1000, func(int) { t.Error("called after the end") }), context.Canceled)
	}
}
