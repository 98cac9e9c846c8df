package kmeans

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func options(clusters int) Options {
	return Options{Clusters: clusters, Restarts: 1, MaxIterations: 300, Tolerance: 0, Seed: 1}
}

func sample(x matrix.Dense) learn.Sample { return learn.Sample{Input: learn.Input{Dense: x}} }

// blobs draws rows around centres that overlap more the smaller apart is.
func blobs(rows, width int, apart, offset float64) learn.Sample {
	rng := rand.New(rand.NewPCG(3, 4))
	centres := matrix.NewDense(6, width)
	for i := range centres.Data {
		centres.Data[i] = offset + apart*rng.NormFloat64()
	}
	x := matrix.NewDense(rows, width)
	for i := range rows {
		c := centres.Row(rng.IntN(centres.Rows))
		for j := range width {
			x.Row(i)[j] = float64(float32(c[j] + rng.NormFloat64()))
		}
	}
	return sample(x)
}

// grid is full of equal distances and equal rows.
func grid(rows int) learn.Sample {
	x := matrix.NewDense(rows, 2)
	for i := range rows {
		x.Row(i)[0], x.Row(i)[1] = float64(i%7), float64(i/7%5)
	}
	return sample(x)
}

func partition(t *testing.T, s learn.Sample, o Options) Partition {
	t.Helper()
	p, err := Cluster(context.Background(), s, o, nil)
	require.NoError(t, err)
	return p
}

// TestBoundsChangeNothing compares every bit with the algorithm that computes
// all distances.
func TestBoundsChangeNothing(t *testing.T) {
	weighted := blobs(3000, 5, 1, 0)
	for i := range weighted.Dense.Rows {
		weighted.Weight = append(weighted.Weight, 0.1+float64(i%7))
	}
	for name, s := range map[string]learn.Sample{
		"apart": blobs(3000, 5, 4, 0), "overlapping": blobs(5000, 9, 0.2, 0), "far from zero": blobs(3000, 3, 1, 1e6),
		"grid": grid(2000), "weighted": weighted,
	} {
		for _, k := range []int{1, 2, 6, manyClusters + 4} {
			for seed := range uint64(3) {
				var parts [2]Partition
				for i := range parts {
					o := options(k)
					l, err := newLloyd(context.Background(), s, o)
					require.NoError(t, err)
					l.plain = i == 1
					parts[i], err = l.run(context.Background(), rand.NewPCG(seed, stream))
					require.NoError(t, err)
				}
				require.Equal(t, parts[1], parts[0], "%s, %d clusters", name, k)
			}
		}
	}
}

// TestFixedPoint checks the two conditions of a result: each row is nearest to
// its centre, and each centre is the mean of its rows.
func TestFixedPoint(t *testing.T) {
	s := blobs(4000, 7, 0.5, 10)
	p := partition(t, s, options(8))
	require.True(t, p.Converged)
	sum, count, inertia := matrix.NewDense(8, 7), make([]float64, 8), 0.0
	for i := range s.Dense.Rows {
		best, least := -1, math.Inf(1)
		for j := range 8 {
			if d := distance(s.Dense.Row(i), p.Centres.Row(j)); d < least {
				best, least = j, d
			}
		}
		require.EqualValues(t, best, p.Labels[i])
		inertia += least
		count[best]++
		for c, v := range s.Dense.Row(i) {
			sum.Row(best)[c] += v
		}
	}
	for j := range 8 {
		for c := range 7 {
			require.InDelta(t, sum.Row(j)[c]/count[j], p.Centres.Row(j)[c], 1e-10)
		}
	}
	require.InEpsilon(t, inertia, p.Inertia, 1e-10)
}

// TestPublicSets compares with the best inertia of 50 runs of scikit-learn
// 1.2.1's KMeans, tol=1e-10.
func TestPublicSets(t *testing.T) {
	for _, c := range []struct {
		set      string
		clusters int
		want     float64
	}{
		{"iris", 3, 139.82049573}, {"wine", 3, 1277.92848112}, {"wine", 13, 758.5652954}, {"digits", 10, 69437.298},
		{"breast_cancer", 2, 11595.46145},
	} {
		s := sampledata.Load(t, c.set)
		s, _ = sampledata.Standard(s, s)
		o := options(c.clusters)
		o.Restarts = 50
		require.LessOrEqual(t, partition(t, s, o).Inertia, c.want*1.001, c.set)
		o.Init = InitRandom
		require.LessOrEqual(t, partition(t, s, o).Inertia, c.want*1.03, "%s, random seeds", c.set)
	}
	raw := partition(t, sampledata.Load(t, "iris"), Options{Clusters: 3, Restarts: 10, MaxIterations: 300, Tolerance: 1e-4})
	require.InEpsilon(t, 78.8514396, raw.Inertia, 1e-6)
}

// TestWeightsAreRepetitions fits each row as often as it weighs.
func TestWeightsAreRepetitions(t *testing.T) {
	weighted := blobs(400, 3, 3, 0)
	var repeated []int
	for i := range weighted.Dense.Rows {
		weighted.Weight = append(weighted.Weight, float64(1+i%4))
		for range 1 + i%4 {
			repeated = append(repeated, i)
		}
	}
	o := options(6)
	o.Restarts = 20
	want := partition(t, sampledata.Pick(learn.Sample{Input: weighted.Input}, repeated), o)
	require.InEpsilon(t, want.Inertia, partition(t, weighted, o).Inertia, 1e-9)
}

