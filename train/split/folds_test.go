package split

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTime(t *testing.T) {
	p := Time([]float64{5, 1, 4, 2, 3}, 0.4)
	require.Equal(t, Parts{Train: []int{1, 3, 4}, Test: []int{0, 2}}, p)
	p = Time([]float64{1, 2, 2, 2, 3}, 0.4)
	require.Equal(t, Parts{Train: []int{0}, Test: []int{1, 2, 3, 4}}, p, "one moment is on one side")
	require.Empty(t, Time([]float64{7, 7, 7}, 0.3).Train)
}

func TestGroup(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for seed := range uint64(50) {
		group := make([]int, 400)
		for i := range group {
			group[i] = rng.IntN(30)
		}
		p := Group(group, 30, 0.25, seed)
		whole(t, p, len(group))
		require.InDelta(t, 100, len(p.Test), 15)
		in := map[int]bool{}
		for _, r := range p.Train {
			in[group[r]] = true
		}
		for _, r := range p.Test {
			require.False(t, in[group[r]])
		}
	}
	require.NotEmpty(t, Group([]int{0, 0, 1, 1, 1}, 2, 0.9, 1).Train, "one group is left")
	require.Empty(t, Group([]int{0, 0}, 1, 0.5, 1).Test)
}

func TestHash(t *testing.T) {
	var keys []string
	for i := range 5000 {
		keys = append(keys, fmt.Sprint("key", i%2500))
	}
	p := Hash(keys, 0.2, 42)
	whole(t, p, len(keys))
	require.InDelta(t, 1000, len(p.Test), 100)
	more := Hash(append([]string{"another"}, keys...), 0.2, 42)
	for _, r := range p.Test {
		require.Contains(t, more.Test, r+1)
		require.Contains(t, p.Test, (r+2500)%5000, "the same key")
	}
	require.NotEqual(t, p.Test, Hash(keys, 0.2, 43).Test)
	require.Equal(t, uint64(0xb224365e6444ee3a), Position("a", 42), "sha256 of 42, a line feed and a")
}

func TestFolds(t *testing.T) {
	class, group, moment, key := make([]int, 103), make([]int, 103), make([]float64, 103), make([]string, 103)
	for i := range class {
		class[i], group[i], moment[i], key[i] = i%10/7, i*i%17, float64(i*7%50), fmt.Sprint(i)
	}
	for name, f := range map[string]Folds{
		"random": RandomFolds(103, 5, 42), "stratified": StratifiedFolds(class, 2, 5, 42), "group": GroupFolds(group, 17, 5, 42),
		"time": TimeFolds(moment, 5), "hash": HashFolds(key, 5, 42),
	} {
		t.Run(name, func(t *testing.T) {
			held := 0
			for fold := range f.K {
				p := f.Parts(fold)
				held += len(p.Test)
				if name != "time" {
					whole(t, p, 103)
				}
				require.InDelta(t, 103/5, len(p.Test), map[string]float64{"time": 6, "hash": 15, "group": 8}[name]+4)
				for _, r := range p.Test {
					for _, o := range p.Train {
						require.False(t, name == "group" && group[r] == group[o])
						require.False(t, name == "time" && moment[r] <= moment[o])
					}
				}
				if name == "stratified" {
					counts := []int{0, 0}
					for _, r := range p.Test {
						counts[class[r]]++
					}
					require.InDelta(t, 6, counts[1], 1)
				}
			}
			require.True(t, held == 103 || name == "time" && held < 103)
		})
	}
	require.NotEqual(t, RandomFolds(103, 5, 42).Of, RandomFolds(103, 5, 43).Of)
	require.Equal(t, []int{0, 1, 0, 1, 2, 2, 0, 0, 2, 1}, RandomFolds(10, 3, 7).Of, "a change of it changes every model")
}
