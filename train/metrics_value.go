package train

import (
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// scoreValues computes the metrics of a regression. The determination r2 is not
// defined where every value is the same, the relative error where one is zero,
// the Poisson deviance where a value is negative or a prediction not positive.
func scoreValues(p Predictions) map[string]float64 {
	n := float64(len(p.Value))
	var absolute, square, bias, relative, mean, deviance float64
	errors := make([]float64, len(p.Value))
	countable, nonZero := true, true
	for i, y := range p.Value {
		predicted := p.Scores.Data[i]
		e := predicted - y
		errors[i] = math.Abs(e)
		absolute += errors[i]
		square += float64(e * e)
		bias += e
		mean += y / n
		nonZero = nonZero && y != 0
		if nonZero {
			relative += errors[i] / math.Abs(y)
		}
		countable = countable && y >= 0 && predicted > 0
		if countable {
			deviance += poissonDeviance(y, predicted)
		}
	}
	m := map[string]float64{
		"mae": absolute / n, "mse": square / n, "rmse": math.Sqrt(square / n), "mean_error": bias / n,
		"max_error": slices.Max(errors), "median_absolute_error": median(errors),
	}
	if spread := squares(p.Value, mean); spread > 0 {
		m["r2"] = 1 - square/spread
	}
	if nonZero {
		m["mape"] = relative / n
	}
	if countable {
		m["poisson_deviance"] = deviance / n
	}
	return m
}

// poissonDeviance is 2(y log(y/μ) − y + μ).
func poissonDeviance(y, mu float64) float64 {
	d := mu - y
	if y > 0 {
		d += float64(y * fpmath.Log(y/mu))
	}
	return 2 * d
}

// squares is the sum of squared distances from the mean.
func squares(values []float64, mean float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64((v - mean) * (v - mean))
	}
	return sum
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
