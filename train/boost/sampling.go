package boost

import (
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Streams of random numbers.
const (
	streamValidation = iota + 1
	streamRows
	streamFeatures
)

// holdOut divides the rows in two, of which the second is a share of them, of
// each class where there are classes, drawn at random. Both are in order.
func holdOut(t learn.Target, rows int, share float64, seed uint64) (train, validation []uint32) {
	byClass := make([][]uint32, max(1, t.Classes))
	for i := range rows {
		c := 0
		if t.Classes > 0 {
			c = t.Class[i]
		}
		byClass[c] = append(byClass[c], uint32(i))
	}
	rng := rand.NewPCG(seed, streamValidation)
	for _, members := range byClass {
		fpmath.Shuffle(rng, members)
		n := int(float64(share * float64(len(members))))
		validation = append(validation, members[:n]...)
		train = append(train, members[n:]...)
	}
	slices.Sort(train)
	slices.Sort(validation)
	return train, validation
}

// draw returns each of the rows with the probability share, at least one of
// them, in the memory of into.
func draw(into, rows []uint32, share float64, rng *rand.PCG) []uint32 {
	into = into[:0]
	for _, r := range rows {
		if fpmath.Uniform(rng) < share {
			into = append(into, r)
		}
	}
	if len(into) == 0 {
		into = append(into, rows[rng.Uint64()%uint64(len(rows))])
	}
	return into
}

// drawFeatures returns a share of n features, at least one, by their groups.
func drawFeatures(n int, share float64, rng *rand.PCG) []group {
	all := make([]int, n)
	for f := range all {
		all[f] = f
	}
	if share < 1 {
		fpmath.Shuffle(rng, all)
		all = all[:max(1, int(float64(share*float64(n))+0.5))]
		slices.Sort(all)
	}
	var groups []group
	for _, f := range all {
		if last := len(groups) - 1; last < 0 || groups[last].index != f/tree.Lanes {
			groups = append(groups, group{index: f / tree.Lanes})
		}
		g := &groups[len(groups)-1]
		g.features = append(g.features, f)
	}
	return groups
}
