package isolation

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func fit(t *testing.T, s learn.Sample, o Options) *Model {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.True(t, info.Converged)
	require.True(t, m.Finite())
	return m
}

func predict(t *testing.T, m *Model, x matrix.Columns) []float64 {
	t.Helper()
	p, err := m.Predict(context.Background(), learn.Input{Columns: x})
	require.NoError(t, err)
	require.Equal(t, 1, p.Width)
	for _, v := range p.Data {
		require.True(t, v > 0 && v <= 1, "%v", v)
	}
	return p.Data
}

// rare makes every tenth row of one class the anomalies among the others.
func rare(t *testing.T, set string, class int) (s learn.Sample, anomaly []bool) {
	all := sampledata.Load(t, set)
	var keep []int
	n := 0
	for i, c := range all.Class {
		if c == class {
			n++
		}
		if c != class || n%10 == 1 {
			keep, anomaly = append(keep, i), append(anomaly, c == class)
		}
	}
	s.Columns = sampledata.Columns(sampledata.Pick(all, keep).Dense)
	return s, anomaly
}

// area is that under the ROC curve.
func area(scores []float64, anomaly []bool) float64 {
	wins, pairs := 0.0, 0.0
	for i, a := range anomaly {
		for j, b := range anomaly {
			if !a || b {
				continue
			}
			pairs++
			if scores[i] > scores[j] {
				wins++
			} else if scores[i] == scores[j] {
				wins += 0.5
			}
		}
	}
	return wins / pairs
}

// TestAgainstScikitLearn compares the mean over ten seeds with that of
// IsolationForest() of scikit-learn 1.2.1 on the same rows, and the scores of
// the first three.
func TestAgainstScikitLearn(t *testing.T) {
	for _, c := range []struct {
		set           string
		class         int
		want, allowed float64
		scores        []float64
	}{
		{"breast_cancer", 0, 0.9511, 0.005, []float64{0.7023, 0.4373, 0.3746}},
		{"wine", 2, 0.9382, 0.01, []float64{0.4361, 0.4205, 0.4297}},
		{"digits", 1, 0.583, 0.05, []float64{0.46, 0.4749, 0.5091}},
	} {
		s, anomaly := rare(t, c.set, c.class)
		mean, first := 0.0, make([]float64, 3)
		for seed := range 10 {
			scores := predict(t, fit(t, s, Options{Trees: 100, MaxSamples: 256, Seed: uint64(seed)}), s.Columns)
			mean += area(scores, anomaly) / 10
			for i := range first {
				first[i] += scores[i] / 10
			}
		}
		require.Greater(t, mean, c.want-c.allowed, c.set)
		require.InDeltaSlice(t, c.scores, first, 0.015, c.set)
	}
}

func TestMeanPath(t *testing.T) {
	require.Zero(t, meanPath(1))
	require.Equal(t, 1.0, meanPath(2))
	for _, n := range []int{50, 1000} {
		harmonic := 0.0
		for i := 1; i < n; i++ {
			harmonic += 1 / float64(i)
		}
		require.InDelta(t, 2*harmonic-2*float64(n-1)/float64(n), meanPath(n), 0.03)
	}
	require.Equal(t, []int{0, 1, 2, 2, 3, 8, 9}, []int{maxDepth(1), maxDepth(2), maxDepth(3), maxDepth(4), maxDepth(5), maxDepth(256), maxDepth(257)})
}

// TestTwoRows is worked out by hand: each is alone after one split, and the
// mean path is 1.
func TestTwoRows(t *testing.T) {
	s := learn.Sample{Input: learn.Input{Columns: matrix.Columns{Rows: 2, Features: []matrix.Feature{{Values: []float32{1, 5}}}}}}
	m := fit(t, s, Options{Trees: 3, MaxSamples: 256})
	require.Equal(t, []float64{0.5, 0.5}, predict(t, m, s.Columns))
	require.Equal(t, float32(3), m.Norm)
}

// mixed draws numbers and categories with a few rows far from the others, and
// some values missing.
func mixed(rows int) learn.Sample {
	rng := rand.New(rand.NewPCG(1, 2))
	a := matrix.Feature{Values: make([]float32, rows)}
	b := matrix.Feature{Values: make([]float32, rows)}
	c := matrix.Feature{Codes: make([]int32, rows), Categories: 70}
	for i := range rows {
		a.Values[i], b.Values[i], c.Codes[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64()), int32(rng.IntN(66))
		switch {
		case i%50 == 7:
			a.Values[i], b.Values[i] = 8, 9
		case i%9 == 0:
			b.Values[i] = float32(math.NaN())
		case i%11 == 0:
			c.Codes[i] = -1
		}
	}
	return learn.Sample{Input: learn.Input{Columns: matrix.Columns{Rows: rows, Features: []matrix.Feature{a, b, c}}}}
}

