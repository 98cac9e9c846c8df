package runtime

import (
	"errors"
	"fmt"
	"slices"
)

// treeClassifier is the operator TreeEnsembleClassifier: the sums of an ensemble become
// a label and scores. Two classes have the weights of one only: each row has one sum, of
// which the scores of both are made.
type treeClassifier struct {
	*ensemble
	labels    classes
	transform func(z []float64)
	logistic  bool
	single    bool    // there are two classes
	positive  bool    // none of the weights is negative: sums are probabilities
	threshold float64 // a single sum above it is for the second class
}

// buildTreeClassifier makes the operator TreeEnsembleClassifier.
func buildTreeClassifier(n *node) (*kernel, error) {
	t, err := n.want(0, Float, Double, Int64)
	if err != nil {
		return nil, err
	}
	labels, err := classesOf(n, "classlabels_int64s")
	if err != nil {
		return nil, err
	}
	a, err := readTreeAttributes(n, "class")
	if err != nil {
		return nil, err
	}
	roots, err := a.read(labels.len())
	if err != nil {
		return nil, err
	}
	c := &treeClassifier{labels: labels}
	if err := c.prepare(n, a); err != nil {
		return nil, err
	}
	if c.ensemble, err = newEnsemble(roots, labels.len(), "SUM", "NONE"); err != nil {
		return nil, err
	}
	if err := c.setBase(n.floatsOf("base_values"), a); err != nil {
		return nil, err
	}
	k := &kernel{types: []Type{labels.typ, Float}, shape: c.shape, rows: first, run: c.run, classes: labels.names()}
	if t == Double {
		return k, nil
	}
	return inFloats(k, t), nil
}

// prepare decides how scores are made.
func (c *treeClassifier) prepare(n *node, a *treeAttributes) (err error) {
	name := n.text("post_transform", "NONE")
	if c.transform, err = transformOf(name); err != nil {
		return err
	}
	if c.labels.len() < 2 {
		return errors.New("one class")
	}
	if len(a.weights) == 0 {
		return errors.New("no weights")
	}
	c.logistic, c.single = name == "LOGISTIC", c.labels.len() == 2
	c.positive = !slices.ContainsFunc(a.weights, func(w float32) bool { return w < 0 })
	if c.positive {
		c.threshold = 0.5
	}
	if c.single && slices.ContainsFunc(a.weightTargets, func(k int64) bool { return k != a.weightTargets[0] }) { // ONNX Runtime's labels are none of the model's then
		return errors.New("two classes with weights of both are not supported")
	}
	if c.single && name == "PROBIT" {
		return errors.New("post_transform PROBIT of one score is not supported")
	}
	return nil
}

// setBase: of two classes with the weights of one, the base is that of their only sum.
func (c *treeClassifier) setBase(values []float32, a *treeAttributes) error {
	if c.labels.len() > 2 || len(values) == 0 {
		return c.ensemble.setBase(values)
	}
	if !c.single || len(values) != 1 {
		return fmt.Errorf("%d base values for 2 classes are not supported", len(values))
	}
	c.base = make([]float64, 2)
	c.base[a.weightTargets[0]] = float64(values[0])
	return nil
}

func (c *treeClassifier) shape(in, out []*Tensor) error {
	if err := c.ensemble.shape(in, out); err != nil {
		return err
	}
	classified(in, out, c.stride)
	return nil
}

func (c *treeClassifier) run(in, out []*Tensor, s *scratch) error {
	scores := out[1].Floats
	if err := sums(c.ensemble, in[0], scores, s); err != nil {
		return err
	}
	z := s.float64s(0, c.stride)
	for i := range in[0].Dims[0] {
		row := scores[i*c.stride : (i+1)*c.stride]
		for j, v := range row {
			z[j] = float64(v)
		}
		c.labels.set(out[0], i, c.label(z))
		c.score(z)
		for j, v := range z {
			row[j] = float32(v)
		}
	}
	return nil
}

// label is the class of a row by its sums.
func (c *treeClassifier) label(z []float64) int {
	if c.single {
		return int(bit(z[0]+z[1] > c.threshold)) // one of the two is zero
	}
	return firstLargest(z)
}

// score turns sums into scores.
func (c *treeClassifier) score(z []float64) {
	if !c.single {
		if c.transform != nil {
			c.transform(z)
		}
		return
	}
	z[0] += z[1]
	switch {
	case c.logistic:
		mirror(z)
		c.transform(z)
	case c.positive:
		complement(z)
	default:
		mirror(z)
	}
}
