package bayes

import (
	"context"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// Bounds of an exported standard deviation, within the normal numbers of
// float32.
const (
	smallestDeviation = 0x1p-126
	largestDeviation  = 0x1p127
)

// gaussian sets means and standard deviations. The second pass sums squares
// about the means of the first, which loses no digits where a mean is large.
func (f *fitter) gaussian(ctx context.Context, m *Model) error {
	first, err := f.total(ctx, func(into, row []float64, _ int, w float64) {
		for j, x := range row {
			into[j] += float64(w * x)
		}
	})
	if err != nil {
		return err
	}
	mean := first.feature
	perClass(mean, first.weight)
	second, err := f.total(ctx, func(into, row []float64, class int, w float64) {
		for j, x := range row {
			d := x - mean[class*len(row)+j]
			into[j] += float64(w * float64(d*d))
		}
	})
	if err != nil {
		return err
	}
	variance := second.feature
	perClass(variance, first.weight)
	spread := pooled(first.weight, mean, variance)
	floor := float64(f.options.VarSmoothing * slices.Max(spread))
	m.Mean, m.Deviation = round(mean), make([]float32, len(variance))
	offset := f.priors(first.weight)
	for c := range offset {
		for j := range m.Width {
			at := c*m.Width + j
			m.Deviation[at] = deviation(variance[at] + floor)
			offset[c] -= fpmath.Log(float64(m.Deviation[at]))
		}
	}
	m.Offset = lowered(offset)
	return nil
}

// deviation is the standard deviation for a variance, or 1 where it is zero:
// then every feature is constant and only the distance to it counts.
func deviation(variance float64) float32 {
	if variance == 0 {
		return 1
	}
	return float32(min(largestDeviation, max(smallestDeviation, math.Sqrt(variance))))
}

// perClass divides the sums of each class by its weight.
func perClass(sum, weight []float64) {
	width := len(sum) / len(weight)
	for i := range sum {
		if w := weight[i/width]; w > 0 {
			sum[i] /= w
		}
	}
}

// pooled is the variance of each feature over all classes.
func pooled(weight, mean, variance []float64) []float64 {
	width := len(mean) / len(weight)
	centre, spread := make([]float64, width), make([]float64, width)
	all := 0.0
	for _, w := range weight {
		all += w
	}
	for c, w := range weight {
		for j := range width {
			centre[j] += float64(w / all * mean[c*width+j])
		}
	}
	for c, w := range weight {
		for j := range width {
			d := mean[c*width+j] - centre[j]
			spread[j] += float64(w / all * (variance[c*width+j] + float64(d*d)))
		}
	}
	return spread
}

func round(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
