package neighbors

import (
	"cmp"
	"context"
	"fmt"
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

func predict(t *testing.T, m *Model, x matrix.Dense) matrix.Dense {
	t.Helper()
	p, err := m.Predict(context.Background(), learn.Input{Dense: x})
	require.NoError(t, err)
	for _, v := range p.Data {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
	}
	return p
}

// draw makes rows with classes, values and weights; steps is how many different
// numbers a feature has, so that few make many ties.
func draw(rows, width, steps int) learn.Sample {
	rng := rand.New(rand.NewPCG(7, uint64(steps)))
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(rows, width)}, Target: learn.Target{Classes: 3}}
	for i := range s.Dense.Data {
		s.Dense.Data[i] = float64(float32(float64(rng.IntN(steps))/float64(steps)*7 - 3))
	}
	for range rows {
		s.Class = append(s.Class, rng.IntN(3))
		s.Value = append(s.Value, float64(rng.IntN(100)))
		s.Weight = append(s.Weight, float64(1+rng.IntN(3)))
	}
	return s
}

// TestSearchIsExact compares with a sort of all distances.
func TestSearchIsExact(t *testing.T) {
	for _, c := range []struct{ rows, width, steps, k int }{
		{1, 2, 5, 1}, {31, 1, 3, 5}, {500, 2, 4, 7}, {700, 3, 1 << 20, 10}, {300, 20, 1000, 3}, {400, 5, 1, 9}, {200, 3, 2, 200},
	} {
		for _, manhattan := range []bool{false, true} {
			t.Run(fmt.Sprint(c, manhattan), func(t *testing.T) {
				s := draw(c.rows, c.width, c.steps)
				m := fit(t, s, Options{Neighbors: c.k, Manhattan: manhattan})
				look := &search{tree: m.tree, manhattan: manhattan, found: make([]near, 0, m.Neighbors)}
				queries := draw(40, c.width, c.steps+1).Dense
				for i := range queries.Rows {
					query := round(queries.Row(i))
					require.Equal(t, sorted(m, query)[:m.Neighbors], look.find(query))
				}
			})
		}
	}
}

func sorted(m *Model, query []float32) []near {
	var all []near
	for r := range m.Rows {
		sum := float32(0)
		for j, x := range query {
			d := float32(math.Abs(float64(x - m.Points[r*m.Width+j])))
			if !m.Manhattan {
				d = float32(d * d)
			}
			sum += d
		}
		all = append(all, near{sum, int32(r)})
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	return all
}

// TestAgainstScikitLearn holds out every third row of the standardised sets.
// The figures are those of KNeighborsClassifier and KNeighborsRegressor of
// scikit-learn 1.2.1: accuracy, or R² for diabetes.
func TestAgainstScikitLearn(t *testing.T) {
	inverse, manhattan := Options{Neighbors: 5, Distance: true}, Options{Neighbors: 3, Manhattan: true}
	cases := []struct {
		set     string
		options Options
		want    float64
	}{
		{"iris", Options{Neighbors: 5}, 0.96}, {"iris", inverse, 0.96}, {"iris", manhattan, 0.94},
		{"wine", Options{Neighbors: 5}, 0.9661016949152542}, {"wine", inverse, 0.9661016949152542}, {"wine", manhattan, 0.9661016949152542},
		{"breast_cancer", Options{Neighbors: 5}, 0.9788359788359788}, {"breast_cancer", inverse, 0.9788359788359788},
		{"breast_cancer", manhattan, 0.9841269841269841},
		{"digits", Options{Neighbors: 5}, 0.9682804674457429}, {"digits", inverse, 0.9682804674457429}, {"digits", manhattan, 0.9732888146911519},
		{"diabetes", Options{Neighbors: 5}, 0.43132010258522324}, {"diabetes", Options{Neighbors: 10, Distance: true}, 0.4947519375417543},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.set, c.options), func(t *testing.T) {
			train, test := sampledata.Split(sampledata.Load(t, c.set))
			train, test = sampledata.Standard(train, test)
			p := predict(t, fit(t, train, c.options), test.Dense)
			if c.set == "diabetes" {
				require.InDelta(t, c.want, determination(p.Data, test.Value), 1e-4)
			} else {
				require.InDelta(t, c.want, sampledata.Accuracy(p, test.Class), 1e-12)
			}
		})
	}
}

func determination(p, y []float64) float64 {
	mean, residual, total := 0.0, 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for i, v := range y {
		residual += (v - p[i]) * (v - p[i])
		total += (v - mean) * (v - mean)
	}
	return 1 - residual/total
}

