// Package parallel runs the pieces of a computation on every core without
// letting the number of cores decide its result: the pieces depend on the size
// of the problem alone, each writes to its own place, and whoever combines
// them does so in a fixed order.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Range is the half-open interval [From, To).
type Range struct{ From, To int }

// Len is the number of items in the range.
func (r Range) Len() int { return r.To - r.From }

// Shards cuts n items into at most limit ranges of nearly equal length, each
// of at least least items unless there are fewer altogether. Both limits are
// part of what decides a model's bits where partial sums are kept by shard.
func Shards(n, least, limit int) []Range {
	k := min(limit, max(1, n/max(1, least)))
	out := make([]Range, k)
	for i := range out {
		out[i] = Range{i * n / k, (i + 1) * n / k}
	}
	return out
}

// Blocks cuts n items into ranges of the given size; the last may be shorter.
func Blocks(n, size int) []Range {
	out := make([]Range, 0, (n+size-1)/size)
	for from := 0; from < n; from += size {
		out = append(out, Range{from, min(n, from+size)})
	}
	return out
}

// Do calls f for 0 to n-1, on as many goroutines as GOMAXPROCS allows. It
// returns the context's error, after which some calls may not have been made.
func Do(ctx context.Context, n int, f func(i int)) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := 0; i < n && ctx.Err() == nil; i++ {
			f(i)
		}
		return ctx.Err()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
