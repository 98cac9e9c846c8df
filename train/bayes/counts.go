package bayes

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
)

// multinomial sets the coefficients to log θ, centred, where θ_j is the smoothed share
// of feature j in the counts of a class.
func (f *fitter) multinomial(ctx context.Context, m *Model) error {
	if err := f.refuseNegative(); err != nil {
		return err
	}
	t, err := f.total(ctx, func(into, row []float64, _ int, w float64) {
		for j, x := range row {
			into[j] += float64(w * x)
		}
	})
	if err != nil {
		return err
	}
	alpha := max(f.options.Alpha, smallestAlpha)
	m.Offset = lowered(f.priors(t.weight))
	for c := range m.Classes {
		counts := t.feature[c*m.Width : (c+1)*m.Width]
		all := float64(alpha * float64(m.Width))
		for _, n := range counts {
			all += n
		}
		for j, n := range counts {
			t.feature[c*m.Width+j] = fpmath.Log(n+alpha) - fpmath.Log(all)
		}
	}
	m.Coefficients = centred(t.feature, m.Classes)
	return nil
}

// centred subtracts from the coefficients of each feature their mean over the
// classes. That changes no probability, and smaller numbers are rounded less.
func centred(coefficients []float64, classes int) []float32 {
	width := len(coefficients) / classes
	out := make([]float32, len(coefficients))
	for j := range width {
		mean := 0.0
		for c := range classes {
			mean += coefficients[c*width+j] / float64(classes)
		}
		for c := range classes {
			out[c*width+j] = float32(coefficients[c*width+j] - mean)
		}
	}
	return out
}

func (f *fitter) refuseNegative() error {
	for i, x := range f.sample.Dense.Data {
		if x < 0 {
			return job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.distribution", Excerpt: Multinomial,
				Message: fmt.Sprintf("a multinomial distribution is one of counts, but feature %d has the value %v", i%f.sample.Dense.Width, x),
				Hint:    "scale number columns with none or min-max, or choose another distribution"}}
		}
	}
	return nil
}

// bernoulli sets the coefficients to the centred logit of the smoothed share of rows
// that have a feature, and adds log(1-θ) of all features to the offset.
func (f *fitter) bernoulli(ctx context.Context, m *Model) error {
	threshold := float64(m.Threshold)
	t, err := f.total(ctx, func(into, row []float64, _ int, w float64) {
		for j, x := range row {
			if x > threshold {
				into[j] += w
			}
		}
	})
	if err != nil {
		return err
	}
	alpha := max(f.options.Alpha, smallestAlpha)
	offset := f.priors(t.weight)
	for c := range offset {
		all := fpmath.Log(t.weight[c] + float64(2*alpha))
		for j := range m.Width {
			at := c*m.Width + j
			// A sum of weights less itself may come out below zero by a rounding.
			absent := fpmath.Log(max(0, t.weight[c]-t.feature[at])+alpha) - all
			offset[c] += absent
			t.feature[at] = fpmath.Log(t.feature[at]+alpha) - all - absent
		}
	}
	m.Offset = lowered(offset)
	m.Coefficients = centred(t.feature, m.Classes)
	return nil
}
