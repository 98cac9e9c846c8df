// Package paired holds what the benchmarks share: statistics of pairs of runs, and the form of their figures.
package paired

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// Result is one entry of a file of figures; see DESIGN.md. Ratios are ours over the peer's.
type Result struct {
	Name        string            `json:"name"`
	Peer        string            `json:"peer"`
	CPURatio    float64           `json:"cpu_ratio"`
	WallRatio   float64           `json:"wall_ratio"`
	MemoryRatio float64           `json:"memory_ratio"`
	Runs        int               `json:"runs"`
	Spread      Spread            `json:"spread"`
	Versions    map[string]string `json:"versions"`
}

// Spread holds the smallest and the largest ratio of a round.
type Spread struct {
	CPURatio    [2]float64 `json:"cpu_ratio"`
	WallRatio   [2]float64 `json:"wall_ratio"`
	MemoryRatio [2]float64 `json:"memory_ratio"`
}

// Ratios divides a by b, pair by pair; what disturbs a whole round cancels out. A b of zero gives no ratio.
func Ratios(a, b []float64) []float64 {
	var out []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			out = append(out, a[i]/b[i])
		}
	}
	return out
}

// Median is the middle value, or the mean of the two middle ones; 0 where there is none.
func Median(v []float64) float64 {
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

// Extent is the smallest and the largest value, rounded; zeros where there is none.
func Extent(v []float64) [2]float64 {
	if len(v) == 0 {
		return [2]float64{}
	}
	return [2]float64{Round(slices.Min(v)), Round(slices.Max(v))}
}

// Round keeps three decimals.
func Round(v float64) float64 { return math.Round(v*1000) / 1000 }

// Write writes figures as indented JSON, in a folder that it creates where it is missing.
func Write(path string, results any) error {
	data, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return fmt.Errorf("encode figures: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create folder for figures: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}
