package linalg

import "math"

// Dot is aᵀb in four lanes, combined as (0+1)+(2+3); lanes let the CPU overlap
// the additions without changing their order.
func Dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		s0 += float64(a[0] * b[0])
		s1 += float64(a[1] * b[1])
		s2 += float64(a[2] * b[2])
		s3 += float64(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += float64(v * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// Add adds x to y.
func Add(y, x []float64) {
	for i, v := range x {
		y[i] += v
	}
}

// AddScaled adds a times x to y.
func AddScaled(y []float64, a float64, x []float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float64(a * v)
	}
}

// Norm is the Euclidean norm, without regard to overflow.
func Norm(x []float64) float64 { return math.Sqrt(Dot(x, x)) }
