package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func TestAreaCountsTiesHalf(t *testing.T) {
	require.Equal(t, 0.875, area([]int{0, 0, 1, 1}, matrix.Dense{Rows: 4, Width: 1, Data: []float64{1, 2, 2, 3}}))
	require.Equal(t, 0.5, area([]int{0, 1, 0, 1}, matrix.Dense{Rows: 4, Width: 1, Data: []float64{7, 7, 7, 7}}))
	require.Equal(t, 1.0, area([]int{1, 0}, matrix.Dense{Rows: 2, Width: 2, Data: []float64{0, 1, 1, 0.5}}), "by the last column")
}

func TestRatiosAreOfTheLeastFigures(t *testing.T) {
	s := scenario{kind: "pca", rows: 10, threads: 1, peers: []string{sklearn}, quick: true}
	r := compare(s, sklearn, []sample{{2, 4, 10, 0.5}, {1, 8, 10, 0.5}}, []sample{{4, 4, 20, 0.4}, {8, 2, 40, 0.4}})
	require.Equal(t, paired.Result{
		Name: "train/pca/10/threads-1", Peer: sklearn, Runs: 2, CPURatio: 0.25, WallRatio: 2, MemoryRatio: 0.5,
		Spread: paired.Spread{CPURatio: [2]float64{0.125, 0.5}, WallRatio: [2]float64{1, 4}, MemoryRatio: [2]float64{0.25, 0.5}},
	}, r.Result)
	require.Equal(t, side{CPU: 1, Wall: 4, Memory: 10, Metric: 0.5}, r.Ours)
}

func TestGeneratedDataIsReadBack(t *testing.T) {
	for _, columns := range []int{12, width, 50} {
		from := source{t.TempDir() + "/x-", columns}
		require.NoError(t, need{from, 50, []int{50}}.generate())
		for kind := range fitters {
			out, err := ours(t.Context(), kind, 50, from)
			require.NoError(t, err, kind)
			if kind != "kmeans" { // has a metric of its training rows
				require.Positive(t, out.Metric, kind)
			}
		}
		out, err := ours(t.Context(), "csv", 50, from)
		require.NoError(t, err)
		require.NotZero(t, out.Metric)
		out, err = ours(t.Context(), "sweep", 50, from)
		require.NoError(t, err)
		require.Positive(t, out.Metric)
		text, err := os.ReadFile(from.csvPath(50))
		require.NoError(t, err)
		require.Contains(t, string(text), fmt.Sprintf("f%d,label\n", columns-1))
		_, err = ours(t.Context(), "no", 50, from)
		require.Error(t, err)
	}
}

// TestLoopsComputeTheSame runs each loop as both sides do.
func TestLoopsComputeTheSame(t *testing.T) {
	for _, s := range scenarios {
		if !s.micro() {
			continue
		}
		of := loops[strings.TrimPrefix(s.kind, microPrefix)]
		require.NotNil(t, of, s.kind)
		a, b := of(64, "ours")(), of(64, s.peers[0])()
		if s.kind == "determinism-histogram" { // of other numbers
			continue
		}
		require.InEpsilon(t, b, a, 1e-9, s.kind)
	}
}

// TestScenarios are what the file of figures and the documentation rely on.
func TestScenarios(t *testing.T) {
	names := map[string]bool{}
	for _, s := range scenarios {
		require.False(t, names[s.name()], "twice: %s", s.name())
		names[s.name()] = true
		require.NotEmpty(t, metricNames[s.kind], s.kind)
		r := compare(s, s.peers[0], []sample{{1, 1, 1, 1}}, []sample{{1, 1, 1, 1}})
		require.NotEqual(t, strings.TrimPrefix(s.kind, microPrefix), "")
		require.NotEqual(t, s.kind, r.title(), "no title")
		places := 0
		for _, section := range sections {
			if section.has(s.kind) {
				places++
			}
		}
		require.Equal(t, 1, places, s.kind)
	}
	chosen := []scenario{{kind: "csv", rows: 20}, {kind: "pca", rows: 30}, {kind: "whole-boosting", rows: 20}, {kind: "flights", rows: 9},
		{kind: "pca", rows: 5, columns: 300}, {kind: "determinism-exp", rows: 5}}
	got := needs("d", chosen)
	require.Equal(t, []*need{{source{"d/", width}, 30, []int{20}}, {source{"d/w300-", 300}, 5, nil}}, got)
}