// TestVotes is worked out by hand: distances 0, 1, 2 and 4 from the query.
func TestVotes(t *testing.T) {
	s := learn.Sample{Input: learn.Input{Dense: matrix.Dense{Rows: 4, Width: 1, Data: []float64{1, 2, 3, 5}}},
		Target: learn.Target{Class: []int{0, 1, 1, 2}, Classes: 3, Weight: []float64{1, 1, 1, 3}}}
	value := s
	value.Class, value.Classes, value.Value = nil, 0, []float64{10, 20, 40, 50}
	at := func(x float64) matrix.Dense { return matrix.Dense{Rows: 1, Width: 1, Data: []float64{x}} }
	require.InDeltaSlice(t, []float64{1.0 / 6, 2.0 / 6, 3.0 / 6}, predict(t, fit(t, s, Options{Neighbors: 9}), at(1)).Data, 1e-7)
	require.Equal(t, []float64{1, 0, 0}, predict(t, fit(t, s, Options{Neighbors: 9, Distance: true}), at(1)).Data)
	require.Equal(t, []float64{20}, predict(t, fit(t, value, Options{Neighbors: 9, Distance: true}), at(2)).Data)
	require.InDelta(t, (10+20+40)/3.0, predict(t, fit(t, value, Options{Neighbors: 3}), at(1)).Data[0], 1e-5)
	// From 0: distances 1, 2, 3, 5 and weights 1, 1/2, 1/3, 3/5.
	all := 1 + 0.5 + 1.0/3 + 0.6
	require.InDeltaSlice(t, []float64{1 / all, (0.5 + 1.0/3) / all, 0.6 / all},
		predict(t, fit(t, s, Options{Neighbors: 4, Distance: true}), at(0)).Data, 1e-7)
}

// TestOracle scores held-out and training rows, so that there are ties and
// distances of zero.
func TestOracle(t *testing.T) {
	few := draw(200, 3, 3)
	unweighted := draw(300, 5, 4)
	unweighted.Weight = nil
	regression := draw(250, 2, 5)
	regression.Class, regression.Classes = nil, 0
	huge := draw(20, 2, 5)
	for i := range huge.Dense.Data {
		huge.Dense.Data[i] *= 1e38
		huge.Dense.Data[i] = float64(float32(huge.Dense.Data[i]))
	}
	few.Value, unweighted.Value, huge.Value = nil, nil, nil
	single := draw(1, 1, 5)
	single.Value = nil
	for name, s := range map[string]learn.Sample{"few": few, "unweighted": unweighted, "regression": regression, "huge": huge, "single": single} {
		for _, o := range []Options{{Neighbors: 5}, {Neighbors: 7, Distance: true}, {Neighbors: 4, Distance: true, Manhattan: true}} {
			t.Run(fmt.Sprint(name, o), func(t *testing.T) { oracle(t, fit(t, s, o), s.Dense) })
		}
	}
	train, test := sampledata.Split(sampledata.Load(t, "digits"))
	oracle(t, fit(t, train, Options{Neighbors: 5, Distance: true}), test.Dense)
}

func oracle(t *testing.T, m *Model, x matrix.Dense) {
	t.Helper()
	p := predict(t, m, x)
	scores, labels := onnxtest.Score(t, m, x, p.Width)
	for i, got := range scores {
		require.Equal(t, p.Row(i), got, "row %d", i)
		require.Equal(t, sampledata.Top(p.Row(i)), labels[i], "row %d", i)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := sampledata.Load(t, "digits")
	var first matrix.Dense
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		p := predict(t, fit(t, s, Options{Neighbors: 3, Distance: true}), s.Dense)
		if n == 1 {
			first = p
		}
		require.Equal(t, first, p)
	}
}

func TestCancel(t *testing.T) {
	s := draw(100, 2, 5)
	ctx, cancel := context.WithCancel(context.Background())
	m := fit(t, s, Options{Neighbors: 3})
	cancel()
	_, err := m.Predict(ctx, s.Input)
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = Fit(ctx, s, Options{Neighbors: 3}, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestFinite(t *testing.T) {
	require.False(t, (&Model{Points: []float32{float32(math.Inf(1))}}).Finite())
}

func BenchmarkPredict(b *testing.B) {
	for _, width := range []int{3, 28} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			s := draw(50_000, width, 1<<20)
			m, _, err := Fit(context.Background(), s, Options{Neighbors: 5}, nil)
			require.NoError(b, err)
			query := learn.Input{Dense: s.Dense.Slice(0, 2000)}
			for b.Loop() {
				_, err := m.Predict(context.Background(), query)
				require.NoError(b, err)
			}
		})
	}
}
