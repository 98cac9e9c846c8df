package boost

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// expBits is the logarithm of the number of steps that a factor of two is
// divided into.
const expBits = 7

// powers holds 2 to the power i/2^expBits.
var powers = func() (t [1 << expBits]float64) {
	for i := range t {
		t[i] = fpmath.Exp(float64(math.Ln2*float64(i)) / (1 << expBits))
	}
	return t
}()

// expLimit is where exp stops growing.
const expLimit = 700

// exp replaces each number by e to its power, to within 1e-9 of itself, in a
// quarter of the time of [fpmath.Exp]. It is constant beyond expLimit in either
// direction.
func exp(numbers []float64) {
	const (
		steps = (1 << expBits) / math.Ln2
		step  = math.Ln2 / (1 << expBits)
		round = 3 << 51 // added to a number, leaves it rounded in the lower bits

		roundBits = 0x4338 << 48
	)
	for i, x := range numbers {
		if x > expLimit {
			x = expLimit
		}
		if x < -expLimit {
			x = -expLimit
		}
		shifted := float64(x*steps) + round
		k := int64(math.Float64bits(shifted)) - roundBits
		r := x - float64((shifted-round)*step)
		p := 1 + r + float64(float64(r*r)*(0.5+float64(r*(1.0/6))))
		power := math.Float64bits(powers[k&(1<<expBits-1)]) + uint64(k>>expBits<<52)
		numbers[i] = float64(p * math.Float64frombits(power))
	}
}
