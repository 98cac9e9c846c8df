package fpmath

import "math"

// Expm1 returns e to the power x, less one, accurate for small x too. It
// overflows to +Inf above 709.78.
func Expm1(x float64) float64 {
	const (
		overflow = 7.09782712893383973096e+02
		minusOne = -3.88162421113569373274e+01 // -56 ln2
		half     = 3.46573590279972654709e-01  // ln2 / 2
	)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x > overflow:
		return math.Inf(1)
	case x < minusOne: // -Inf too
		return -1
	case math.Abs(x) < 1.0/(1<<54):
		return x
	case math.Abs(x) <= half:
		e := expm1Error(x)
		return x - (float64(x*e[0]) - e[1])
	}
	// x = k ln2 + r with |r| <= ln2 / 2, c what rounding took from r.
	k := int(float64(log2e*x) + math.Copysign(0.5, x))
	hi := x - float64(float64(k)*ln2Hi)
	lo := float64(float64(k) * ln2Lo)
	r := hi - lo
	c := (hi - r) - lo
	terms := expm1Error(r)
	e := float64(r*(terms[0]-c)) - c
	return expm1Scale(r, e-terms[1], k)
}

// expm1Error is the e and hxs = r²/2 of s_expm1.c: expm1(r) = r - (r e - hxs).
func expm1Error(r float64) [2]float64 {
	half := float64(0.5 * r)
	hxs := float64(r * half)
	r1 := 1 + float64(hxs*horner(hxs, expm1Q[:]))
	t := 3 - float64(r1*half)
	return [2]float64{float64(hxs * ((r1 - t) / (6 - float64(r*t)))), hxs}
}

// expm1Q are the coefficients Q1 to Q5 of s_expm1.c.
var expm1Q = [...]float64{-3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05,
	4.00821782732936239552e-06, -2.01099218183624371326e-07}

// expm1Scale is 2 to the power k times (1 + r - e), less one, without losing
// the small digits of r - e.
func expm1Scale(r, e float64, k int) float64 {
	switch {
	case k == -1:
		return float64(0.5*(r-e)) - 0.5
	case k == 1 && r < -0.25:
		return float64(-2 * (e - (r + 0.5)))
	case k == 1:
		return 1 + float64(2*(r-e))
	case k <= -2 || k > 56:
		return scale(1-(e-r), k) - 1
	case k < 20:
		return scale((1-math.Ldexp(1, -k))-(e-r), k)
	}
	return scale((r-(e+math.Ldexp(1, -k)))+1, k)
}

// horner evaluates c[0] + c[1] z + c[2] z² + ….
func horner(z float64, c []float64) float64 {
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = c[i] + float64(z*p)
	}
	return p
}
