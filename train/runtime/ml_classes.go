package runtime

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// classes are the labels of a classifier.
type classes struct {
	typ   Type
	texts []string
	ints  []int64
}

// mostClasses is the most that a classifier may have, and the most targets of trees.
const mostClasses = 1 << 16

// classesOf reads the labels, which are integers or texts. The name of the former
// differs between operators.
func classesOf(n *node, ints string) (classes, error) {
	c := classes{ints: n.ints(ints), texts: n.texts("classlabels_strings"), typ: Int64}
	if len(c.texts) > 0 {
		c.typ = String
	}
	switch k := c.len(); {
	case n.err != nil:
		return c, n.err
	case len(c.ints) > 0 && len(c.texts) > 0 || k == 0:
		return c, errors.New("class labels are not given, or given twice")
	case k > mostClasses:
		return c, fmt.Errorf("%d classes are more than %d", k, mostClasses)
	}
	return c, nil
}

func (c *classes) len() int { return len(c.ints) + len(c.texts) }

// set makes class k the label of row i.
func (c *classes) set(out *Tensor, i, k int) {
	if c.typ == String {
		out.Strings[i] = c.texts[k]
	} else {
		out.Ints[i] = c.ints[k]
	}
}

// names are the labels as texts.
func (c *classes) names() []string {
	if c.typ == String {
		return c.texts
	}
	out := make([]string, len(c.ints))
	for i, v := range c.ints {
		out[i] = strconv.FormatInt(v, 10)
	}
	return out
}

// firstLargest is the position of the first element that no other one exceeds.
func firstLargest(z []float64) int {
	best := 0
	for i, v := range z {
		if v > z[best] {
			best = i
		}
	}
	return best
}

// transformOf is a post_transform of the scores of a row; nil is NONE. It is not that
// of one score, which each operator treats in its own way.
func transformOf(name string) (func(z []float64), error) {
	switch name {
	case "NONE":
		return nil, nil
	case "SOFTMAX":
		return softmax, nil
	case "SOFTMAX_ZERO":
		return softmaxZero, nil
	case "LOGISTIC":
		return eachOf(fpmath.Sigmoid), nil
	case "PROBIT":
		return eachOf(probit), nil
	}
	return nil, fmt.Errorf("post_transform %q", name)
}

func eachOf(f func(float64) float64) func(z []float64) {
	return func(z []float64) {
		for i, v := range z {
			z[i] = f(v)
		}
	}
}

// softmaxZero is softmax among the scores that are not zero: those keep their zero.
func softmaxZero(z []float64) {
	const zero = 1e-7 // what is nearer to zero is zero
	top, sum := slices.Max(z), 0.0
	for i, v := range z {
		if math.Abs(v) > zero {
			z[i] = fpmath.Exp(v - top)
			sum += z[i]
		} else {
			z[i] = float64(v * fpmath.Exp(-top))
		}
	}
	if sum == 0 {
		return
	}
	for i := range z {
		z[i] /= sum
	}
}

// probit is the inverse of the normal distribution function, by Winitzki's approximation
// of the inverse error function (2008) with a = 0.147, as ONNX Runtime has it.
func probit(p float64) float64 {
	const a = 0.147
	x := float64(2*p) - 1
	log := fpmath.Log(float64((1 - x) * (1 + x)))
	v := 2/(math.Pi*a) + float64(0.5*log)
	root := math.Sqrt(math.Sqrt(float64(v*v)-log/a) - v)
	return float64(math.Sqrt2 * math.Copysign(root, x))
}

// complement makes of the score of the second of two classes those of both, as of a
// probability: 1 - s and s.
func complement(z []float64) { z[0], z[1] = 1-z[0], z[0] }

// mirror is complement for a margin: -s and s.
func mirror(z []float64) { z[0], z[1] = -z[0], z[0] }

// inFloats gives a kernel on float32 its first input in that type, whichever numbers it holds.
func inFloats(k *kernel, t Type) *kernel {
	run := k.run
	if t == Float {
		return k
	}
	k.run = func(in, out []*Tensor, s *scratch) error {
		x := Tensor{Dims: in[0].Dims, Floats: room[float32](s, 0, in[0].size(t))}
		for i, v := range in[0].Doubles {
			x.Floats[i] = float32(v)
		}
		for i, v := range in[0].Ints {
			x.Floats[i] = float32(v)
		}
		return run([]*Tensor{&x}, out, s)
	}
	return k
}
