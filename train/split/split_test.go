package split

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// whole checks that the parts are sorted and hold each row once.
func whole(t *testing.T, p Parts, n int) {
	t.Helper()
	require.True(t, slices.IsSorted(p.Train) && slices.IsSorted(p.Test))
	together := append(slices.Clone(p.Train), p.Test...)
	slices.Sort(together)
	for i, r := range together {
		require.Equal(t, i, r)
	}
	require.Len(t, together, n)
}

func TestRandom(t *testing.T) {
	for _, n := range []int{1, 2, 10, 1001} {
		p := Random(n, 0.2, 42)
		whole(t, p, n)
		require.Len(t, p.Test, (n+4)/5)
	}
	require.Equal(t, Random(100, 0.3, 7), Random(100, 0.3, 7))
	require.NotEqual(t, Random(100, 0.3, 7).Test, Random(100, 0.3, 8).Test)
}

// TestKnownRows pins a split: a change of it changes every model.
func TestKnownRows(t *testing.T) {
	require.Equal(t, []int{2, 8, 10, 17, 19}, Random(20, 0.25, 42).Test)
	require.Equal(t, "14c5e74c4b96ccef41cd94db73a9ec3348038ac094feca4fd897cecffa07cdae", Digest([]int{0, 1, 2}))
}

// TestRandomIsUniform draws many splits and counts how often each row is held
// out; the bound is five standard deviations of a binomial.
func TestRandomIsUniform(t *testing.T) {
	const n, draws, share = 10, 20000, 0.3
	var held [n]int
	for seed := range uint64(draws) {
		for _, r := range Random(n, share, seed).Test {
			held[r]++
		}
	}
	for r, count := range held {
		require.InDelta(t, draws*share, count, 325, "row %d", r)
	}
}

func TestStratified(t *testing.T) {
	cases := []struct {
		name  string
		sizes []int
		share float64
		want  []int // held out of each class
	}{
		{"even", []int{50, 50}, 0.2, []int{10, 10}},
		{"largest remainder", []int{152, 68, 124}, 0.2, []int{30, 14, 25}},
		{"tie goes to the lower class", []int{5, 5}, 0.1, []int{1, 0}},
		{"a class of one stays in training", []int{1, 1, 8}, 0.5, []int{0, 0, 4}},
		{"half of odd classes", []int{3, 3}, 0.5, []int{2, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var class []int
			for k, n := range c.sizes {
				class = append(class, slices.Repeat([]int{k}, n)...)
			}
			p := Stratified(class, len(c.sizes), c.share, 42)
			whole(t, p, len(class))
			got := make([]int, len(c.sizes))
			for _, r := range p.Test {
				got[class[r]]++
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestDigestIgnoresOrder(t *testing.T) {
	require.Equal(t, Digest([]int{1, 2, 30}), Digest([]int{30, 1, 2}))
	require.NotEqual(t, Digest([]int{1, 23}), Digest([]int{12, 3}))
}
