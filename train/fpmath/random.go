package fpmath

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Uniform draws from [0, 1): a multiple of 2^-53.
func Uniform(rng *rand.PCG) float64 {
	return float64(rng.Uint64()>>11) / (1 << 53)
}

// Below draws from 0 to n-1. Of 2^64 draws, some numbers have one more than
// others, which cannot be noticed.
func Below(rng *rand.PCG, n int) int {
	high, _ := bits.Mul64(rng.Uint64(), uint64(n))
	return int(high)
}

// Shuffle puts the items in a random order (Fisher and Yates).
func Shuffle[T any](rng *rand.PCG, items []T) {
	for i := len(items) - 1; i > 0; i-- {
		j := int(rng.Uint64() % uint64(i+1))
		items[i], items[j] = items[j], items[i]
	}
}

// Normal draws from the standard normal distribution, by Marsaglia's polar
// method; the second number of each pair is not used, so that the state of the
// generator is all the state there is.
func Normal(rng *rand.PCG) float64 {
	for {
		u, v := float64(2*Uniform(rng))-1, float64(2*Uniform(rng))-1
		s := float64(u*u) + float64(v*v)
		if s > 0 && s < 1 {
			return float64(u * math.Sqrt(float64(-2*Log(s))/s))
		}
	}
}
