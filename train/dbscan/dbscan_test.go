package dbscan

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func sample(x matrix.Dense) learn.Sample { return learn.Sample{Input: learn.Input{Dense: x}} }

// rings draws rows on circles, of which k-means could make nothing, and a few
// anywhere.
func rings(rows, width int) learn.Sample {
	rng := rand.New(rand.NewPCG(1, 2))
	x := matrix.NewDense(rows, width)
	for i := range rows {
		radius, angle := float64(1+2*(i%3)), rng.Float64()*2*math.Pi
		if i%10 == 0 {
			radius = rng.Float64() * 8
		}
		row := x.Row(i)
		row[0], row[1%width] = radius*math.Cos(angle), radius*math.Sin(angle)
		for j := range row {
			row[j] = float64(float32(row[j] + 0.1*rng.NormFloat64()))
		}
	}
	return sample(x)
}

// grid has rows at the very radius from each other, and equal ones.
func grid(rows int) learn.Sample {
	x := matrix.NewDense(rows, 2)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range rows {
		x.Row(i)[0], x.Row(i)[1] = float64(rng.IntN(40)), float64(rng.IntN(30))
	}
	return sample(x)
}

func fit(t *testing.T, s learn.Sample, o Options) *Model {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.Equal(t, learn.Info{Converged: true, Stopped: learn.StoppedDone}, info)
	require.True(t, m.Finite())
	return m
}

// brute labels core points by comparing all pairs; -1 is no core point.
func brute(s learn.Sample, o Options) (label []int, clusters int) {
	n := s.Rows()
	near := func(i, j int) bool { return within(s.Dense.Row(i), s.Dense.Row(j), o.Eps*o.Eps) }
	core := make([]bool, n)
	label = make([]int, n)
	for i := range n {
		label[i] = -1
		sum := 0.0
		for j := range n {
			if near(i, j) {
				w := 1.0
				if s.Weight != nil {
					w = s.Weight[j]
				}
				sum += w
			}
		}
		core[i] = sum >= o.MinSamples
	}
	for i := range n {
		if !core[i] || label[i] >= 0 {
			continue
		}
		label[i] = clusters
		for stack := []int{i}; len(stack) > 0; {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for j := range n {
				if core[j] && label[j] < 0 && near(at, j) {
					label[j] = clusters
					stack = append(stack, j)
				}
			}
		}
		clusters++
	}
	return label, clusters
}

// nearest is the scores of a row by comparing it with all core points.
func nearest(s learn.Sample, o Options, label []int, row []float64) []float64 {
	clusters := 0
	for _, c := range label {
		clusters = max(clusters, c+1)
	}
	out := make([]float64, clusters+1)
	for k := range clusters {
		out[k] = math.Inf(-1)
	}
	for i, c := range label {
		if c < 0 {
			continue
		}
		d := 0.0
		for j, v := range s.Dense.Row(i) {
			d += (row[j] - v) * (row[j] - v)
		}
		out[c] = math.Max(out[c], 1-d/(o.Eps*o.Eps))
	}
	return out
}

func TestAgainstAllPairs(t *testing.T) {
	weighted := rings(900, 2)
	for i := range weighted.Rows() {
		weighted.Weight = append(weighted.Weight, float64(1+i%4)/2)
	}
	for _, c := range []struct {
		name string
		s    learn.Sample
		o    Options
	}{
		{"rings", rings(900, 2), Options{0.3, 5}}, {"fine", rings(900, 2), Options{0.05, 2}}, {"all core", rings(300, 3), Options{0.2, 1}},
		{"one cluster", rings(600, 2), Options{100, 5}}, {"none", rings(600, 2), Options{0.01, 50}}, {"wide", rings(500, 12), Options{0.8, 5}},
		{"grid", grid(700), Options{1, 6}}, {"grid diagonal", grid(700), Options{math.Sqrt2, 9}}, {"weighted", weighted, Options{0.3, 6}},
		{"line", rings(400, 1), Options{0.01, 4}},
	} {
		label, clusters := brute(c.s, c.o)
		m := fit(t, c.s, c.o)
		require.Equal(t, clusters, m.Clusters, c.name)
		distinct := map[[2]string]bool{}
		sizes := make([]int, clusters)
		for i, k := range label {
			if id := [2]string{key(c.s.Dense.Row(i))}; k >= 0 && !distinct[id] {
				distinct[id] = true
				sizes[k]++
			}
		}
		for k, n := range sizes {
			require.Equal(t, n, m.Start[k+1]-m.Start[k], "%s, cluster %d", c.name, k)
		}
		got, err := m.Predict(context.Background(), c.s.Input)
		require.NoError(t, err)
		for i, k := range label {
			want := nearest(c.s, c.o, label, c.s.Dense.Row(i))
			require.InDeltaSlice(t, want, got.Row(i), 1e-7, c.name)
			require.Equal(t, sampledata.Top(want), sampledata.Top(got.Row(i)), "%s, row %d", c.name, i)
			if k >= 0 {
				require.Equal(t, k, sampledata.Top(got.Row(i)), "%s: a core point is of its own cluster", c.name)
			}
		}
	}
}

