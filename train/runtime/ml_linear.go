package runtime

import "fmt"

// buildLinearClassifier makes the operator LinearClassifier: a sum for each class, or for
// the second of two.
func buildLinearClassifier(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	n.int("multi_class", 0) // how it was trained
	labels, err := classesOf(n, "classlabels_ints")
	if err != nil {
		return nil, err
	}
	c := &linearClassifier{labels: labels, intercepts: n.floats("intercepts"), scores: labels.len()}
	if c.post, err = transformOf(n.text("post_transform", "NONE")); err != nil {
		return nil, err
	}
	coefficients, k := n.floats("coefficients"), len(c.intercepts)
	c.single = k == 1 && labels.len() == 2
	switch {
	case k == 0 || k != labels.len() && !c.single || len(coefficients) == 0 || len(coefficients)%k != 0:
		return nil, fmt.Errorf("%d coefficients and %d intercepts for %d classes", len(coefficients), k, labels.len())
	case c.post != nil && k == 1:
		return nil, fmt.Errorf("post_transform %q of one score is not supported", n.text("post_transform", ""))
	case k == 1 && !c.single:
		return nil, fmt.Errorf("one class")
	}
	c.factor = newFactor(doublesOf(&Tensor{Floats: coefficients}, Float, nil), len(coefficients)/k, k, true)
	return inFloats(&kernel{types: []Type{labels.typ, Float}, shape: c.shape, rows: first, run: c.run, classes: labels.names()}, t), nil
}

type linearClassifier struct {
	labels     classes
	intercepts []float32
	factor     *factor
	scores     int  // of a row
	single     bool // one sum, in favour of the second of two classes
	post       func(z []float64)
}

func (c *linearClassifier) shape(in, out []*Tensor) error {
	if len(in[0].Dims) != 2 || in[0].Dims[1] != c.factor.k {
		return fmt.Errorf("dimensions %v for %d coefficients", in[0].Dims, c.factor.k)
	}
	classified(in, out, c.scores)
	return nil
}

// classified sets the dimensions of a classifier's outputs: a label and scores for each
// row. The last may be left out.
func classified(in, out []*Tensor, scores int) {
	out[0].setDims(in[0].Dims[0])
	out[1].setDims(in[0].Dims[0], scores)
}

func (c *linearClassifier) run(in, out []*Tensor, s *scratch) error {
	rows, k := in[0].Dims[0], len(c.intercepts)
	acc := s.float64s(1, rows*k)
	c.factor.multiply(acc, doublesOf(in[0], Float, s.memory(0)))
	z := s.float64s(2, c.scores)
	for i := range rows {
		for j := range k {
			z[j] = acc[i*k+j] + float64(c.intercepts[j])
		}
		best := 0
		switch {
		case !c.single:
			best = firstLargest(z)
		case z[0] > 0:
			best = 1
		}
		c.labels.set(out[0], i, best)
		switch {
		case c.single:
			complement(z)
		case c.post != nil:
			c.post(z)
		}
		for j, v := range z {
			out[1].Floats[i*c.scores+j] = float32(v)
		}
	}
	return nil
}
