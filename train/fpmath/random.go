package fpmath

import (
	"math"
	"math/rand/v2"
)

// Uniform draws from [0, 1): a multiple of 2^-53.
func Uniform(rng *rand.PCG) float64 {
	return float64(rng.Uint64()>>11) / (1 << 53)
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
