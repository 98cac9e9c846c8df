package neural

import (
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// targets are what the rows are to teach: classes, or values scaled to zero
// mean and unit variance.
type targets struct {
	class       []int
	value       []float64
	weight      matrix.Weights
	mean, scale float64 // of the values
}

func newTargets(t learn.Target) targets {
	out := targets{weight: t.Weight, scale: 1}
	if t.Classes > 0 {
		out.class = t.Class
		return out
	}
	total := 0.0
	for i, v := range t.Value {
		w := out.weight.Of(i)
		out.mean += float64(w * v)
		total += w
	}
	out.mean /= total
	square := 0.0
	for i, v := range t.Value {
		d := v - out.mean
		square += float64(out.weight.Of(i) * float64(d*d))
	}
	if square > 0 {
		out.scale = math.Sqrt(square / total)
	}
	out.value = make([]float64, len(t.Value))
	for i, v := range t.Value {
		out.value[i] = (v - out.mean) / out.scale
	}
	return out
}

// sum adds up the weights of rows.
func (t *targets) sum(rows []int) float64 {
	total := 0.0
	for _, i := range rows {
		total += t.weight.Of(i)
	}
	return total
}

// divide holds out a share of the rows, of each class where there are classes.
// One is left to train on wherever there is one.
func (t *targets) divide(rows int, share float64, rng *rand.PCG) (training, held []int) {
	order := make([]int, rows)
	count := map[int]int{}
	for i := range order {
		order[i] = i
		count[t.stratum(i)]++
	}
	fpmath.Shuffle(rng, order)
	taken := map[int]int{}
	for _, i := range order {
		s := t.stratum(i)
		if taken[s] < int(float64(share*float64(count[s]))) {
			taken[s]++
			held = append(held, i)
		} else {
			training = append(training, i)
		}
	}
	return training, held
}

func (t *targets) stratum(i int) int {
	if t.class == nil {
		return 0
	}
	return t.class[i]
}
