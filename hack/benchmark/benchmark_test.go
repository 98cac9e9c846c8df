package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

func TestParseStat(t *testing.T) {
	text := "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 5 0 100 4096 3 18446744073709551615\n"
	p, err := parseStat([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, process{pid: 42, parent: 7, name: "a (b) c", cpu: 500 * time.Millisecond, resident: 3 * int64(os.Getpagesize())}, p)
	for _, bad := range []string{"", "42 name", "42 (n) S 7", "x (n) S 7 42 42 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 5 0 100 4096 3 1"} {
		_, err := parseStat([]byte(bad))
		assert.Error(t, err, bad)
	}
}

func TestTreeHoldsEveryGeneration(t *testing.T) {
	all := []process{
		{pid: 4, parent: 3, cpu: 4}, {pid: 3, parent: 2, cpu: 3}, {pid: 2, parent: 1, cpu: 2, resident: 5}, {pid: 9, parent: 1, cpu: 9},
	}
	assert.Equal(t, usage{cpu: 9, resident: 5}, sum(tree(all, 2)))
	assert.Empty(t, tree(all, 77))
}

func TestOwnProcessIsInTheTable(t *testing.T) {
	all, err := processes()
	require.NoError(t, err)
	assert.Positive(t, sum(tree(all, os.Getpid())).resident)
}

func TestStatistics(t *testing.T) {
	for _, c := range []struct {
		in     []float64
		median float64
		extent [2]float64
	}{
		{nil, 0, [2]float64{}},
		{[]float64{3}, 3, [2]float64{3, 3}},
		{[]float64{5, 1, 3}, 3, [2]float64{1, 5}},
		{[]float64{4, 1, 2, 8}, 3, [2]float64{1, 8}},
	} {
		assert.Equal(t, c.median, paired.Median(c.in), "%v", c.in)
		assert.Equal(t, c.extent, paired.Extent(c.in), "%v", c.in)
	}
	a := []sample{{wall: 2 * time.Second}, {wall: time.Second}, {wall: 9}}
	b := []sample{{wall: time.Second}, {wall: 0}, {wall: 9}, {wall: 1}}
	assert.Equal(t, []float64{2, 1}, ratios(a, b, wall), "a pair without a denominator has no ratio")
}

const ourLog = `{"vertexes":[{"name":"[train] write job"},{"name":"[train] logistic of species from 1 dataset(s), seed 42"}]}
{"vertexes":[{"name":"[train] logistic of species from 1 dataset(s), seed 42","cached":true},{"name":"[evaluate] held-out rows, 1 gate(s)","cached":true},{"name":"[package] provenance and SBOMs"}]}
`

const peerLog = `{"vertexes":[{"name":"[train 1/1] RUN --network=none [\"/modelbuild-step\"]"}]}
2026/01/01 00:00:00 a message of the client
{"vertexes":[{"name":"[evaluate 1/1] RUN x"},{"name":"[package 1/1] RUN x"},{"name":"[stage-4 1/2] COPY --from=train /a /b"}]}
`

func TestRanSteps(t *testing.T) {
	ran, err := ranSteps([]byte(ourLog))
	require.NoError(t, err)
	assert.Equal(t, []string{"package"}, ran)
	require.NoError(t, expectSteps([]byte(peerLog), stepNames))
	require.EqualError(t, expectSteps([]byte(peerLog), []string{"package"}), "the steps [train evaluate package] ran, not [package]")
	_, err = ranSteps([]byte(`{"vertexes":[{"name":"[train 1/1] RUN x"}]}`))
	require.EqualError(t, err, "read build log: no vertex of step evaluate")
	_, err = ranSteps([]byte("{no"))
	require.ErrorContains(t, err, "read build log")
}

func TestSameFiles(t *testing.T) {
	a := map[string][]byte{"model.onnx": []byte("m"), "x": []byte("1")}
	require.NoError(t, sameFiles(a, a))
	require.EqualError(t, sameFiles(a, map[string][]byte{"model.onnx": []byte("m"), "x": []byte("2")}), "they differ in x")
	require.EqualError(t, sameFiles(a, map[string][]byte{"model.onnx": []byte("m"), "x": []byte("1"), "y": nil}), "they differ in y")
	require.EqualError(t, sameFiles(map[string][]byte{}, a), "there is no model.onnx")
}

func TestLabelsAreSortedAndQuoted(t *testing.T) {
	assert.Equal(t, []string{`a="x \"y\""`, `b="\$1"`}, labels(map[string]string{"b": "$1", "a": `x "y"`}))
}

func TestResultsCompareOursWithEachPeer(t *testing.T) {
	at := func(wall, cpu time.Duration, memory int64) []sample {
		return []sample{{wall: wall, cpu: cpu, memory: memory}}
	}
	f := &figure{name: "frontend/cold/plain", projects: []string{"ours", "one", "two"}}
	f.samples = [][]sample{at(200, 90, 0), at(100, 100, 0), at(400, 30, 0)}
	f.memory = [][]sample{at(0, 0, 50), at(0, 0, 100), at(0, 0, 25)}
	path := filepath.Join(t.TempDir(), "f.json")
	require.NoError(t, writeResults(path, []*figure{f}, map[string]string{"go": "go1"}))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var got []paired.Result
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&got))
	require.Len(t, got, 2)
	assert.Equal(t, paired.Result{
		Name: "frontend/cold/plain", Peer: "one", CPURatio: 0.9, WallRatio: 2, MemoryRatio: 0.5, Runs: 1,
		Spread:   paired.Spread{CPURatio: [2]float64{0.9, 0.9}, WallRatio: [2]float64{2, 2}, MemoryRatio: [2]float64{0.5, 0.5}},
		Versions: map[string]string{"go": "go1"},
	}, got[0])
	assert.Equal(t, "two", got[1].Peer)
	var table bytes.Buffer
	require.NoError(t, printTable(&table, []*figure{f}))
	assert.Contains(t, table.String(), "2.00 (2.00-2.00)")
}