func TestEmptyClusterTakesTheFarthestRow(t *testing.T) {
	s := sample(matrix.Dense{Rows: 5, Width: 1, Data: []float64{0, 0.1, 0.2, 0.3, 9}})
	l, err := newLloyd(context.Background(), s, options(2))
	require.NoError(t, err)
	l.centres = matrix.Dense{Rows: 2, Width: 1, Data: []float64{-l.mean[0], 1000}}
	_, err = l.assign(context.Background(), true)
	require.NoError(t, err)
	require.NoError(t, l.move(context.Background()))
	require.EqualValues(t, 1, l.label[4])
	require.InDelta(t, 9, l.centres.Row(1)[0]+l.mean[0], 1e-12)
	require.InDelta(t, 0.15, l.centres.Row(0)[0]+l.mean[0], 1e-12)
}

func TestFewerDistinctRowsThanClusters(t *testing.T) {
	x := matrix.Dense{Rows: 6, Width: 2, Data: []float64{1, 2, 3, 4, 1, 2, 0, 0, 3, 4, 0, math.Copysign(0, -1)}}
	require.Zero(t, partition(t, sample(x), options(3)).Inertia)
	_, err := Cluster(context.Background(), sample(x), options(4), nil)
	var problems job.Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, job.CodeAlgorithm, problems[0].Code)
	require.Equal(t, "4 clusters are asked for, and the training rows have 3 distinct values", problems[0].Message)
}

// TestExtremes fits what a formula might stumble over.
func TestExtremes(t *testing.T) {
	huge := blobs(50, 3, 1, 0)
	for i := range huge.Dense.Data {
		huge.Dense.Data[i] *= 1e37
	}
	hidden := matrix.Dense{Rows: 4, Width: 2, Data: []float64{1e30, 0, -1e30, 0, 1e30, 1e-5, -1e30, 1e-5}}
	constant := matrix.NewDense(30, 2)
	for i := range constant.Rows {
		constant.Row(i)[0], constant.Row(i)[1] = 5, float64(i%3)
	}
	for name, c := range map[string]struct {
		s learn.Sample
		k int
	}{
		"one row": {sample(matrix.Dense{Rows: 1, Width: 3, Data: []float64{1, 2, 3}}), 1}, "huge": {huge, 4},
		"differences that rounding hides": {sample(hidden), 4}, "a constant column": {sample(constant), 3},
		"wide": {blobs(5, 40, 1, 0), 5},
	} {
		for _, init := range []string{InitPlusPlus, InitRandom} {
			o := options(c.k)
			o.Init = init
			m, info, err := Fit(context.Background(), c.s, o, nil)
			require.NoError(t, err, name)
			require.True(t, m.Finite(), name)
			require.False(t, math.IsNaN(info.Loss) || math.IsInf(info.Loss, 0), name)
			out, err := m.Predict(context.Background(), c.s.Input)
			require.NoError(t, err)
			for _, v := range out.Data {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
			}
		}
	}
}

func TestInfo(t *testing.T) {
	s := blobs(500, 3, 0.3, 0)
	o := options(5)
	o.MaxIterations = 2
	_, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.Equal(t, learn.Info{Iterations: 2, Loss: info.Loss, Stopped: "max_iterations"}, info)
	o.MaxIterations, o.Restarts = 300, 3
	var seen []int
	_, info, err = Fit(context.Background(), s, o, func(done, total int, loss float64) {
		require.Equal(t, 3, total)
		require.Positive(t, loss)
		seen = append(seen, done)
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, seen)
	require.True(t, info.Converged)
	require.Equal(t, "tolerance", info.Stopped)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	s := blobs(5000, 6, 0.7, 0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first Partition
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		o := options(7)
		o.Restarts = 2
		p := partition(t, s, o)
		if n == 1 {
			first = p
		}
		require.Equal(t, first, p, "with %d threads", n)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := options(5)
	o.Restarts = 3
	_, _, err := Fit(ctx, blobs(2000, 4, 1, 0), o, func(int, int, float64) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestExport(t *testing.T) {
	moved := blobs(500, 4, 2, 3000)
	for name, s := range map[string]learn.Sample{
		"iris": sampledata.Load(t, "iris"), "wine": sampledata.Load(t, "wine"), "digits": sampledata.Load(t, "digits"), "far": moved,
	} {
		m, _, err := Fit(context.Background(), s, options(6), nil)
		require.NoError(t, err)
		want, err := m.Predict(context.Background(), s.Input)
		require.NoError(t, err)
		scores, labels := onnxtest.Score(t, m, s.Dense, 6)
		for i := range s.Dense.Rows {
			require.Equal(t, sampledata.Top(want.Row(i)), labels[i], name)
			scale := 0.0
			for c, v := range s.Dense.Row(i) {
				scale += (v - float64(m.Offset[c])) * (v - float64(m.Offset[c]))
			}
			for j, v := range want.Row(i) {
				require.InDelta(t, v, scores[i][j], 1e-6*(1+scale-v), name)
			}
		}
	}
}

func BenchmarkCluster(b *testing.B) {
	s := blobs(200_000, 28, 1, 0)
	o := options(10)
	o.Tolerance = 1e-4
	for b.Loop() {
		if _, err := Cluster(context.Background(), s, o, nil); err != nil {
			b.Fatal(err)
		}
	}
}
