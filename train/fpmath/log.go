package fpmath

import "math"

const (
	l1 = 6.666666666666735130e-01
	l2 = 3.999999999940941908e-01
	l3 = 2.857142874366239149e-01
	l4 = 2.222219843214978396e-01
	l5 = 1.818357216161805012e-01
	l6 = 1.531383769920937332e-01
	l7 = 1.479819860511658591e-01
)

// Log returns the natural logarithm of x, within one unit in the last place:
// NaN below zero, -Inf at zero.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	f, ki := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f = float64(f * 2)
		ki--
	}
	f--
	return logReduced(f, 0, float64(ki))
}

// Log1p returns the natural logarithm of 1+x, accurate for small x too: NaN
// below -1, -Inf at -1.
func Log1p(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < -1:
		return math.NaN()
	case x == -1:
		return math.Inf(-1)
	case math.Abs(x) < 1.0/(1<<54):
		return x
	case math.Abs(x) < 0.25:
		return logReduced(x, 0, 0)
	}
	// 1+x = u - c with u the rounded sum; log(u-c) = log(u) - c/u to first order.
	u := 1 + x
	c := (u - 1) - x
	if math.Abs(x) > 1 {
		c = (u - x) - 1
	}
	f, ki := math.Frexp(u)
	if f < math.Sqrt2/2 {
		f = float64(f * 2)
		ki--
	}
	f--
	return logReduced(f, c/u, float64(ki))
}

// logReduced is log(1+f) + k ln2 - c for f in about [-0.29, 0.42].
func logReduced(f, c, k float64) float64 {
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	odd := l5 + float64(s4*l7)
	odd = l3 + float64(s4*odd)
	odd = l1 + float64(s4*odd)
	even := l4 + float64(s4*l6)
	even = l2 + float64(s4*even)
	r := float64(s2*odd) + float64(s4*even)
	half := float64(float64(0.5*f) * f)
	tail := float64(s*(half+r)) + (float64(k*ln2Lo) - c)
	return float64(k*ln2Hi) - ((half - tail) - f)
}
