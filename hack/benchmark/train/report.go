package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	Kind       string  `json:"kind"`
	Rows       int     `json:"rows"`
	Columns    int     `json:"columns"`
	Threads    int     `json:"threads"`
	MetricName string  `json:"metric"`
	Ours       side    `json:"ours"`
	Theirs     side    `json:"theirs"`
	Load       float64 `json:"load"` // average of the minute before
}

// results are those of one file, in the order of the scenarios.
type results []result

// readResults reads what an earlier run wrote; nothing where there is no such file.
func readResults(path string) (results, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out results
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	return out, nil
}

func (s scenario) owns(r result) bool { return r.Name == resultPrefix+s.name() }

func (all results) has(s scenario) bool { return slices.ContainsFunc(all, s.owns) }

// with puts the results of one scenario in the place of its earlier ones, and drops those of scenarios that are no more.
func (all results) with(s scenario, fresh []result) results {
	var out results
	for _, other := range scenarios {
		if other.name() == s.name() {
			out = append(out, fresh...)
			continue
		}
		for _, r := range all {
			if other.owns(r) {
				out = append(out, r)
			}
		}
	}
	return out
}

const resultPrefix = "train/"

var metricNames = map[string]string{
	"boosting": "test AUC", "forest": "test AUC", "logistic": "test log loss", "ridge": "test RMSE", "kmeans": "inertia per row",
	"pca": "explained variance", "csv": "mean of f0", "whole-boosting": "held-out AUC", "whole-logistic": "held-out AUC",
	"sweep": "best mean log loss", "knn": "test AUC", "flights": "test AUC", "whole-flights": "held-out RMSE", "parquet": "mean of delay",
	"determinism-exp": "sum", "determinism-dot": "result", "determinism-product": "an element", "determinism-cholesky": "an element",
	"determinism-histogram": "a sum",
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
	r := result{Kind: s.kind, Rows: s.rows, Columns: s.width(), Threads: s.threads, MetricName: metricNames[s.kind], Ours: best(ours), Theirs: best(theirs)}
	r.Result = paired.Result{
		Name: resultPrefix + s.name(), Peer: peer, Runs: len(ours),
		CPURatio:    paired.Round(r.Ours.CPU / r.Theirs.CPU),
		WallRatio:   paired.Round(r.Ours.Wall / r.Theirs.Wall),
		MemoryRatio: paired.Round(r.Ours.Memory / r.Theirs.Memory),
		Spread:      paired.Spread{CPURatio: extents[0], WallRatio: extents[1], MemoryRatio: extents[2]},
	}
	return r
}

// printTable shows the least figures of each side, and their ratios.
func printTable(w io.Writer, all results) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\tpeer\tCPU s\tpeer\tratio\twall s\tpeer\tratio\tMB\tpeer\tratio\tmetric\tours\tpeer")
	for _, r := range all {
		fmt.Fprintf(t, "%s\t%s\t%.3g\t%.3g\t%.2f\t%.3g\t%.3g\t%.2f\t%.0f\t%.0f\t%.2f\t%s\t%.5f\t%.5f\n", r.Name, r.Peer,
			r.Ours.CPU, r.Theirs.CPU, r.CPURatio, r.Ours.Wall, r.Theirs.Wall, r.WallRatio,
			r.Ours.Memory/1e6, r.Theirs.Memory/1e6, r.MemoryRatio, r.MetricName, r.Ours.Metric, r.Theirs.Metric)
	}
	return t.Flush()
}
