package main

import "github.com/modelbuild/modelbuild/hack/benchmark/paired"

func values(samples []sample, of func(sample) float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = of(s)
	}
	return out
}

// ratios divides a by b, pair by pair.
func ratios(a, b []sample, of func(sample) float64) []float64 {
	return paired.Ratios(values(a, of), values(b, of))
}
