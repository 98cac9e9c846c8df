package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

// side is the best of one side's runs. Peak memory is of the whole process, also where the fit alone is timed.
type side struct {
	CPU    float64 `json:"cpu_seconds"`
	Wall   float64 `json:"wall_seconds"`
	Memory float64 `json:"memory_bytes"`
	Metric float64 `json:"metric"`
}

// result is one entry of the file of figures. The ratios are of the least figures of each side, since what else runs on
// a machine only ever adds to them; the spread is of the ratios pair by pair.
type result struct {
	paired.Result
	Rows       int    `json:"rows"`
	Threads    int    `json:"threads"`
	MetricName string `json:"metric"`
	Ours       side   `json:"ours"`
	Theirs     side   `json:"theirs"`
}

var metricNames = map[string]string{
	"boosting": "test AUC", "forest": "test AUC", "logistic": "test log loss", "ridge": "test RMSE", "kmeans": "inertia per row",
	"pca": "explained variance", "csv": "mean of f0", "whole-boosting": "held-out AUC", "whole-logistic": "held-out AUC",
}

func values(samples []sample, of func(sample) float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = of(s)
	}
	return out
}

var figures = []func(sample) float64{
	func(s sample) float64 { return s.cpu }, func(s sample) float64 { return s.wall }, func(s sample) float64 { return s.memory },
}

func best(samples []sample) side {
	var least [3]float64
	for i, of := range figures {
		least[i] = slices.Min(values(samples, of))
	}
	return side{CPU: least[0], Wall: least[1], Memory: least[2], Metric: samples[0].metric}
}

// compare sets our runs against a peer's.
func compare(s scenario, peer string, ours, theirs []sample) result {
	var extents [3][2]float64
	for i, of := range figures {
		extents[i] = paired.Extent(paired.Ratios(values(ours, of), values(theirs, of)))
	}
	r := result{Rows: s.rows, Threads: s.threads, MetricName: metricNames[s.kind], Ours: best(ours), Theirs: best(theirs)}
	r.Result = paired.Result{
		Name: "train/" + s.name(), Peer: peer, Runs: len(ours),
		CPURatio:    paired.Round(r.Ours.CPU / r.Theirs.CPU),
		WallRatio:   paired.Round(r.Ours.Wall / r.Theirs.Wall),
		MemoryRatio: paired.Round(r.Ours.Memory / r.Theirs.Memory),
		Spread:      paired.Spread{CPURatio: extents[0], WallRatio: extents[1], MemoryRatio: extents[2]},
	}
	return r
}

// printTable shows the least figures of each side, and their ratios.
func printTable(w io.Writer, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\tpeer\tCPU s\tpeer\tratio\twall s\tpeer\tratio\tMB\tpeer\tratio\tmetric\tours\tpeer")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%.3f\t%.2f\t%.3f\t%.3f\t%.2f\t%.0f\t%.0f\t%.2f\t%s\t%.5f\t%.5f\n", r.Name, r.Peer,
			r.Ours.CPU, r.Theirs.CPU, r.CPURatio, r.Ours.Wall, r.Theirs.Wall, r.WallRatio,
			r.Ours.Memory/1e6, r.Theirs.Memory/1e6, r.MemoryRatio, r.MetricName, r.Ours.Metric, r.Theirs.Metric)
	}
	return t.Flush()
}
