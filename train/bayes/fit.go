package bayes

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Distributions of a feature given the class.
const (
	Gaussian    = "gaussian"
	Multinomial = "multinomial"
	Bernoulli   = "bernoulli"
)

// Rows are cut into at most maxShards shards of at least minRows. Both are
// part of what decides a model's bits.
const (
	maxShards = 16
	minRows   = 256
)

// Options are the algorithm's parameters.
type Options struct {
	Distribution string
	Uniform      bool    // classes are equally likely, rather than as frequent as their rows
	VarSmoothing float64 // share of the largest variance added to each; gaussian
	Alpha        float64 // count added to each feature's; multinomial and bernoulli
	Threshold    float64 // above it a feature is present; bernoulli
}

// smallestAlpha keeps logarithms of frequencies finite.
const smallestAlpha = 1e-10

// never is the logarithm of the prior of a class without rows.
const never = -1e9

// Fit estimates the parameters in one pass over the rows, or two for the
// normal distribution. The multinomial distribution refuses negative values.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	f := &fitter{sample: s, options: o, shards: parallel.Shards(s.Rows(), minRows, maxShards)}
	m := &Model{Distribution: o.Distribution, Classes: s.Classes, Width: s.Dense.Width, Threshold: float32(o.Threshold)}
	var err error
	switch o.Distribution {
	case Gaussian:
		err = f.gaussian(ctx, m)
	case Multinomial:
		err = f.multinomial(ctx, m)
	case Bernoulli:
		err = f.bernoulli(ctx, m)
	default:
		err = job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.distribution", Excerpt: o.Distribution,
			Message: fmt.Sprintf("%q is not a distribution", o.Distribution), Hint: "it is gaussian, multinomial or bernoulli"}}
	}
	if err != nil {
		return nil, learn.Info{}, err
	}
	if p != nil {
		p(1, 1, math.NaN())
	}
	return m, learn.Info{Iterations: 1, Converged: true, Stopped: learn.StoppedDone}, nil
}

type fitter struct {
	sample  learn.Sample
	options Options
	shards  []parallel.Range
}

// sums are over the rows of each class: of their weights, and of something of
// each feature.
type sums struct {
	weight  []float64 // by class
	feature []float64 // by class and feature
}

// total sums over all rows; add puts what is to be summed for one row of the
// given class and weight into the feature sums of that class.
func (f *fitter) total(ctx context.Context, add func(into, row []float64, class int, weight float64)) (sums, error) {
	s, width := f.sample, f.sample.Dense.Width
	parts := make([]sums, len(f.shards))
	err := parallel.Do(ctx, len(parts), func(i int) {
		part := sums{make([]float64, s.Classes), make([]float64, s.Classes*width)}
		for r := f.shards[i].From; r < f.shards[i].To; r++ {
			w, c := f.sample.Weight.Of(r), s.Class[r]
			part.weight[c] += w
			add(part.feature[c*width:(c+1)*width], s.Dense.Row(r), c, w)
		}
		parts[i] = part
	})
	if err != nil {
		return sums{}, err
	}
	for stride := 1; stride < len(parts); stride *= 2 {
		for i := 0; i+stride < len(parts); i += 2 * stride {
			plus(parts[i].weight, parts[i+stride].weight)
			plus(parts[i].feature, parts[i+stride].feature)
		}
	}
	return parts[0], nil
}

// priors are the logarithms of the classes' probabilities.
func (f *fitter) priors(weight []float64) []float64 {
	all, present := 0.0, 0
	for _, w := range weight {
		all += w
		if w > 0 {
			present++
		}
	}
	out := make([]float64, len(weight))
	for c, w := range weight {
		switch {
		case w == 0:
			out[c] = never
		case f.options.Uniform:
			out[c] = -fpmath.Log(float64(present))
		default:
			out[c] = fpmath.Log(w / all)
		}
	}
	return out
}

// lowered makes the largest offset zero. Only their differences matter, and
// smaller numbers are rounded less.
func lowered(offset []float64) []float32 {
	top := slices.Max(offset)
	out := make([]float32, len(offset))
	for c, v := range offset {
		out[c] = float32(v - top)
	}
	return out
}

func plus(into, from []float64) {
	for i, v := range from {
		into[i] += v
	}
}
