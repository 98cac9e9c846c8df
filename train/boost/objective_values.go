package boost

import (
	"cmp"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// mean returns the weighted mean of the values.
func (t target) mean() float64 {
	sum, total := 0.0, 0.0
	for i, y := range t.Value {
		w := t.Weight.Of(i)
		sum += float64(w * y)
		total += w
	}
	return sum / total
}

// squared is half the squared error.
type squared struct {
	newton
	target
}

func (o *squared) start() []float64 { return []float64{o.mean()} }

func (o *squared) gradients(s *state, _ int, r parallel.Range) sums {
	var t sums
	for i := r.From; i < r.To; i++ {
		g := s.scores[0][i] - o.Value[i]
		s.set(i, g, 1, &t)
		t.loss += float64(o.Weight.Of(i) * float64(0.5*float64(g*g)))
	}
	return t
}

func (o *squared) loss(s *state, row int) float64 {
	g := s.scores[0][row] - o.Value[row]
	return float64(0.5 * float64(g*g))
}

// quantile is the pinball loss, which is half the absolute error where alpha
// is a half. A leaf's value is the quantile of its residuals.
type quantile struct {
	newton
	target
	alpha float64
}

func (o *quantile) start() []float64 {
	all := make([]residual, len(o.Value))
	for i, y := range o.Value {
		all[i] = residual{y, o.Weight.Of(i)}
	}
	return []float64{o.renew(all)}
}

func (o *quantile) gradients(s *state, _ int, r parallel.Range) sums {
	var t sums
	for i := r.From; i < r.To; i++ {
		g := 1 - o.alpha
		if o.Value[i] > s.scores[0][i] {
			g = -o.alpha
		}
		s.set(i, g, 1, &t)
		t.loss += float64(o.Weight.Of(i) * o.loss(s, i))
	}
	return t
}

func (o *quantile) loss(s *state, row int) float64 {
	d := o.Value[row] - s.scores[0][row]
	if d > 0 {
		return float64(o.alpha * d)
	}
	return float64((o.alpha - 1) * d)
}

// renew returns the smallest residual that at least a share alpha of the
// weight does not exceed.
func (o *quantile) renew(r []residual) float64 {
	slices.SortFunc(r, func(a, b residual) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.weight, b.weight))
	})
	total := 0.0
	for _, x := range r {
		total += x.weight
	}
	sum := 0.0
	for _, x := range r {
		sum += x.weight
		if sum >= float64(o.alpha*total) {
			return x.value
		}
	}
	return r[len(r)-1].value
}

// tweedie is half the deviance of a Tweedie distribution of the given power of
// its variance, without the terms of the target alone: 1 is Poisson's, 2 the
// gamma distribution's. The score is the logarithm of the mean.
type tweedie struct {
	target
	power float64
}

func (o *tweedie) start() []float64 { return []float64{fpmath.Log(max(o.mean(), 1e-9))} }

// parts returns y·μ^(1-p) and μ^(2-p).
func (o *tweedie) parts(y, score float64) (a, b float64) {
	switch o.power {
	case 1:
		return y, fpmath.Exp(score)
	case 2:
		return float64(y * fpmath.Exp(-score)), 1
	}
	return float64(y * fpmath.Exp(float64((1-o.power)*score))), fpmath.Exp(float64((2 - o.power) * score))
}

func (o *tweedie) gradients(s *state, _ int, r parallel.Range) sums {
	var t sums
	for i := r.From; i < r.To; i++ {
		score := s.scores[0][i]
		a, b := o.parts(o.Value[i], score)
		h := float64((o.power-1)*a) + float64((2-o.power)*b)
		s.set(i, b-a, h, &t)
		t.loss += float64(o.Weight.Of(i) * o.of(a, b, score))
	}
	return t
}

// of is the integral of b - a over the score.
func (o *tweedie) of(a, b, score float64) float64 {
	switch o.power {
	case 1:
		return b - float64(a*score)
	case 2:
		return a + score
	}
	return a/(o.power-1) + b/(2-o.power)
}

func (o *tweedie) loss(s *state, row int) float64 {
	score := s.scores[0][row]
	a, b := o.parts(o.Value[row], score)
	return o.of(a, b, score)
}

// step shortens long steps, which for these losses go too far: upwards it is
// the exact minimum of Poisson's, downwards that of the gamma distribution's.
func (o *tweedie) step(v float64) float64 {
	if v < 0 {
		return -fpmath.Log1p(-v)
	}
	return fpmath.Log1p(v)
}
