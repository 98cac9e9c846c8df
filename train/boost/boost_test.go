package boost

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// options are the catalogue's defaults.
func options() Options {
	return Options{
		Objective: SquaredError, Alpha: 0.5, TweediePower: 1.5,
		Trees: 100, LearningRate: 0.1, Leaves: 31, MinSamples: 20, MinWeight: 1e-3, L2: 1,
		Subsample: 1, Features: 1, Bins: 255, Validation: 0.1,
	}
}

var nan = float32(math.NaN())

// drawn makes rows of two numbers and a category on which a signal depends; one
// number is missing at times. Two more features are noise.
func drawn(seed uint64, rows int) (x matrix.Columns, signal []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	x = matrix.Columns{Rows: rows, Features: make([]matrix.Feature, 5)}
	for j, name := range []string{"a", "b", "c", "d", "e"} {
		x.Features[j].Name = name
	}
	x.Features[2].Categories = 12
	for range rows {
		a, b, c := rng.NormFloat64(), rng.NormFloat64(), rng.IntN(13)-1
		s := math.Sin(2*a) + 0.5*a*b
		if c >= 0 {
			s += []float64{-1, 1, 0.5, -0.5}[c*5%4]
		}
		if rng.IntN(5) == 0 {
			b = math.NaN()
			s++
		}
		signal = append(signal, s)
		f := x.Features
		f[0].Values = append(f[0].Values, float32(a))
		f[1].Values = append(f[1].Values, float32(b))
		f[2].Codes = append(f[2].Codes, int32(c))
		f[3].Values = append(f[3].Values, float32(rng.NormFloat64()))
		f[4].Values = append(f[4].Values, float32(rng.IntN(3)))
	}
	return x, signal
}

// classified draws classes around the signal.
func classified(seed uint64, rows, classes int) learn.Sample {
	x, signal := drawn(seed, rows)
	rng := rand.New(rand.NewPCG(seed, 2))
	s := learn.Sample{Input: learn.Input{Columns: x}, Target: learn.Target{Classes: classes}}
	for _, v := range signal {
		v += rng.NormFloat64()/2 + 1.2
		s.Class = append(s.Class, max(0, min(classes-1, int(v*float64(classes)/2.4))))
	}
	return s
}

// valued draws values around the signal.
func valued(seed uint64, rows int) learn.Sample {
	x, signal := drawn(seed, rows)
	rng := rand.New(rand.NewPCG(seed, 3))
	s := learn.Sample{Input: learn.Input{Columns: x}}
	for _, v := range signal {
		s.Value = append(s.Value, v+rng.NormFloat64()/2)
	}
	return s
}

func fit(t *testing.T, s learn.Sample, o Options) (*Model, learn.Info) {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.True(t, m.Finite())
	return m, info
}

func predict(t *testing.T, m *Model, x matrix.Columns) matrix.Dense {
	t.Helper()
	out, err := m.Predict(context.Background(), learn.Input{Columns: x})
	require.NoError(t, err)
	for _, v := range out.Data {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
	}
	return out
}

// logLoss is the mean log loss of probabilities.
func logLoss(p matrix.Dense, class []int) float64 {
	sum := 0.0
	for i, c := range class {
		sum -= math.Log(p.Row(i)[c])
	}
	return sum / float64(len(class))
}

func TestLearns(t *testing.T) {
	for _, classes := range []int{2, 3, 5} {
		train, test := classified(1, 4000, classes), classified(2, 4000, classes)
		m, info := fit(t, train, options())
		p := predict(t, m, test.Columns)
		for i := range p.Rows {
			sum := 0.0
			for _, v := range p.Row(i) {
				sum += v
			}
			require.InDelta(t, 1, sum, 1e-12)
		}
		require.InDelta(t, logLoss(predict(t, m, train.Columns), train.Class), info.Loss, 1e-9, "the loss is that of the model")
		require.Less(t, logLoss(p, test.Class), 0.68*math.Log(float64(classes)))
		require.Equal(t, 100, info.Iterations)
		require.Equal(t, learn.StoppedDone, info.Stopped)
	}
	train, test := valued(1, 4000), valued(2, 4000)
	m, info := fit(t, train, options())
	require.Less(t, squares(predict(t, m, test.Columns).Data, test.Value), 0.36, "the noise has 0.25")
	require.InDelta(t, squares(predict(t, m, train.Columns).Data, train.Value)/2, info.Loss, 1e-9)
}

