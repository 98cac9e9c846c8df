package fpmath

import "math"

// Pow returns x to the power y, within two units in the last place, with the
// special cases of math.Pow.
//
// For positive x it is exp(y log x) with the logarithm and its product with y
// in two floats, since an exponent of 700 leaves only 44 bits after the point.
func Pow(x, y float64) float64 {
	if v, ok := powSpecial(x, y); ok {
		return v
	}
	sign := 1.0
	if x < 0 {
		x = -x
		if float64(math.Floor(y/2)*2) != y {
			sign = -1
		}
	}
	p := logTwo(x).times(y)
	switch {
	case p.hi > 710:
		return float64(sign * math.Inf(1))
	case p.hi < -746:
		return float64(sign * 0)
	}
	k := int(float64(log2e*p.hi) + math.Copysign(0.5, p.hi))
	hi := p.hi - float64(float64(k)*ln2Hi)
	lo := float64(float64(k)*ln2Lo) - p.lo
	return float64(sign * scale(expReduced(hi, lo), k))
}

// powSpecial answers where x or y is zero, one, infinite or not a number, or
// the result is not real.
func powSpecial(x, y float64) (float64, bool) {
	whole := math.Floor(y) == y
	odd := whole && math.Abs(y) < 1<<53 && float64(math.Floor(y/2)*2) != y
	switch {
	case y == 0 || x == 1:
		return 1, true
	case y == 1:
		return x, true
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN(), true
	case math.IsInf(y, 0):
		return powInfinite(math.Abs(x), y > 0), true
	case x == 0 || math.IsInf(x, 0):
		v := 0.0
		if (x == 0) == (y < 0) {
			v = math.Inf(1)
		}
		if odd {
			v = math.Copysign(v, x)
		}
		return v, true
	case x < 0 && !whole:
		return math.NaN(), true
	}
	return 0, false
}

// powInfinite is the limit of x^y for y to plus or minus infinity.
func powInfinite(x float64, up bool) float64 {
	switch {
	case x == 1:
		return 1
	case (x > 1) == up:
		return math.Inf(1)
	}
	return 0
}

// two is the unevaluated sum of two floats, hi with the leading bits. The
// arithmetic is that of Dekker, A floating-point technique for extending the
// available precision (1971).
type two struct{ hi, lo float64 }

// product is x y exactly, unless it over- or underflows.
func product(x, y float64) two {
	const splitter = 1<<27 + 1
	p := float64(x * y)
	cx, cy := float64(splitter*x), float64(splitter*y)
	xh, yh := cx-(cx-x), cy-(cy-y)
	xl, yl := x-xh, y-yh
	e := float64(xh*yh) - p
	e += float64(xh * yl)
	e += float64(xl * yh)
	return two{p, e + float64(xl*yl)}
}

// fastSum normalises hi+lo where |hi| >= |lo|.
func fastSum(hi, lo float64) two {
	s := hi + lo
	return two{s, lo - (s - hi)}
}

func (a two) times(y float64) two {
	if math.Abs(y) > 0x1p970 { // its parts would overflow
		return two{float64(a.hi * y), 0}
	}
	p := product(a.hi, y)
	return fastSum(p.hi, p.lo+float64(a.lo*y))
}

func (a two) mul(b two) two {
	p := product(a.hi, b.hi)
	return fastSum(p.hi, p.lo+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

// add is a+b where |a| >= |b|.
func (a two) add(b two) two {
	s := fastSum(a.hi, b.hi)
	return fastSum(s.hi, s.lo+(a.lo+b.lo))
}

// logTwo is log x for positive finite x, with a relative error of about 2^-64:
// log f = 2 atanh(s) with s = (f-1)/(f+1), its first two terms in two floats.
func logTwo(x float64) two {
	f, k := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f = float64(f * 2)
		k--
	}
	denominator := fastSum(f, 1)
	if f < 1 {
		denominator = fastSum(1, f)
	}
	q := (f - 1) / denominator.hi
	p := product(q, denominator.hi)
	s := fastSum(q, (((f-1)-p.hi)-p.lo-float64(q*denominator.lo))/denominator.hi)
	z := s.mul(s)
	inner := fastSum(1.0/3, float64(z.hi*horner(z.hi, atanhTail[:]))+thirdLo)
	r := s.add(s.mul(z.mul(inner)))
	r = two{float64(2 * r.hi), float64(2 * r.lo)}
	if k == 0 {
		return r
	}
	n := float64(k)
	return fastSum(float64(n*ln2Hi), float64(n*ln2Lo)).add(r)
}

const thirdLo = 1.850371707708594e-17 // 1/3 less its float

// atanhTail are 1/5, 1/7, …: the series of atanh from its third term.
var atanhTail = [...]float64{1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21,
	1.0 / 23, 1.0 / 25}
