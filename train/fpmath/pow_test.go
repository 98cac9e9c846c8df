package fpmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestPowAgainstBig takes exponents that are multiples of 1/4, for which
// products and square roots in 300 bits are an oracle.
func TestPowAgainstBig(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	worst := uint64(0)
	for range 20_000 {
		x := math.Ldexp(0.5+rng.Float64()/2, rng.IntN(60)-30)
		quarters := rng.IntN(400) - 200
		want := quarterPower(x, quarters)
		if want == 0 || math.IsInf(want, 0) || want < 1e-300 {
			continue
		}
		got := Pow(x, float64(quarters)/4)
		if worst = max(worst, ulps(got, want)); worst > 1 {
			t.Fatalf("Pow(%v, %v) is %v, want %v", x, float64(quarters)/4, got, want)
		}
	}
}

func quarterPower(x float64, quarters int) float64 {
	root := new(big.Float).SetPrec(300).SetFloat64(x)
	root.Sqrt(root).Sqrt(root)
	p := new(big.Float).SetPrec(300).SetInt64(1)
	for range max(quarters, -quarters) {
		p.Mul(p, root)
	}
	if quarters < 0 {
		p.Quo(new(big.Float).SetPrec(300).SetInt64(1), p)
	}
	v, _ := p.Float64()
	return v
}

// math.Pow itself is off by several units in the last place.
func TestPowSpecialValuesAreThoseOfMath(t *testing.T) {
	inf := math.Inf(1)
	values := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2, -2, 3, -3, 4.5, 1e300, -1e300, 1e-300, 5e-324, inf, -inf,
		math.NaN(), 1 << 53, 1<<53 + 2, -(1<<53 - 1)}
	for _, x := range values {
		for _, y := range values {
			got, want := Pow(x, y), math.Pow(x, y)
			if ulps(got, want) > 8 || !math.IsNaN(want) && math.Signbit(got) != math.Signbit(want) {
				t.Errorf("Pow(%v, %v) is %v, math has %v", x, y, got, want)
			}
		}
	}
}