// squares is the mean squared error.
func squares(got, want []float64) float64 {
	sum := 0.0
	for i, v := range got {
		sum += (v - want[i]) * (v - want[i])
	}
	return sum / float64(len(got))
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	sampled := options()
	sampled.Subsample, sampled.Features, sampled.EarlyStopping, sampled.Seed = 0.7, 0.6, 3, 9
	renewed := options()
	renewed.Objective, renewed.Alpha = Quantile, 0.8
	for name, c := range map[string]struct {
		sample  learn.Sample
		options Options
	}{
		"classes":          {classified(1, 40_000, 2), options()},
		"sampled classes":  {classified(2, 20_000, 3), sampled},
		"values":           {valued(3, 70_000), options()},
		"renewed quantile": {valued(4, 10_000), renewed},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.Trees = 5
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			var first *Model
			for _, n := range []int{1, 2, 8} {
				runtime.GOMAXPROCS(n)
				m, _ := fit(t, c.sample, c.options)
				if first == nil {
					first = m
				}
				require.Equal(t, first, m, "with %d threads", n)
			}
		})
	}
}

// TestFewHistograms checks that the limit of memory changes no bit.
func TestFewHistograms(t *testing.T) {
	s := valued(5, 5000)
	o := options()
	want, _ := fit(t, s, o)
	b, err := newBooster(context.Background(), s, o)
	require.NoError(t, err)
	b.grower.pool.left = 3
	_, err = b.run(context.Background(), func(int, int, float64) {})
	require.NoError(t, err)
	require.Equal(t, want.Ensemble, b.ensemble)
}

// TestWeightsAreRepetitions holds up to rounding where no limit counts rows.
func TestWeightsAreRepetitions(t *testing.T) {
	o := options()
	o.MinSamples, o.Trees, o.Bins = 1, 20, 250
	for name, s := range map[string]learn.Sample{"classes": classified(6, 240, 2), "values": valued(6, 240), "several classes": classified(6, 240, 3)} {
		t.Run(name, func(t *testing.T) {
			weighted, repeated := s, learn.Sample{Target: learn.Target{Classes: s.Classes}}
			repeated.Columns.Features = make([]matrix.Feature, len(s.Columns.Features))
			for i := range s.Columns.Rows {
				weighted.Weight = append(weighted.Weight, float64(1+i%3))
				for range 1 + i%3 {
					for j, f := range s.Columns.Features {
						to := &repeated.Columns.Features[j]
						to.Categories = f.Categories
						if f.Categorical() {
							to.Codes = append(to.Codes, f.Codes[i])
						} else {
							to.Values = append(to.Values, f.Values[i])
						}
					}
					repeated.Columns.Rows++
					if s.Classes > 0 {
						repeated.Class = append(repeated.Class, s.Class[i])
					} else {
						repeated.Value = append(repeated.Value, s.Value[i])
					}
				}
			}
			// Categories are guarded by counts of rows, so they are left out.
			weighted.Columns.Features = append(weighted.Columns.Features[:2:2], weighted.Columns.Features[3:]...)
			repeated.Columns.Features = append(repeated.Columns.Features[:2:2], repeated.Columns.Features[3:]...)
			a, _ := fit(t, weighted, o)
			b, _ := fit(t, repeated, o)
			require.InDeltaSlice(t, predict(t, b, weighted.Columns).Data, predict(t, a, weighted.Columns).Data, 1e-4)
		})
	}
}

func TestLimits(t *testing.T) {
	s := classified(8, 5000, 2)
	o := options()
	o.Leaves, o.MaxDepth, o.MinSamples, o.Trees, o.LearningRate = 50, 6, 40, 30, 0.3
	m, _ := fit(t, s, o)
	for i := range m.Trees {
		tr := &m.Trees[i]
		require.LessOrEqual(t, tr.Leaves(), 50)
		require.LessOrEqual(t, tr.Depth(), 6)
		count := map[int]int{}
		row := make([]float32, len(s.Columns.Features))
		for r := range s.Columns.Rows {
			for j, f := range s.Columns.Features {
				row[j] = valueAt(f, r)
			}
			count[tr.Find(row)]++
		}
		for leaf, n := range count {
			require.GreaterOrEqual(t, n, 40, "tree %d leaf %d", i, leaf)
		}
	}
	o = options()
	o.Leaves = 1
	m, info := fit(t, s, o)
	require.Empty(t, m.Trees, "a tree of one leaf has nothing to add")
	require.Equal(t, 1, info.Iterations)
}

func valueAt(f matrix.Feature, row int) float32 {
	switch {
	case !f.Categorical():
		return f.Values[row]
	case f.Codes[row] < 0:
		return nan
	}
	return float32(f.Codes[row])
}

func TestProgressAndCancel(t *testing.T) {
	s := valued(9, 2000)
	ctx, cancel := context.WithCancel(context.Background())
	var losses []float64
	_, _, err := Fit(ctx, s, options(), func(done, total int, loss float64) {
		require.Equal(t, len(losses)+1, done)
		require.Equal(t, 100, total)
		losses = append(losses, loss)
		if done == 5 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, losses, 5)
	require.IsDecreasing(t, losses)
}

func BenchmarkFit(b *testing.B) {
	s := classified(1, 100_000, 2)
	o := options()
	o.Trees = 20
	for b.Loop() {
		if _, _, err := Fit(context.Background(), s, o, nil); err != nil {
			b.Fatal(err)
		}
	}
}