func TestFreshResultsReplaceTheirOwn(t *testing.T) {
	a, b := scenarios[1], scenarios[3]
	of := func(s scenario, peer string, ratio float64) result {
		return compare(s, peer, []sample{{ratio, 1, 1, 1}}, []sample{{1, 1, 1, 1}})
	}
	gone := of(scenario{kind: "gone", rows: 1, threads: 1}, sklearn, 1)
	kept := results{gone, of(b, sklearn, 2), of(a, xgboost, 3)}
	require.True(t, kept.has(a))
	require.False(t, kept.has(scenarios[0]))
	require.Equal(t, results{of(a, xgboost, 3), of(b, sklearn, 4)}, kept.with(b, []result{of(b, sklearn, 4)}), "in the scenarios' order")
}

func TestVerdict(t *testing.T) {
	r := func(kind string, threads int, ours, theirs sample) string {
		return compare(scenario{kind: kind, rows: 1, threads: threads}, sklearn, []sample{ours}, []sample{theirs}).verdict()
	}
	require.Equal(t, "CPU 1 met, **memory 0.5 missed**, AUC 0.002 met", r("boosting", 1, sample{1, 9, 6, 0.899}, sample{1, 1, 10, 0.9}))
	require.Equal(t, "**wall 1 missed**, memory 0.5 met, **AUC 0.002 missed**", r("whole-boosting", 2, sample{1, 9, 5, 0.5}, sample{1, 1, 10, 0.9}))
	require.Equal(t, "**CPU 0.2 missed**", r("forest", 1, sample{3, 1, 5, 0.5}, sample{10, 1, 1, 0.9}))
	require.Equal(t, "CPU 1 met, memory 0.5 met", r("whole-flights", 1, sample{1, 1, 1, 40}, sample{1, 1, 10, 30}), "no AUC")
	require.Equal(t, "–", r("knn", 1, sample{1, 1, 1, 1}, sample{1, 1, 1, 1}))
}

func TestDocument(t *testing.T) {
	dir := t.TempDir()
	o := options{out: dir + "/train.json", docs: dir + "/page.md"}
	require.NoError(t, os.WriteFile(o.docs, []byte("a\n"+beginFigures+"old\n"+endFigures+"b\n"), 0o644))
	require.ErrorContains(t, document(o), "no figures")
	var all results
	for _, s := range scenarios {
		r := compare(s, s.peers[0], []sample{{0.012345, 1, 1, 1}}, []sample{{2, 1, 1, 1}})
		r.Versions, r.Load = map[string]string{"go": "1"}, 0.25
		all = append(all, r)
	}
	require.NoError(t, paired.Write(o.out, all))
	require.NoError(t, document(o))
	first, err := os.ReadFile(o.docs)
	require.NoError(t, err)
	text := string(first)
	require.True(t, strings.HasPrefix(text, "a\n"+beginFigures) && strings.HasSuffix(text, endFigures+"b\n"), text)
	require.NotContains(t, text, "old")
	require.Contains(t, text, "Measured with go 1. The load average before a case was 0.2 at most.")
	require.Contains(t, text, "| Gradient boosting | 200,000 | 28 | 1 | xgboost | 1 | 0.0123 | 2.00 | 0.01 | 1.00 | 1.00 | test AUC | 1 | 1 | CPU 1 met, **memory 0.5 missed**, AUC 0.002 met |")
	require.Contains(t, text, "| exponentials | 4,096 | math.Exp | 12345 µs | 2000000 µs | 0.01 |")
	for _, g := range growths() {
		require.Contains(t, text, "(page/"+g.file()+")")
		require.FileExists(t, dir+"/page/"+g.file())
	}
	require.NoError(t, document(o))
	again, err := os.ReadFile(o.docs)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.NoError(t, os.WriteFile(o.docs, []byte("no marks"), 0o644))
	require.ErrorContains(t, document(o), "no place for the figures")
}
