// Package split decides which rows are held out, of a split and of the folds of
// a cross-validation. It computes with integers only, so a seed means the same
// rows on every platform.
package split

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
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

// Time holds out the given share of the rows, rounded up: those whose moment is
// latest. Rows of one moment are on one side, so there may be a few more.
func Time(moment []float64, share float64) Parts {
	order := byMoment(moment)
	held := Held(len(order), share)
	if held == 0 {
		return Parts{Train: sorted(order)}
	}
	at := len(order) - held
	for at > 0 && moment[order[at-1]] == moment[order[at]] {
		at--
	}
	return Parts{Train: sorted(order[:at:at]), Test: sorted(order[at:])}
}

// byMoment orders rows from early to late.
func byMoment(moment []float64) []int {
	order := make([]int, len(moment))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(moment[a], moment[b]) })
	return order
}

// Group holds out whole groups, in random order, as many as bring the held-out
// rows nearest to the given share. The group of row i is group[i], from 0 to
// k-1. At least one group stays in the training part.
func Group(group []int, k int, share float64, seed uint64) Parts {
	size := make([]int, k)
	for _, g := range group {
		size[g]++
	}
	want, have := Held(len(group), share), 0
	held := make([]bool, k)
	perm := permutation(k, source(seed))
	for _, g := range perm[:max(0, k-1)] {
		if have >= want || have > 0 && have+size[g]-want > want-have {
			break
		}
		held[g] = true
		have += size[g]
	}
	return where(len(group), func(i int) bool { return held[group[i]] })
}

// Hash holds out the rows whose key falls into the given share of all keys,
// so that a key stays where it is whatever rows are added: see [Position].
func Hash(key []string, share float64, seed uint64) Parts {
	limit := uint64(math.Ldexp(share, 64))
	return where(len(key), func(i int) bool { return Position(key[i], seed) < limit })
}

// Position is where a key lies among all keys: the first eight bytes of the
// sha256 of the seed, decimal, a line feed and the key, as a number.
func Position(key string, seed uint64) uint64 {
	sum := sha256.Sum256(append(strconv.AppendUint(nil, seed, 10), "\n"+key...))
	return binary.BigEndian.Uint64(sum[:])
}

// where splits rows by whether each is held out.
func where(n int, held func(i int) bool) Parts {
	var p Parts
	for i := range n {
		if held(i) {
			p.Test = append(p.Test, i)
		} else {
			p.Train = append(p.Train, i)
		}
	}
	return p
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

func source(seed uint64) *rand.PCG { return newSource(seed, stream) }

func newSource(seed, stream uint64) *rand.PCG { return rand.NewPCG(seed, stream) }

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