// TestPublicSets compares with scikit-learn 1.2.1's DBSCAN: the core points of
// each cluster in its order, and the noise.
func TestPublicSets(t *testing.T) {
	for _, c := range []struct {
		set   string
		o     Options
		cores []int
		noise int
	}{
		{"iris", Options{0.5, 5}, []int{45, 72}, 17}, {"iris", Options{0.4, 3}, []int{46, 35, 3, 35, 1}, 22},
		{"wine", Options{40, 6}, []int{19, 126, 12}, 11}, {"breast_cancer", Options{60, 8}, []int{389, 3, 1}, 145},
		{"digits", Options{22, 5}, []int{171, 200, 320, 163, 140, 116, 122, 6, 12, 10, 23, 7, 3}, 233},
		{"diabetes", Options{0.12, 4}, nil, 442},
	} {
		s := sampledata.Load(t, c.set)
		m := fit(t, s, c.o)
		label, _ := brute(s, c.o)
		sizes := make([]int, m.Clusters)
		for _, k := range label {
			if k >= 0 {
				sizes[k]++
			}
		}
		require.Len(t, c.cores, m.Clusters, c.set)
		require.ElementsMatch(t, c.cores, sizes, c.set)
		got, err := m.Predict(context.Background(), s.Input)
		require.NoError(t, err)
		noise := 0
		for i := range s.Rows() {
			if sampledata.Top(got.Row(i)) == m.Clusters {
				noise++
			}
		}
		require.Equal(t, c.noise, noise, c.set)
	}
}

func TestExtremes(t *testing.T) {
	same, huge := matrix.NewDense(100, 3), rings(60, 2)
	for i := range huge.Dense.Data {
		huge.Dense.Data[i] = float64(float32(huge.Dense.Data[i] * 1e37))
	}
	steep := matrix.NewDense(200, 1) // each half as far from zero as the one before
	for i := range steep.Rows {
		steep.Data[i] = math.Ldexp(1, 100-i)
	}
	for name, c := range map[string]struct {
		s        learn.Sample
		o        Options
		clusters int
	}{
		"one row":                     {sample(matrix.Dense{Rows: 1, Width: 2, Data: []float64{1, 2}}), Options{0.5, 1}, 1},
		"one row, not dense":          {sample(matrix.Dense{Rows: 1, Width: 2, Data: []float64{1, 2}}), Options{0.5, 2}, 0},
		"equal rows":                  {sample(same), Options{0.5, 5}, 1},
		"huge":                        {huge, Options{5e37, 3}, 1},
		"steep":                       {sample(steep), Options{1, 3}, 1},
		"more columns than rows":      {rings(5, 20), Options{0.5, 1}, 5},
		"a radius that holds nothing": {rings(50, 2), Options{1e-12, 1}, 50},
	} {
		m := fit(t, c.s, c.o)
		require.Equal(t, c.clusters, m.Clusters, name)
		out, err := m.Predict(context.Background(), c.s.Input)
		require.NoError(t, err)
		for _, v := range out.Data {
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
		}
	}
}

func TestProgress(t *testing.T) {
	var seen []int
	_, _, err := Fit(context.Background(), rings(500, 2), Options{0.3, 5}, func(done, total int, loss float64) {
		require.Equal(t, 20, total)
		require.True(t, math.IsNaN(loss))
		seen = append(seen, done)
	})
	require.NoError(t, err)
	require.Len(t, seen, 20)
	ctx, cancel := context.WithCancel(context.Background())
	_, _, err = Fit(ctx, rings(500, 2), Options{0.3, 5}, func(int, int, float64) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := rings(5000, 3)
	var first *Model
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		m := fit(t, s, Options{0.2, 5})
		if n == 1 {
			first = m
		}
		require.Equal(t, first, m, "with %d threads", n)
	}
}

func TestExport(t *testing.T) {
	moved := rings(400, 2)
	for i := range moved.Dense.Data {
		moved.Dense.Data[i] = float64(float32(moved.Dense.Data[i] + 1000))
	}
	for _, c := range []struct {
		name string
		s    learn.Sample
		o    Options
	}{
		{"iris", sampledata.Load(t, "iris"), Options{0.4, 3}}, {"digits", sampledata.Load(t, "digits"), Options{22, 5}},
		{"one cluster", rings(300, 2), Options{100, 5}}, {"no cluster", rings(300, 2), Options{0.01, 50}},
		{"grid", grid(400), Options{1, 4}}, {"far from zero", moved, Options{0.3, 5}},
	} {
		m := fit(t, c.s, c.o)
		want, err := m.Predict(context.Background(), c.s.Input)
		require.NoError(t, err)
		scores, labels := onnxtest.Score(t, m, c.s.Dense, m.Clusters+1)
		for i := range c.s.Rows() {
			require.Equal(t, sampledata.Top(want.Row(i)), labels[i], c.name)
			for k, v := range want.Row(i) {
				require.InDelta(t, v, scores[i][k], 1e-6*(1+math.Abs(v)), c.name)
			}
		}
	}
}
