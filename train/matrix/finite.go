package matrix

import "math"

// Finite says whether every number is finite.
func Finite[F float32 | float64](parts ...[]F) bool {
	for _, part := range parts {
		for _, v := range part {
			if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
				return false
			}
		}
	}
	return true
}
