package features

import (
	"fmt"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
)

// Number is how one number is treated, with what was estimated: it is held
// between Low and High, or becomes Fill where it is missing, and then
// (x-Offset)/Divisor, all in float32.
type Number struct {
	Fill      float32 // NaN: missing values are kept
	Low, High float32 // infinite where nothing is clipped
	Offset    float32
	Divisor   float32
}

// clips says whether the number has bounds.
func (n Number) clips() bool {
	return !math.IsInf(float64(n.Low), 0) || !math.IsInf(float64(n.High), 0)
}

// apply treats values in place.
func (n Number) apply(values []float32) {
	for i, x := range values {
		switch {
		case x != x:
			x = n.Fill
		case x < n.Low:
			x = n.Low
		case x > n.High:
			x = n.High
		}
		values[i] = finite((x - n.Offset) / n.Divisor)
	}
}

// finite holds what float32 cannot at its largest number.
func finite(x float32) float32 {
	switch {
	case x > math.MaxFloat32:
		return math.MaxFloat32
	case x < -math.MaxFloat32:
		return -math.MaxFloat32
	}
	return x
}

// fitNumber estimates from values, which it overwrites.
func fitNumber(c Column, values []float32) Number {
	n := Number{Low: float32(math.Inf(-1)), High: float32(math.Inf(1)), Divisor: 1}
	present := make([]float32, 0, len(values))
	for _, v := range values {
		if v == v {
			present = append(present, v)
		}
	}
	switch {
	case len(c.Clip) == 2:
		n.Low, n.High = float32(c.Clip[0]), float32(c.Clip[1])
	case len(c.ClipQuantiles) == 2 && len(present) > 0:
		o := newOrder(present)
		n.Low, n.High = float32(o.quantile(c.ClipQuantiles[0])), float32(o.quantile(c.ClipQuantiles[1]))
	}
	n.apply(present)
	n.Fill = fill(c.Missing, present)
	n.apply(values)
	if c.Missing == job.MissingKeep {
		values = present
	}
	if len(values) > 0 {
		n.scale(c.Scale, values)
	}
	return n
}

// scale estimates the offset and the divisor. A constant column is only centred.
func (n *Number) scale(how string, values []float32) {
	switch how {
	case job.ScaleStandard:
		n.Offset, n.Divisor = standard(values)
	case job.ScaleMinMax:
		n.Offset = slices.Min(values)
		n.Divisor = slices.Max(values) - n.Offset
	case job.ScaleRobust:
		o := newOrder(values)
		n.Offset, n.Divisor = float32(o.median()), float32(o.quantile(0.75)-o.quantile(0.25))
	}
	switch {
	case math.IsInf(float64(n.Divisor), 0):
		n.Offset, n.Divisor = 0, math.MaxFloat32
	case !(n.Divisor > 0):
		n.Divisor = 1
	}
}

// fill computes the value for missing ones from those present; zero where there
// are none.
func fill(how string, present []float32) float32 {
	switch how {
	case job.MissingKeep:
		return float32(math.NaN())
	case job.MissingMedian, job.MissingMean, job.MissingMostFrequent, job.MissingZero:
	default:
		panic(fmt.Sprintf("features: %q was not checked", how))
	}
	if len(present) == 0 {
		return 0
	}
	switch how {
	case job.MissingMedian:
		return float32(newOrder(present).median())
	case job.MissingMean:
		return float32(mean(present))
	case job.MissingMostFrequent:
		return mode(present)
	}
	return 0
}

// mode is the most frequent value, the least of those in a tie.
func mode(values []float32) float32 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	best, length, run := sorted[0], 0, 0
	for i, v := range sorted {
		if i > 0 && v != sorted[i-1] {
			run = 0
		}
		if run++; run > length {
			best, length = v, run
		}
	}
	return best
}

func mean(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

// standard returns the mean and the population standard deviation.
func standard(values []float32) (offset, divisor float32) {
	m := mean(values)
	sum := 0.0
	for _, v := range values {
		d := float64(v) - m
		sum += float64(d * d)
	}
	return float32(m), float32(math.Sqrt(sum / float64(len(values))))
}
