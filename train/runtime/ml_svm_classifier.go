package runtime

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// svmClassifier is the operator SVMClassifier: a machine for each pair of classes, which
// votes for one of them.
type svmClassifier struct {
	*supports
	labels       classes
	from         []int // where the support vectors of a class begin, and where those of the last end
	coefficients []float64
	rho          []float32
	a, b         []float32 // of the probability of each pair; may be empty
	pairs        int
	scores       int // of a row
}

// buildSVMClassifier makes the operator SVMClassifier.
func buildSVMClassifier(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	labels, err := classesOf(n, "classlabels_ints")
	if err != nil {
		return nil, err
	}
	c := &svmClassifier{labels: labels, rho: n.floats("rho"), a: n.floats("prob_a"), b: n.floats("prob_b")}
	if post := n.text("post_transform", "NONE"); post != "NONE" {
		return nil, fmt.Errorf("post_transform %q is not supported", post)
	}
	if err := c.read(n); err != nil {
		return nil, err
	}
	return inFloats(&kernel{types: []Type{labels.typ, Float}, shape: c.shape, rows: first, run: c.run, classes: labels.names()}, t), nil
}

// mostMachineClasses bounds the pairs of classes.
const mostMachineClasses = 1 << 10

// read compares the attributes with each other.
func (c *svmClassifier) read(n *node) (err error) {
	k, counts, coefficients := c.labels.len(), n.ints("vectors_per_class"), n.floats("coefficients")
	if k < 2 || k > mostMachineClasses || len(counts) != k {
		return fmt.Errorf("%d vectors_per_class for %d classes", len(counts), k)
	}
	total := int64(0)
	for _, v := range counts {
		c.from = append(c.from, int(total))
		if total += v; v < 0 || total > maxElements {
			return fmt.Errorf("a class with %d support vectors", v)
		}
	}
	c.from = append(c.from, int(total))
	c.pairs = k * (k - 1) / 2
	if int64(len(coefficients)) != int64(k-1)*total || len(c.rho) != c.pairs {
		return fmt.Errorf("%d coefficients and %d constants for %d classes with %d support vectors", len(coefficients), len(c.rho), k, total)
	}
	if len(c.a) != len(c.b) || len(c.a) != 0 && len(c.a) != c.pairs {
		return fmt.Errorf("%d and %d numbers for the probabilities of %d pairs", len(c.a), len(c.b), c.pairs)
	}
	c.coefficients = doublesOf(&Tensor{Floats: coefficients}, Float, nil)
	c.scores = max(c.pairs, 2)
	if len(c.a) > 0 {
		c.scores = k
	}
	c.supports, err = supportsOf(n, int(total))
	return err
}

func (c *svmClassifier) shape(in, out []*Tensor) error {
	if err := c.check(in[0].Dims); err != nil {
		return err
	}
	classified(in, out, c.scores)
	return nil
}

func (c *svmClassifier) run(in, out []*Tensor, s *scratch) error {
	k := c.labels.len()
	z := s.float64s(2, c.pairs+k*k+3*k)
	margins, rest := z[:max(c.pairs, 2)], z[c.pairs:]
	c.each(doublesOf(in[0], Float, s.memory(0)), s, func(row int, kernels []float64) {
		best := c.vote(margins[:c.pairs], kernels, s.indices(k))
		c.labels.set(out[0], row, best)
		scores := margins
		switch {
		case len(c.a) > 0:
			scores = c.probabilities(margins[:c.pairs], rest)
		case k == 2:
			mirror(scores)
		}
		for j := range c.scores {
			out[1].Floats[row*c.scores+j] = float32(scores[j])
		}
	})
	return nil
}

// vote computes the margin of each pair from a row's kernels, and tells which class won
// most of them, the first of several.
func (c *svmClassifier) vote(margins, kernels []float64, votes []int) int {
	k, at := c.labels.len(), 0
	clear(votes)
	for i := range k {
		for j := i + 1; j < k; j++ {
			sum := float64(c.rho[at])
			for m := c.from[i]; m < c.from[i+1]; m++ {
				sum += float64(c.coefficients[(j-1)*c.n+m] * kernels[m])
			}
			for m := c.from[j]; m < c.from[j+1]; m++ {
				sum += float64(c.coefficients[i*c.n+m] * kernels[m])
			}
			margins[at] = sum
			at++
			if sum > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
		}
	}
	best := 0
	for i, v := range votes {
		if v > votes[best] {
			best = i
		}
	}
	return best
}

// probabilities couples those of the pairs, by the second method of Wu, Lin and Weng
// (2004). Memory is of k² + 3k.
func (c *svmClassifier) probabilities(margins, memory []float64) []float64 {
	k := c.labels.len()
	q, p, qp := memory[:k*k], memory[k*k:k*k+k], memory[k*k+k:k*k+2*k]
	clear(q)
	const least = 1e-7
	at := 0
	for i := range k {
		p[i] = 1 / float64(k)
		for j := i + 1; j < k; j++ {
			r := 1 - fpmath.Sigmoid(float64(margins[at]*float64(c.a[at]))+float64(c.b[at]))
			r = min(max(r, least), 1-least)
			q[i*k+i] += float64((1 - r) * (1 - r))
			q[j*k+j] += float64(r * r)
			q[i*k+j] = -float64(r * (1 - r))
			q[j*k+i] = q[i*k+j]
			at++
		}
	}
	couple(q, p, qp)
	return p
}

// couple minimises pᵀQp over the distributions p.
func couple(q, p, qp []float64) {
	const rounds, tolerance = 100, 0.005
	k := len(p)
	for range rounds {
		total := 0.0
		for i := range k {
			qp[i] = 0
			for j := range k {
				qp[i] += float64(q[i*k+j] * p[j])
			}
			total += float64(p[i] * qp[i])
		}
		worst := 0.0
		for _, v := range qp {
			worst = max(worst, math.Abs(v-total))
		}
		if worst < tolerance/float64(k) {
			return
		}
		for i := range k {
			d := (total - qp[i]) / q[i*k+i]
			p[i] += d
			total = (total + float64(d*(float64(d*q[i*k+i])+float64(2*qp[i])))) / (1 + d) / (1 + d)
			for j := range k {
				qp[j] = (qp[j] + float64(d*q[i*k+j])) / (1 + d)
				p[j] /= 1 + d
			}
		}
	}
}
