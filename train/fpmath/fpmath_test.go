package fpmath

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulps is the distance between two finite floats of the same sign in units in
// the last place.
func ulps(a, b float64) uint64 {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return 0
	}
	x, y := math.Float64bits(a), math.Float64bits(b)
	if x>>63 != y>>63 {
		return math.MaxUint64
	}
	return max(x, y) - min(x, y)
}

func TestAgainstMath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	between := func(lo, hi float64) func() float64 {
		return func() float64 { return lo + (hi-lo)*rng.Float64() }
	}
	magnitudes := func() float64 { return math.Ldexp(0.5+rng.Float64()/2, rng.IntN(2000)-1000) }
	wide := map[string]bool{"Erfc": true, "Erfc near zero": true, "NormalCDF": true}
	cases := []struct {
		name      string
		got, want func(float64) float64
		argument  func() float64
	}{
		{"Exp", Exp, math.Exp, between(-745, 709)},
		{"Exp near zero", Exp, math.Exp, between(-2, 2)},
		{"Log", Log, math.Log, magnitudes},
		{"Log near one", Log, math.Log, between(0.5, 2)},
		{"Log1p", Log1p, math.Log1p, magnitudes},
		{"Log1p below one", Log1p, math.Log1p, between(0.2, 1.1)},
		{"Log1p near zero", Log1p, math.Log1p, between(-0.9, 1)},
		{"Log1p tiny", Log1p, math.Log1p, between(-1e-9, 1e-9)},
		{"Expm1", Expm1, math.Expm1, between(-50, 709)},
		{"Expm1 near zero", Expm1, math.Expm1, between(-2, 2)},
		{"Expm1 tiny", Expm1, math.Expm1, between(-1e-9, 1e-9)},
		{"Tanh", Tanh, math.Tanh, between(-25, 25)},
		{"Tanh near zero", Tanh, math.Tanh, between(-1.5, 1.5)},
		{"Sigmoid", Sigmoid, func(x float64) float64 { return 0.5 + math.Tanh(x/2)/2 }, between(-1, 40)},
		{"Softplus", Softplus, func(x float64) float64 { return -math.Log(1 / (1 + math.Exp(x))) }, between(1, 40)},
		{"SoftplusSigmoid's softplus", func(x float64) float64 { v, _ := SoftplusSigmoid(x); return v }, Softplus, between(-30, 30)},
		{"SoftplusSigmoid's sigmoid", func(x float64) float64 { _, v := SoftplusSigmoid(x); return v }, Sigmoid, between(-30, 30)},
		{"log1pUnit", log1pUnit, math.Log1p, between(0, 1)},
		{"Erf", Erf, math.Erf, between(-6.5, 6.5)},
		{"Erf near zero", Erf, math.Erf, between(-1e-7, 1e-7)},
		{"Erfc", Erfc, math.Erfc, between(-7, 27)},
		{"Erfc near zero", Erfc, math.Erfc, between(-1.5, 1.5)},
		{"NormalCDF", NormalCDF, func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }, between(-30, 8)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for range 100_000 {
				x := c.argument()
				if d := ulps(c.got(x), c.want(x)); d > 4 || d > 2 && !wide[c.name] {
					t.Fatalf("at %v: got %v, math has %v, %d ulp apart", x, c.got(x), c.want(x), d)
				}
			}
		})
	}
}

func TestSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	cases := []struct {
		name      string
		got, want float64
	}{
		{"Exp(+Inf)", Exp(inf), inf}, {"Exp(-Inf)", Exp(-inf), 0}, {"Exp(NaN)", Exp(nan), nan},
		{"Exp(0)", Exp(0), 1}, {"Exp(1000)", Exp(1000), inf}, {"Exp(-1000)", Exp(-1000), 0},
		{"Exp(-740)", Exp(-740), math.Exp(-740)},
		{"Log(0)", Log(0), -inf}, {"Log(-1)", Log(-1), nan}, {"Log(+Inf)", Log(inf), inf}, {"Log(1)", Log(1), 0},
		{"Log(NaN)", Log(nan), nan}, {"Log(smallest)", Log(5e-324), -744.4400719213812},
		{"Log1p(-1)", Log1p(-1), -inf}, {"Log1p(-2)", Log1p(-2), nan}, {"Log1p(0)", Log1p(0), 0},
		{"Log1p(+Inf)", Log1p(inf), inf}, {"Log1p(1e-300)", Log1p(1e-300), 1e-300},
		{"Expm1(+Inf)", Expm1(inf), inf}, {"Expm1(-Inf)", Expm1(-inf), -1}, {"Expm1(NaN)", Expm1(nan), nan},
		{"Expm1(1000)", Expm1(1000), inf}, {"Expm1(1e-300)", Expm1(1e-300), 1e-300}, {"Expm1(0)", Expm1(0), 0},
		{"Tanh(+Inf)", Tanh(inf), 1}, {"Tanh(-Inf)", Tanh(-inf), -1}, {"Tanh(NaN)", Tanh(nan), nan},
		{"Sigmoid(0)", Sigmoid(0), 0.5}, {"Sigmoid(+Inf)", Sigmoid(inf), 1}, {"Sigmoid(-Inf)", Sigmoid(-inf), 0},
		{"Sigmoid(-740)", Sigmoid(-740), math.Exp(-740)}, {"Softplus(800)", Softplus(800), 800}, {"Softplus(-800)", Softplus(-800), 0},
		{"Erf(+Inf)", Erf(inf), 1}, {"Erf(-Inf)", Erf(-inf), -1}, {"Erf(NaN)", Erf(nan), nan}, {"Erf(1e-300)", Erf(1e-300), math.Erf(1e-300)},
		{"Erfc(+Inf)", Erfc(inf), 0}, {"Erfc(-Inf)", Erfc(-inf), 2}, {"Erfc(NaN)", Erfc(nan), nan}, {"Erfc(0)", Erfc(0), 1},
		{"LogSumExp()", LogSumExp(nil), -inf}, {"LogSumExp(-Inf)", LogSumExp([]float64{-inf, -inf}), -inf},
		{"LogSumExp(+Inf)", LogSumExp([]float64{1, inf}), inf}, {"LogSumExp(NaN)", LogSumExp([]float64{1, nan}), nan},
		{"LogSumExp(1000)", LogSumExp([]float64{1000, 1000}), 1000 + math.Ln2},
	}
	for _, c := range cases {
		if d := ulps(c.got, c.want); d > 1 {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestSoftmax(t *testing.T) {
	for _, z := range [][]float64{{0, 0}, {1, 2, 3}, {-1000, 1000}, {1e-20, 0}, {700, 710, 709}, {5}} {
		p := append([]float64(nil), z...)
		lse := Softmax(p)
		sum := 0.0
		for k := range p {
			sum += p[k]
			if want := math.Exp(z[k] - lse); math.Abs(p[k]-want) > 1e-12 {
				t.Errorf("softmax(%v)[%d] is %v, but exp(z - logsumexp) is %v", z, k, p[k], want)
			}
		}
		if math.Abs(sum-1) > 1e-15 {
			t.Errorf("softmax(%v) sums to %v", z, sum)
		}
	}
}

func BenchmarkLog1p(b *testing.B) {
	x, sum := 0.0, 0.0
	for b.Loop() {
		if x += 1.0 / 4096; x > 1 {
			x = 0
		}
		sum += Log1p(x)
	}
	_ = sum
}

func BenchmarkExp(b *testing.B) {
	x, sum := 0.0, 0.0
	for b.Loop() {
		if x -= 1.0 / 1024; x < -8 {
			x = 0
		}
		sum += Exp(x)
	}
	_ = sum
}