func TestContamination(t *testing.T) {
	s := mixed(1000)
	require.Equal(t, float32(0.5), fit(t, s, Options{Trees: 50, MaxSamples: 256}).Threshold)
	m := fit(t, s, Options{Trees: 50, MaxSamples: 256, Contamination: 0.02})
	flagged := 0
	for i, v := range predict(t, m, s.Columns) {
		if v > float64(m.Threshold) {
			flagged++
			require.Equal(t, 7, i%50, "row %d", i)
		}
	}
	require.Equal(t, 20, flagged)
	m = fit(t, s, Options{Trees: 50, MaxSamples: 256, Contamination: 1e-6})
	require.InDelta(t, slices.Max(predict(t, m, s.Columns)), m.Threshold, 1e-9)
}

// TestWeights never draws rows of almost no weight, so that they look
// unusual.
func TestWeights(t *testing.T) {
	s := mixed(600)
	for i := range s.Columns.Rows {
		s.Weight = append(s.Weight, 1)
		if i%2 == 1 {
			s.Columns.Features[0].Values[i] += 5
			s.Weight[i] = 1e-9
		}
	}
	odd, even := 0.0, 0.0
	for i, v := range predict(t, fit(t, s, Options{Trees: 50, MaxSamples: 200}), s.Columns) {
		if i%2 == 1 {
			odd += v / 300
		} else {
			even += v / 300
		}
	}
	require.Greater(t, odd, even+0.1)
}

func TestDraw(t *testing.T) {
	g := &grower{random: rand.NewPCG(1, 2)}
	count := make([]int, 20)
	for range 2000 {
		rows := g.draw(20, 5)
		require.Len(t, slices.Compact(slices.Clone(rows)), 5)
		for _, r := range rows {
			count[r]++
		}
	}
	for _, n := range count {
		require.InDelta(t, 500, n, 100)
	}
	require.Len(t, g.draw(3, 3), 3)
}

func TestOracle(t *testing.T) {
	cancer, _ := rare(t, "breast_cancer", 0)
	for _, s := range []learn.Sample{mixed(500), cancer} {
		m := fit(t, s, Options{Trees: 100, MaxSamples: 256, Contamination: 0.05})
		rows := matrix.NewDense(s.Columns.Rows, len(s.Columns.Features))
		for j, f := range s.Columns.Features {
			for i := range rows.Rows {
				switch {
				case !f.Categorical():
					rows.Row(i)[j] = float64(f.Values[i])
				case f.Codes[i] < 0:
					rows.Row(i)[j] = math.NaN()
				default:
					rows.Row(i)[j] = float64(f.Codes[i])
				}
			}
		}
		p := predict(t, m, s.Columns)
		got, _ := onnxtest.Score(t, m, rows, 1)
		for i, v := range got {
			require.InDelta(t, p[i], v[0], 2e-7, "row %d", i)
			require.Equal(t, p[i] > float64(m.Threshold), v[0] > float64(m.Threshold), "row %d", i)
		}
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := mixed(2000)
	var first *Model
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		m := fit(t, s, Options{Trees: 20, MaxSamples: 256, Contamination: 0.1})
		if first == nil {
			first = m
		}
		require.Equal(t, first, m)
		require.Equal(t, predict(t, first, s.Columns), predict(t, m, s.Columns))
	}
}

func TestHardInput(t *testing.T) {
	nan, huge := float32(math.NaN()), float32(3e38)
	columns := func(rows int, features ...matrix.Feature) learn.Sample {
		return learn.Sample{Input: learn.Input{Columns: matrix.Columns{Rows: rows, Features: features}}}
	}
	for name, s := range map[string]learn.Sample{
		"one row":     columns(1, matrix.Feature{Values: []float32{1}}),
		"constant":    columns(3, matrix.Feature{Values: []float32{1, 1, 1}}, matrix.Feature{Values: []float32{nan, nan, nan}}),
		"huge":        columns(3, matrix.Feature{Values: []float32{huge, -huge, 0}}),
		"one present": columns(3, matrix.Feature{Values: []float32{nan, 2, nan}}),
		"categories":  columns(3, matrix.Feature{Codes: []int32{-1, -1, -1}, Categories: 2}, matrix.Feature{Codes: []int32{-1, 1, 0}, Categories: 2}),
		"neighbours":  columns(2, matrix.Feature{Values: []float32{1, math.Nextafter32(1, 2)}}),
	} {
		t.Run(name, func(t *testing.T) {
			predict(t, fit(t, s, Options{Trees: 10, MaxSamples: 256, Contamination: 0.5}), s.Columns)
		})
	}
}

func TestProgressAndCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, _, err := Fit(ctx, mixed(300), Options{Trees: 50, MaxSamples: 64}, func(done, total int, _ float64) {
		calls++
		require.Equal(t, calls, done)
		require.Equal(t, 50, total)
		if done == 3 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}
