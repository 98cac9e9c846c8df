package boost

import (
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// logistic is the log loss of two classes, whose one score is the logit of the
// second.
type logistic struct {
	newton
	target
}

func (o *logistic) start() []float64 {
	p := o.shares()
	return []float64{fpmath.Log(p[1]) - fpmath.Log(p[0])}
}

const (
	flat  = 36  // where a probability differs from 0 or 1 by no more than its rounding
	batch = 256 // rows whose scores are read at a time
	run   = 16  // probabilities multiplied before a logarithm is taken; the product does not underflow
)

func (o *logistic) gradients(s *state, _ int, r parallel.Range) sums {
	var t sums
	var buffer, own [batch]float64
	for from := r.From; from < r.To; from += batch {
		z := buffer[:copy(buffer[:], s.scores[0][from:r.To])]
		for i, v := range z {
			z[i] = -max(-flat, min(flat, v))
		}
		exp(z)
		for i, e := range z {
			p := 1 / (1 + e)
			c := o.Class[from+i]
			own[i] = math.Abs(float64(1-c) - p)
			s.set(from+i, p-float64(c), float64(p*(1-p)), &t)
		}
		t.loss += o.logLoss(own[:len(z)], from)
	}
	return t
}

// logLoss returns the loss of rows with these probabilities of their classes.
func (o *logistic) logLoss(own []float64, from int) float64 {
	loss := 0.0
	if o.Weight != nil {
		for i, p := range own {
			loss -= float64(o.Weight[from+i] * fpmath.Log(p))
		}
		return loss
	}
	for at := 0; at < len(own); at += run {
		product := 1.0
		for _, p := range own[at:min(at+run, len(own))] {
			product = float64(product * p)
		}
		loss -= fpmath.Log(product)
	}
	return loss
}

func (o *logistic) loss(s *state, row int) float64 {
	z := s.scores[0][row]
	if o.Class[row] != 0 {
		z = -z
	}
	return fpmath.Softplus(z)
}

// softmax is the log loss of several classes, with a score each.
type softmax struct {
	newton
	target
}

func (o *softmax) start() []float64 {
	p := o.shares()
	for k := range p {
		p[k] = fpmath.Log(p[k])
	}
	return p
}

func (o *softmax) gradients(s *state, k int, r parallel.Range) sums {
	var t sums
	if k == 0 {
		t.loss = o.normalise(s, r)
	}
	// The diagonal of the hessian, larger because the scores have a direction too
	// many, as in LightGBM.
	factor := float64(o.Classes) / float64(o.Classes-1)
	var buffer [batch]float64
	for from := r.From; from < r.To; from += batch {
		p := buffer[:copy(buffer[:], s.scores[k][from:r.To])]
		for i := range p {
			p[i] -= s.norm[from+i]
		}
		exp(p)
		for i, p := range p {
			g := p
			if o.Class[from+i] == k {
				g--
			}
			s.set(from+i, g, float64(float64(factor*p)*max(0, 1-p)), &t)
		}
	}
	return t
}

// normalise sets the rows' norms and returns their loss.
func (o *softmax) normalise(s *state, r parallel.Range) float64 {
	loss, z := 0.0, make([]float64, len(s.scores))
	for i := r.From; i < r.To; i++ {
		for k := range z {
			z[k] = s.scores[k][i]
		}
		own, top := z[o.Class[i]], slices.Max(z)
		for k := range z {
			z[k] -= top
		}
		exp(z)
		sum := 0.0
		for _, e := range z {
			sum += e
		}
		s.norm[i] = top + fpmath.Log(sum)
		loss += float64(o.Weight.Of(i) * (s.norm[i] - own))
	}
	return loss
}

func (o *softmax) loss(s *state, row int) float64 {
	z := make([]float64, len(s.scores))
	for k := range z {
		z[k] = s.scores[k][row]
	}
	own := z[o.Class[row]]
	return fpmath.LogSumExp(z) - own
}

// shares returns the weighted share of each class, none of them zero.
func (t target) shares() []float64 {
	p := make([]float64, t.Classes)
	total := 0.0
	for i, c := range t.Class {
		w := t.Weight.Of(i)
		p[c] += w
		total += w
	}
	for k := range p {
		p[k] = math.Max(p[k]/total, 1e-9)
	}
	return p
}
