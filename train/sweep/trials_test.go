package sweep_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

func trials(t *testing.T, s job.Space) []job.Params {
	t.Helper()
	out, err := sweep.Trials(s)
	require.NoError(t, err)
	return out
}

func texts(s job.Space, trials []job.Params) []string {
	var out []string
	for _, p := range trials {
		out = append(out, sweep.Text(s.Names(), p))
	}
	return out
}

func TestGrid(t *testing.T) {
	s := job.Space{Kind: job.SweepGrid, Params: []job.SpaceParam{
		{Name: "a", List: []any{"y", "x"}}, {Name: "b", List: []any{10, 2}}, {Name: "c", List: []any{true}}}}
	require.Equal(t, []string{"a=y, b=10, c=true", "a=y, b=2, c=true", "a=x, b=10, c=true", "a=x, b=2, c=true"}, texts(s, trials(t, s)))
	require.InDelta(t, 4, sweep.Size(s), 0)
	require.Equal(t, sweep.Text([]string{"a"}, job.Params{"a": 1e-6}), sweep.Text([]string{"a"}, job.Params{"a": json.Number("0.000001")}))

	many := make([]any, 300)
	for i := range many {
		many[i] = i
	}
	_, err := sweep.Trials(job.Space{Kind: job.SweepGrid, Params: []job.SpaceParam{{Name: "a", List: many}}})
	require.ErrorContains(t, err, "300 combinations")
}

// TestDraws are known answers: other bits would be other trials of every sweep there is.
func TestDraws(t *testing.T) {
	s := job.Space{Kind: job.SweepRandom, Trials: 4, Seed: 7, Params: []job.SpaceParam{
		{Name: "l2", Range: &job.SpaceSpan{Min: 0.001, Max: 10, Log: true}},
		{Name: "share", Range: &job.SpaceSpan{Min: 0.5, Max: 1}},
		{Name: "trees", Range: &job.SpaceSpan{Min: 10, Max: 500, Log: true, Whole: true}},
		{Name: "weight", List: []any{"none", "balanced"}},
	}}
	require.Equal(t, []string{
		"l2=0.26684521945977174, share=0.7280911421768164, trees=264, weight=none",
		"l2=0.7199470709666547, share=0.9663864372400208, trees=30, weight=balanced",
		"l2=4.994192813964958, share=0.7714954797257445, trees=12, weight=balanced",
		"l2=0.003597905947989727, share=0.9690948026726356, trees=77, weight=none",
	}, texts(s, trials(t, s)))
	s.Trials = 200
	more := trials(t, s)
	s.Trials = 4
	require.Equal(t, trials(t, s), more[:4], "more trials begin with the same ones")
	below := 0
	for _, p := range more {
		l2, share, trees := p["l2"].(float64), p["share"].(float64), p["trees"].(float64)
		require.True(t, l2 >= 0.001 && l2 <= 10 && share >= 0.5 && share <= 1 && trees >= 10 && trees <= 500 && trees == math.Trunc(trees), "%v", p)
		if l2 < 0.1 {
			below++
		}
	}
	require.InDelta(t, 100, below, 25, "half of the logarithms")
	s.Seed = 8
	require.NotEqual(t, more[:4], trials(t, s))
}

// TestEveryValueOnce: draws are without replacement, both ends of a range are drawn, and
// as often as what lies between.
func TestEveryValueOnce(t *testing.T) {
	for _, log := range []bool{false, true} {
		s := job.Space{Kind: job.SweepRandom, Trials: 40, Params: []job.SpaceParam{
			{Name: "n", Range: &job.SpaceSpan{Min: 1, Max: 20, Log: log, Whole: true}}, {Name: "w", List: []any{"a", "b"}}}}
		seen := map[string]bool{}
		for _, text := range texts(s, trials(t, s)) {
			require.False(t, seen[text], text)
			seen[text] = true
		}
		require.Len(t, seen, 40)
		s.Trials = 41
		_, err := sweep.Trials(s)
		require.ErrorIs(t, err, sweep.ErrExhausted)
	}
	s := job.Space{Kind: job.SweepRandom, Trials: 1, Params: []job.SpaceParam{{Name: "n", Range: &job.SpaceSpan{Min: 1, Max: 4, Whole: true}}}}
	counts := map[any]int{}
	for seed := range uint64(4000) {
		s.Seed = seed
		counts[trials(t, s)[0]["n"]]++
	}
	for n := 1.0; n <= 4; n++ {
		require.InDelta(t, 1000, counts[n], 120, "%v", n)
	}
}
