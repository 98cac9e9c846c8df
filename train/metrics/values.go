package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// errors are the errors of a regression, with the rows by their size.
type errors struct {
	value    []float64
	signed   []float64 // prediction less value
	deviance []float64 // Poisson; nil where it is not defined
	nonZero  bool      // whether no value is zero
	order    []int32   // rows by rising absolute error
}

func newErrors(s Sample) *errors {
	n := len(s.Value)
	e := &errors{value: s.Value, signed: make([]float64, n), deviance: make([]float64, n), nonZero: true, order: make([]int32, n)}
	countable := true
	for i, y := range s.Value {
		predicted := s.Scores.Data[i]
		e.order[i] = int32(i)
		e.signed[i] = predicted - y
		e.nonZero = e.nonZero && y != 0
		if countable = countable && y >= 0 && predicted > 0; countable {
			e.deviance[i] = poissonDeviance(y, predicted)
		}
	}
	if !countable {
		e.deviance = nil
	}
	slices.SortFunc(e.order, func(a, b int32) int {
		if c := cmp.Compare(math.Abs(e.signed[a]), math.Abs(e.signed[b])); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	return e
}

// score computes the metrics. The determination r2 is not defined where every
// value is the same, the relative error where one is zero, the Poisson deviance
// where a value is negative or a prediction not positive.
func (e *errors) score(c counts) map[string]float64 {
	var n, absolute, square, bias, relative, sum float64
	for i, d := range e.signed {
		w := c.of(i)
		n += w
		sum += float64(w * e.value[i])
		absolute += float64(w * math.Abs(d))
		square += float64(w * float64(d*d))
		bias += float64(w * d)
		if e.nonZero {
			relative += float64(w * (math.Abs(d) / math.Abs(e.value[i])))
		}
	}
	m := map[string]float64{
		"mae": absolute / n, "mse": square / n, "rmse": math.Sqrt(square / n), "mean_error": bias / n,
		"max_error": e.largest(c), "median_absolute_error": e.median(c, n),
	}
	if spread := e.spread(c, sum/n); spread > 0 {
		m["r2"] = 1 - square/spread
	}
	if e.nonZero {
		m["mape"] = relative / n
	}
	if e.deviance != nil {
		m["poisson_deviance"] = mean(e.deviance, c)
	}
	return m
}

// poissonDeviance is 2(y log(y/μ) − y + μ).
func poissonDeviance(y, mu float64) float64 {
	d := mu - y
	if y > 0 {
		d += float64(y * fpmath.Log(y/mu))
	}
	return float64(2 * d)
}

// spread is the sum of squared distances from the mean.
func (e *errors) spread(c counts, mean float64) float64 {
	sum := 0.0
	for i, v := range e.value {
		sum += float64(c.of(i) * float64((v-mean)*(v-mean)))
	}
	return sum
}

func (e *errors) largest(c counts) float64 {
	for _, row := range slices.Backward(e.order) {
		if c.of(int(row)) > 0 {
			return math.Abs(e.signed[row])
		}
	}
	return 0
}

// median is that of the absolute errors of n rows, which is a whole number.
func (e *errors) median(c counts, n float64) float64 {
	low, high := math.Floor((n-1)/2), math.Floor(n/2)
	seen, first := 0.0, math.NaN()
	for _, row := range e.order {
		seen += c.of(int(row))
		d := math.Abs(e.signed[row])
		if math.IsNaN(first) && seen > low {
			first = d
		}
		if seen > high {
			return (first + d) / 2
		}
	}
	return 0
}
