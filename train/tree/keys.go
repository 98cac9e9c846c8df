package tree

import "math"

// key maps a number to an integer of the same order; both zeros have one key.
func key(v float32) uint32 {
	b := math.Float32bits(v + 0) // -0 + 0 is +0
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// unkey is the inverse of key.
func unkey(k uint32) float32 {
	return math.Float32frombits(k ^ (^uint32(int32(k)>>31) | 1<<31))
}

// sortKeys sorts by three passes of 11 bits each.
func sortKeys(keys []uint32) {
	const radix, passes = 11, 3
	var count [passes][1 << radix]int
	for _, k := range keys {
		for p := range passes {
			count[p][k>>(p*radix)&(1<<radix-1)]++
		}
	}
	from, to := keys, make([]uint32, len(keys))
	for p := range passes {
		next := &count[p]
		at := 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		for _, k := range from {
			d := k >> (p * radix) & (1<<radix - 1)
			to[next[d]] = k
			next[d]++
		}
		from, to = to, from
	}
	copy(keys, from)
}

// finder returns the bin of a key: a table by the key's leading bits narrows
// the search to the cuts that share them.
type finder struct {
	cuts  []uint32 // ascending keys
	first uint32   // the first cut
	shift int
	start []uint8 // by (key-first)>>shift: the bin of the smallest such key; one more at the end
}

// newFinder makes a finder for about rows look-ups.
func newFinder(cuts []float32, rows int) finder {
	f := finder{cuts: make([]uint32, len(cuts))}
	for i, c := range cuts {
		f.cuts[i] = key(c)
	}
	if len(cuts) == 0 {
		return f
	}
	f.first = f.cuts[0]
	span := f.cuts[len(cuts)-1] - f.first
	size := uint32(min(1<<16, max(256, rows/8)))
	for span>>f.shift >= size {
		f.shift++
	}
	f.start = make([]uint8, span>>f.shift+2)
	bin := 0
	for i := range f.start {
		for bin < len(cuts) && uint64(f.cuts[bin]-f.first) < uint64(i)<<f.shift {
			bin++
		}
		f.start[i] = uint8(bin)
	}
	return f
}

// find returns the number of cuts that are less than k.
func (f *finder) find(k uint32) uint8 {
	if len(f.cuts) == 0 || k <= f.first {
		return 0
	}
	at := int((k - f.first) >> f.shift)
	if at+1 >= len(f.start) {
		return uint8(len(f.cuts))
	}
	low, high := f.start[at], f.start[at+1]
	for low < high {
		if mid := low + (high-low)/2; k > f.cuts[mid] {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
