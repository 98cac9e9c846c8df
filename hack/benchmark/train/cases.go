package main

import (
	"cmp"
	"fmt"
	"strings"
)

const (
	xgboost   = "xgboost"
	sklearn   = "scikit-learn"
	pandas    = "pandas"
	duckdb    = "duckdb"
	mathExp   = "math.Exp"
	assembly  = "gonum with assembly"
	floatSums = "float64 sums"
)

// scenario is one comparison. Kinds with the prefix whole- time whole processes: ours is the step train.
type scenario struct {
	kind    string
	rows    int
	threads int
	peers   []string
	quick   bool // also with -quick
	columns int  // zero for width
	runs    int  // at most, zero for as many as asked for
}

func (s scenario) name() string {
	size := fmt.Sprint(s.rows)
	if s.columns != 0 {
		size += fmt.Sprintf("x%d", s.columns)
	}
	return fmt.Sprintf("%s/%s/threads-%d", s.kind, size, s.threads)
}

func (s scenario) whole() bool { return strings.HasPrefix(s.kind, wholePrefix) }

// flights says that the data is not generated.
func (s scenario) flights() bool { return strings.Contains(s.kind, "flights") || s.kind == "parquet" }

// micro says that there is no data: what is timed is a loop in one process.
func (s scenario) micro() bool { return strings.HasPrefix(s.kind, microPrefix) }

// source is where the scenario's data is.
func (s scenario) source(dir string) source {
	switch {
	case s.flights():
		return source{dir + "/flights-", flightWidth}
	case s.columns != 0:
		return source{fmt.Sprintf("%s/w%d-", dir, s.columns), s.columns}
	}
	return source{dir + "/", width}
}

// width is the number of columns that the scenario reads.
func (s scenario) width() int {
	if s.flights() && s.kind != "flights" {
		return flightColumns
	}
	return s.source("").width
}

// goal is what a ratio may be at most; zero for no goal. CPU is of one thread. Metric is how much worse ours may be.
type goal struct{ cpu, memory, metric float64 }

// goals by the kind of the scenario, without the prefix whole-.
var goals = map[string]goal{
	"boosting": {1, 0.5, 0.002},
	"flights":  {1, 0.5, 0.002},
	"forest":   {0.2, 0, 0},
	"logistic": {1, 0, 0},
	"ridge":    {1, 0, 0},
	"kmeans":   {1.2, 0, 0},
	"pca":      {1.2, 0, 0},
	"csv":      {0.5, 0, 0},
}

func boosters() []string { return []string{xgboost, sklearn} }

