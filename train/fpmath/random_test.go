package fpmath

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"
)

func TestUniformAndNormalMoments(t *testing.T) {
	const n = 200_000
	rng := rand.NewPCG(1, 2)
	var u, z [5]float64 // sums of powers
	for range n {
		a, b := Uniform(rng), Normal(rng)
		if a < 0 || a >= 1 {
			t.Fatalf("Uniform gave %v", a)
		}
		for k := range u {
			u[k] += math.Pow(a, float64(k)) / n
			z[k] += math.Pow(b, float64(k)) / n
		}
	}
	for k, want := range []float64{1, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5} {
		if math.Abs(u[k]-want) > 0.005 {
			t.Errorf("moment %d of Uniform is %v, want %v", k, u[k], want)
		}
	}
	for k, want := range []float64{1, 0, 1, 0, 3} {
		if math.Abs(z[k]-want) > 0.05 {
			t.Errorf("moment %d of Normal is %v, want %v", k, z[k], want)
		}
	}
}

// TestKnownBits pins the bits of every function. Where it fails on one
// platform alone, that platform or its compiler computes otherwise; where it
// fails on all of them, the engine's version has to change.
func TestKnownBits(t *testing.T) {
	const want = "c8e80564cad61f036083d45286b1da0f1d53c5c0da56235c23d45f7155ca3952"
	h := sha256.New()
	put := func(values ...float64) {
		for _, v := range values {
			_ = binary.Write(h, binary.LittleEndian, math.Float64bits(v))
		}
	}
	rng := rand.NewPCG(3, 4)
	for range 20_000 {
		u, z := Uniform(rng), Normal(rng)
		x := float64(10*u) - 5
		put(u, z, Exp(x), Log(u+1e-300), Log1p(u-0.5), Expm1(x), Expm1(float64(z*30)), Tanh(x), Sigmoid(x), Softplus(x),
			Erf(x), Erfc(x), NormalCDF(z), Pow(u+0.01, float64(z*100)), LogSumExp([]float64{x, z, u}))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the bits are %s, want %s", got, want)
	}
}
