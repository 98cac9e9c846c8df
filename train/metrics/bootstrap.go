package metrics

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Interval is a confidence interval of a metric.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// stream separates these draws from those of the split and of algorithms with
// the same seed.
const stream = 0x626f6f74

// Limits on the number of bootstrap samples, and the number of draws that
// decides between them.
const (
	fewestSamples = 100
	mostSamples   = 1000
	draws         = 50_000_000
)

// Samples is how many bootstrap samples are drawn of a number of rows: 1000, and
// fewer where that would be more than 50 million draws, but at least 100.
func Samples(rows int) int { return min(mostSamples, max(fewestSamples, draws/max(1, rows))) }

// Bootstrap computes percentile intervals at a level such as 0.95 (Efron 1979):
// rows are drawn with replacement, as many as there are, [Samples] times, and
// the interval holds the middle of what each metric then is. A metric that is
// not defined for at least half of the samples has none.
func (s *Scorer) Bootstrap(ctx context.Context, seed uint64, level float64) (map[string]Interval, error) {
	samples := make([]map[string]float64, Samples(s.Rows()))
	err := parallel.Do(ctx, len(samples), func(i int) {
		samples[i] = s.Score(resample(s.Rows(), rand.NewPCG(seed, stream+uint64(i))))
	})
	if err != nil {
		return nil, err
	}
	values := map[string][]float64{}
	for _, m := range samples {
		for name, v := range m {
			values[name] = append(values[name], v)
		}
	}
	out := map[string]Interval{}
	for name, v := range values {
		if 2*len(v) >= len(samples) {
			out[name] = percentiles(v, level)
		}
	}
	return out, nil
}

// resample counts how often each of n rows is drawn in n draws.
func resample(n int, rng *rand.PCG) []int32 {
	times := make([]int32, n)
	for range n {
		times[fpmath.Below(rng, n)]++
	}
	return times
}

// percentiles are those that leave (1-level)/2 of the values at each end, by
// nearest rank.
func percentiles(values []float64, level float64) Interval {
	slices.Sort(values)
	out := int(float64(float64(len(values)) * ((1 - level) / 2)))
	return Interval{values[out], values[len(values)-1-out]}
}
