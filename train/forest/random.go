package forest

import (
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// generator draws for one tree.
type generator struct{ *rand.PCG }

// treeGenerator is that of a tree.
func treeGenerator(seed uint64, number int) generator {
	return generator{rand.NewPCG(seed, uint64(number))}
}

// below draws from 0 to n-1.
func (g generator) below(n int) int { return fpmath.Below(g.PCG, n) }

// bootstrap counts how often each of n rows is drawn in the given number of
// draws with replacement.
func (g generator) bootstrap(n, draws int) []uint32 {
	count := make([]uint32, n)
	for range draws {
		count[g.below(n)]++
	}
	return count
}

// subset counts one for each of k rows drawn from n without replacement
// (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
func (g generator) subset(n, k int) []uint32 {
	count := make([]uint32, n)
	for i := range count {
		if g.below(n-i) < k {
			count[i] = 1
			k--
		}
	}
	return count
}

// next moves a random one of perm[i:] to position i and returns it.
func (g generator) next(perm []int32, i int) int32 {
	j := i + g.below(len(perm)-i)
	perm[i], perm[j] = perm[j], perm[i]
	return perm[i]
}