// scenarios compare CPU with one thread, as the peers' threads spin while they wait for each other, and wall with two. The
// most important come first.
var scenarios = []scenario{
	{kind: "boosting", rows: 200_000, threads: 1, peers: boosters(), quick: true},
	{kind: "boosting", rows: 1_000_000, threads: 1, peers: boosters(), runs: 2},
	{kind: "flights", rows: flightTrain, threads: 1, peers: boosters(), runs: 2},
	{kind: "forest", rows: 50_000, threads: 1, peers: []string{sklearn}, quick: true, runs: 2},
	{kind: "logistic", rows: 200_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "ridge", rows: 200_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "kmeans", rows: 200_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "pca", rows: 200_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "knn", rows: 50_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "sweep", rows: 200_000, threads: 1, peers: []string{sklearn}, runs: 2},
	{kind: "csv", rows: 200_000, threads: 1, peers: []string{pandas}, quick: true},
	{kind: "csv", rows: 1_000_000, threads: 1, peers: []string{pandas}},
	{kind: "parquet", rows: flightRows, threads: 1, peers: []string{duckdb, pandas}},
	{kind: "whole-boosting", rows: 200_000, threads: 1, peers: boosters()},
	{kind: "whole-boosting", rows: 200_000, threads: 2, peers: boosters(), quick: true},
	{kind: "whole-flights", rows: flightRows, threads: 2, peers: boosters(), runs: 1},
	{kind: "whole-logistic", rows: 200_000, threads: 1, peers: []string{sklearn}},
	{kind: "whole-logistic", rows: 200_000, threads: 2, peers: []string{sklearn}, quick: true},

	{kind: "boosting", rows: 200_000, threads: 2, peers: boosters(), quick: true},
	{kind: "forest", rows: 50_000, threads: 2, peers: []string{sklearn}, runs: 1},
	{kind: "logistic", rows: 200_000, threads: 2, peers: []string{sklearn}, quick: true},
	{kind: "ridge", rows: 200_000, threads: 2, peers: []string{sklearn}, quick: true},
	{kind: "kmeans", rows: 200_000, threads: 2, peers: []string{sklearn}, quick: true},
	{kind: "pca", rows: 200_000, threads: 2, peers: []string{sklearn}, quick: true},
	{kind: "csv", rows: 1_000_000, threads: 2, peers: []string{pandas}},

	// Growth, together with the cases above.
	{kind: "boosting", rows: 10_000, threads: 1, peers: boosters(), quick: true},
	{kind: "boosting", rows: 100_000, threads: 1, peers: boosters()},
	{kind: "boosting", rows: 100_000, threads: 1, peers: boosters(), columns: 10, runs: 1},
	{kind: "boosting", rows: 100_000, threads: 1, peers: boosters(), columns: 100, runs: 1},
	{kind: "boosting", rows: 100_000, threads: 1, peers: boosters(), columns: 300, runs: 1},
	{kind: "logistic", rows: 10_000, threads: 1, peers: []string{sklearn}, quick: true},
	{kind: "logistic", rows: 100_000, threads: 1, peers: []string{sklearn}},
	{kind: "logistic", rows: 1_000_000, threads: 1, peers: []string{sklearn}},
	{kind: "logistic", rows: 100_000, threads: 1, peers: []string{sklearn}, columns: 10},
	{kind: "logistic", rows: 100_000, threads: 1, peers: []string{sklearn}, columns: 100},
	{kind: "logistic", rows: 100_000, threads: 1, peers: []string{sklearn}, columns: 300},
	{kind: "kmeans", rows: 10_000, threads: 1, peers: []string{sklearn}},
	{kind: "kmeans", rows: 1_000_000, threads: 1, peers: []string{sklearn}, runs: 2},

	// What it costs that bits do not depend on the machine.
	{kind: "determinism-exp", rows: 4096, threads: 1, peers: []string{mathExp}, quick: true},
	{kind: "determinism-dot", rows: 4096, threads: 1, peers: []string{assembly}, quick: true},
	{kind: "determinism-product", rows: 256, threads: 1, peers: []string{assembly}, quick: true},
	{kind: "determinism-cholesky", rows: 300, threads: 1, peers: []string{assembly}, quick: true},
	{kind: "determinism-histogram", rows: 200_000, threads: 1, peers: []string{floatSums}, quick: true},
}

// need is generated data of one width.
type need struct {
	source
	rows int   // of the part train
	csv  []int // numbers of rows that CSV files are needed of
}

// needs are what has to be generated for scenarios.
func needs(dir string, all []scenario) []*need {
	var out []*need
	by := map[source]*need{}
	for _, s := range all {
		if s.flights() || s.micro() {
			continue
		}
		at := s.source(dir)
		n := by[at]
		if n == nil {
			n = &need{source: at}
			by[at], out = n, append(out, n)
		}
		n.rows = max(n.rows, s.rows)
		if s.kind == "csv" || s.kind == "sweep" || s.whole() {
			n.addCSV(s.rows)
		}
	}
	return out
}

func (n *need) addCSV(rows int) {
	for _, have := range n.csv {
		if have == rows {
			return
		}
	}
	n.csv = append(n.csv, rows)
}

func (s scenario) times(asked int) int { return min(asked, cmp.Or(s.runs, asked)) }
