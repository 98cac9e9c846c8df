package optimize

import "math"

// dot sums in index order.
func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += float64(v * b[i])
	}
	return sum
}

// axpy adds a times x to y.
func axpy(a float64, x, y []float64) {
	for i, v := range x {
		y[i] += float64(a * v)
	}
}

// largest is the largest absolute component; NaN where any is.
func largest(x []float64) float64 {
	top := 0.0
	for _, v := range x {
		if math.IsNaN(v) {
			return v
		}
		top = math.Max(top, math.Abs(v))
	}
	return top
}

func norm1(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(v)
	}
	return sum
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func clone(x []float64) []float64 { return append([]float64(nil), x...) }
