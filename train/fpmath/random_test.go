package fpmath

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/modelbuild/modelbuild/internal/knownbits"
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

func TestKnownBits(t *testing.T) {
	var all []float64
	rng := rand.NewPCG(3, 4)
	for range 20_000 {
		u, z := Uniform(rng), Normal(rng)
		x := float64(10*u) - 5
		softplus, sigmoid := SoftplusSigmoid(z)
		all = append(all, softplus, sigmoid, u, z, Exp(x), Log(u+1e-300), Log1p(u-0.5), Expm1(x), Expm1(float64(z*30)), Tanh(x), Sigmoid(x), Softplus(x),
			Erf(x), Erfc(x), NormalCDF(z), Pow(u+0.01, float64(z*100)), LogSumExp([]float64{x, z, u}))
	}
	knownbits.Check(t, "54644b5897c799d2716fd1a5a914e5f815c46e7fe4907edfb9e4d000c459f60b", all)
}
