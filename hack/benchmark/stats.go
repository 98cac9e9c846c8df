package main

import (
	"math"
	"slices"
)

func values(samples []sample, of func(sample) float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = of(s)
	}
	return out
}

// ratios divides a by b, pair by pair; what disturbs a whole round cancels out. A b of zero gives no ratio.
func ratios(a, b []sample, of func(sample) float64) []float64 {
	var out []float64
	for i := range min(len(a), len(b)) {
		if d := of(b[i]); d > 0 {
			out = append(out, of(a[i])/d)
		}
	}
	return out
}

// median is the middle value, or the mean of the two middle ones; 0 where there is none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return (s[mid-1] + s[mid]) / 2
}

// extent is the smallest and the largest value, rounded; zeros where there is none.
func extent(v []float64) [2]float64 {
	if len(v) == 0 {
		return [2]float64{}
	}
	return [2]float64{round(slices.Min(v)), round(slices.Max(v))}
}

// round keeps three decimals.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
