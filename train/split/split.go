// Package split decides which rows are held out. It uses integers only, so a
// seed means the same rows on every platform.
package split

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
)

// Parts holds row numbers, from 0, in increasing order.
type Parts struct {
	Train, Test []int
}

// stream separates the permutation of rows from other uses of a seed.
const stream = 0x6d6f64656c73706c // "modelspl"

// Random holds out the given share of n rows, rounded up.
func Random(n int, share float64, seed uint64) Parts {
	perm := permutation(n, source(seed))
	held := Held(n, share)
	return Parts{Train: sorted(perm[held:]), Test: sorted(perm[:held])}
}

// Stratified holds out the given share of all rows, rounded up, spread over
// the classes in proportion by largest remainder; ties go to the lower class.
// The class of row i is class[i], from 0 to k-1. At least one row of each
// class stays in the training part.
func Stratified(class []int, k int, share float64, seed uint64) Parts {
	rows := make([][]int, k)
	for i, c := range class {
		rows[c] = append(rows[c], i)
	}
	quota := quotas(rows, len(class), Held(len(class), share))
	rng := source(seed)
	var p Parts
	for c, members := range rows {
		perm := permutation(len(members), rng)
		for i, at := range perm {
			if i < quota[c] {
				p.Test = append(p.Test, members[at])
			} else {
				p.Train = append(p.Train, members[at])
			}
		}
	}
	return Parts{Train: sorted(p.Train), Test: sorted(p.Test)}
}

// Held is how many of n rows a share holds out: the product rounded up.
func Held(n int, share float64) int {
	return min(n, int(math.Ceil(float64(float64(n)*share))))
}

// Digest is the hex sha256 over the row numbers, counted from 1, in increasing
// order and decimal, each followed by a line feed.
func Digest(rows []int) string {
	h := sha256.New()
	var line []byte
	for _, r := range sorted(slices.Clone(rows)) {
		line = append(strconv.AppendInt(line[:0], int64(r)+1, 10), '\n')
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func quotas(rows [][]int, n, held int) []int {
	quota := make([]int, len(rows))
	remainder := make([]uint64, len(rows))
	order := make([]int, len(rows))
	left := held
	for c, members := range rows {
		hi, lo := bits.Mul64(uint64(len(members)), uint64(held))
		q, r := bits.Div64(hi, lo, uint64(n))
		quota[c], remainder[c], order[c] = int(q), r, c
		left -= int(q)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder[b], remainder[a]) })
	for _, c := range order[:left] {
		quota[c]++
	}
	for c, members := range rows {
		quota[c] = max(0, min(quota[c], len(members)-1))
	}
	return quota
}

func source(seed uint64) *rand.PCG { return rand.NewPCG(seed, stream) }

// permutation is Fisher and Yates's shuffle of 0 … n-1.
func permutation(n int, rng *rand.PCG) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := below(uint64(i)+1, rng)
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// below is uniform on 0 … n-1: draws past the largest multiple of n are thrown
// away.
func below(n uint64, rng *rand.PCG) uint64 {
	limit := math.MaxUint64 - math.MaxUint64%n
	for {
		if v := rng.Uint64(); v < limit {
			return v % n
		}
	}
}

func sorted(rows []int) []int {
	slices.Sort(rows)
	return rows
}
