package fpmath

import "math"

// Sigmoid returns 1 / (1 + exp(-x)), without overflow and with full precision
// near zero.
func Sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + Exp(-x))
	}
	e := Exp(x)
	return e / (1 + e)
}

// Tanh returns the hyperbolic tangent of x, by s_tanh.c.
func Tanh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case math.IsNaN(x):
		return x
	case a < 1.0/(1<<28):
		return x
	case a >= 22:
		return math.Copysign(1, x)
	case a >= 1:
		t := Expm1(float64(2 * a))
		return math.Copysign(1-2/(t+2), x)
	}
	t := Expm1(float64(-2 * a))
	return math.Copysign(-t/(t+2), x)
}

// Softplus returns log(1 + exp(x)), without overflow.
func Softplus(x float64) float64 {
	if x > 0 {
		return x + Log1p(Exp(-x))
	}
	return Log1p(Exp(x))
}

// SoftplusSigmoid returns [Softplus] and its derivative [Sigmoid], for little more
// than the price of one: nothing in it branches on the size of x, which for the
// many rows of a fit cannot be predicted.
func SoftplusSigmoid(x float64) (softplus, sigmoid float64) {
	a := math.Abs(x)
	e := Exp(-a)
	numerator := [2]float64{1, e} // by the sign of x
	return float64(0.5*(x+a)) + log1pUnit(e), numerator[math.Float64bits(x)>>63] / (1 + e)
}

// log1pUnit is log(1+x) for x in [0, 1], within two units in the last place:
// from √2-1 on it is that of (1+x)/2 with log 2 added.
func log1pUnit(x float64) float64 {
	const sqrt2less1 = 0x3fda827999fcef32 // as the bits of a float64
	upper := [2]struct{ factor, term, k float64 }{{0.5, -0.5, 1}, {1, 0, 0}}
	u := &upper[(math.Float64bits(x)-sqrt2less1)>>63] // 1 where x is less
	return logReduced(float64(u.factor*x)+u.term, 0, u.k)
}

// LogSumExp returns log Σ exp(z_k), shifted by the largest so that nothing
// overflows; -Inf where z is empty or all of it is -Inf.
func LogSumExp(z []float64) float64 {
	top := math.Inf(-1)
	for _, v := range z {
		if v > top || math.IsNaN(v) {
			top = v
		}
	}
	if math.IsInf(top, 0) || math.IsNaN(top) {
		return top
	}
	sum := 0.0
	for _, v := range z {
		sum += Exp(v - top)
	}
	return top + Log(sum)
}
