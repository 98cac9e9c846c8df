package fpmath

import "math"

// ln2 in two parts: the high part has trailing zero bits, so k times it is
// exact for every exponent k.
const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
	log2e = 1.44269504088896338700e+00
)

// Exp returns e to the power x, within one unit in the last place. It
// overflows to +Inf above 709.78 and underflows to zero below -745.13.
func Exp(x float64) float64 {
	const (
		overflow  = 7.09782712893383973096e+02
		underflow = -7.45133219101941108420e+02
		nearZero  = 1.0 / (1 << 28)
	)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x > overflow:
		return math.Inf(1)
	case x < underflow: // -Inf too
		return 0
	case -nearZero < x && x < nearZero:
		return 1 + x
	}
	// x = k ln2 + r with |r| <= ln2 / 2, r kept as hi - lo.
	half := 0.5
	if x < 0 {
		half = -0.5
	}
	k := int(float64(log2e*x) + half)
	hi := x - float64(float64(k)*ln2Hi)
	lo := float64(float64(k) * ln2Lo)
	return scale(expReduced(hi, lo), k)
}

// expReduced is e to the power hi-lo for a small argument, by the rational
// approximation of e_exp.c.
func expReduced(hi, lo float64) float64 {
	const (
		p1 = 1.66666666666666657415e-01
		p2 = -2.77777777770155933842e-03
		p3 = 6.61375632143793436117e-05
		p4 = -1.65339022054652515390e-06
		p5 = 4.13813679705723846039e-08
	)
	r := hi - lo
	t := float64(r * r)
	p := p4 + float64(t*p5)
	p = p3 + float64(t*p)
	p = p2 + float64(t*p)
	p = p1 + float64(t*p)
	c := r - float64(t*p)
	return 1 - ((lo - float64(r*c)/(2-c)) - hi)
}

// scale is y times 2 to the power k, exact but for results below the normal
// range.
func scale(y float64, k int) float64 {
	if -1000 < k && k < 1000 {
		return float64(y * math.Float64frombits(uint64(k+1023)<<52))
	}
	return math.Ldexp(y, k)
}
