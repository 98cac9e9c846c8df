package fpmath

import "math"

// Erf returns the error function of x, by s_erf.c.
func Erf(x float64) float64 {
	const small = 1.0 / (1 << 28)
	a := math.Abs(x)
	switch {
	case math.IsNaN(x):
		return x
	case a < small:
		return x + float64(efx*x)
	case a < 0.84375:
		return x + float64(x*erfRatio(float64(x*x)))
	case a < 1.25:
		return math.Copysign(erx+erfMiddle(a-1), x)
	case a >= 6:
		return math.Copysign(1, x)
	}
	return math.Copysign(1-erfTail(a), x)
}

// Erfc returns 1 - erf(x), accurate for large x too.
func Erfc(x float64) float64 {
	a := math.Abs(x)
	switch {
	case math.IsNaN(x):
		return x
	case a < 1.0/(1<<56):
		return 1 - x
	case x < 0.25 && a < 0.84375:
		return 1 - (x + float64(x*erfRatio(float64(x*x))))
	case a < 0.84375:
		return 0.5 - (float64(x*erfRatio(float64(x*x))) + (x - 0.5))
	case a < 1.25 && x > 0:
		return 1 - erx - erfMiddle(a-1)
	case a < 1.25:
		return 1 + erx + erfMiddle(a-1)
	case x > 28:
		return 0
	case x < -6:
		return 2
	case x < 0:
		return 2 - erfTail(a)
	}
	return erfTail(x)
}

// NormalCDF returns the standard normal distribution function at x.
func NormalCDF(x float64) float64 { return float64(0.5 * Erfc(-x/math.Sqrt2)) }

// erfRatio is erf(x)/x - 1 for z = x² below 0.84375².
func erfRatio(z float64) float64 { return horner(z, erfPP[:]) / horner(z, erfQQ[:]) }

// erfMiddle is erf(1+s) - erx for s in [-0.156, 0.25].
func erfMiddle(s float64) float64 { return horner(s, erfPA[:]) / horner(s, erfQA[:]) }

// erfTail is erfc(x) for x of at least 1.25.
func erfTail(x float64) float64 {
	s := 1 / float64(x*x)
	ratio := 0.0
	if x < 1/0.35 {
		ratio = horner(s, erfRA[:]) / horner(s, erfSA[:])
	} else {
		ratio = horner(s, erfRB[:]) / horner(s, erfSB[:])
	}
	z := math.Float64frombits(math.Float64bits(x) & 0xffffffff00000000) // its square is exact
	r := float64(Exp(float64(-z*z)-0.5625) * Exp(float64((z-x)*(z+x))+ratio))
	return r / x
}

// Coefficients of s_erf.c, lowest degree first.
const (
	erx = 8.45062911510467529297e-01
	efx = 1.28379167095512586316e-01
)

var (
	erfPP = [...]float64{1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
		-5.77027029648944159157e-03, -2.37630166566501626084e-05}
	erfQQ = [...]float64{1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
		1.32494738004321644526e-04, -3.96022827877536812320e-06}
	erfPA = [...]float64{-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
		3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03}
	erfQA = [...]float64{1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
		1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02}
	erfRA = [...]float64{-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
		-6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
		-8.12874355063065934246e+01, -9.81432934416914548592e+00}
	erfSA = [...]float64{1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
		6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00,
		-6.04244152148580987438e-02}
	erfRB = [...]float64{-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
		-1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
		-4.83519191608651397019e+02}
	erfSB = [...]float64{1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
		3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01}
)
