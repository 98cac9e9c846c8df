package forest

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

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
	require.Len(t, m.Ensemble.Trees, max(1, o.Trees))
	return m
}

func predict(t *testing.T, m *Model, x matrix.Columns) matrix.Dense {
	t.Helper()
	p, err := m.Predict(context.Background(), learn.Input{Columns: x})
	require.NoError(t, err)
	for i := range p.Rows {
		sum := 0.0
		for _, v := range p.Row(i) {
			sum += v
		}
		require.False(t, math.IsNaN(sum) || math.IsInf(sum, 0))
		if m.Classes > 0 {
			require.InDelta(t, 1, sum, 1e-6)
		}
	}
	return p
}

// halves are the training and the held-out rows of a set, by columns.
func halves(t *testing.T, name string) (train, test learn.Sample) {
	train, test = sampledata.Split(sampledata.Load(t, name))
	train.Columns, test.Columns = sampledata.Columns(train.Dense), sampledata.Columns(test.Dense)
	train.Dense, test.Dense = matrix.Dense{}, matrix.Dense{}
	return train, test
}

// mixed draws numbers and categories, a fifth of them missing, and targets that
// depend on both. With more than two classes Class is set, with none Value.
func mixed(rows, width, classes int) learn.Sample {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(classes)))
	s := learn.Sample{Target: learn.Target{Classes: classes}}
	s.Columns = matrix.Columns{Rows: rows, Features: make([]matrix.Feature, width)}
	score := make([]float64, rows)
	for f := range s.Columns.Features {
		x := &s.Columns.Features[f]
		x.Name = strconv.Itoa(f)
		for i := range rows {
			missing := rng.IntN(5) == 0
			if missing {
				score[i] += float64(f % 2)
			}
			if f%3 == 2 {
				x.Categories = 20
				c := int32(rng.IntN(20))
				score[i] += float64(c * 7 % 5)
				if missing {
					c = -1
				}
				x.Codes = append(x.Codes, c)
				continue
			}
			v := float32(rng.NormFloat64())
			score[i] += float64(v)
			if missing {
				v = float32(math.NaN())
			}
			x.Values = append(x.Values, v)
		}
	}
	for _, v := range score {
		v += rng.Float64()
		if classes == 0 {
			s.Value = append(s.Value, v)
		} else {
			s.Class = append(s.Class, int(math.Abs(v))%classes)
		}
	}
	return s
}

// TestItems checks the weights in a tree.
func TestItems(t *testing.T) {
	d := &data{rows: 4, target: []int32{5, 6, 7, 8}}
	require.Equal(t, []item{{0, 1, 5}, {1, 1, 6}, {2, 1, 7}, {3, 1, 8}}, d.items(nil))
	require.Equal(t, []item{{1, 2, 6}, {3, 1, 8}}, d.items([]uint32{0, 2, 0, 1}))
	d.weight = []float64{3, 1, 2, 9}
	require.Equal(t, []item{{1, 2, 6}, {2, 6, 7}}, d.items([]uint32{0, 2, 3, 0}))
	d.weight = []float64{0.5, 0.25, 1e-30, 1e30} // in all 2^31 units
	got := d.items(nil)
	require.Len(t, got, 1)
	require.InDelta(t, weightUnits, got[0].weight, 4)
	d.weight = []float64{0.5, 0.25, 0.25, 1}
	got = d.items(nil)
	require.Len(t, got, 4)
	require.InDelta(t, 2*float64(got[1].weight), got[0].weight, 1)
	require.LessOrEqual(t, got[0].weight+got[1].weight+got[2].weight+got[3].weight, uint32(weightUnits))
}

func TestDraws(t *testing.T) {
	g := treeGenerator(1, 2)
	total, count := uint32(0), g.bootstrap(1000, 700)
	for _, c := range count {
		total += c
	}
	require.Equal(t, uint32(700), total)
	total = 0
	for _, c := range g.subset(1000, 300) {
		require.LessOrEqual(t, c, uint32(1))
		total += c
	}
	require.Equal(t, uint32(300), total)
	require.NotEqual(t, count, treeGenerator(1, 3).bootstrap(1000, 700))
	perm, seen := []int32{0, 1, 2, 3}, map[int32]bool{}
	for i := range perm {
		seen[g.next(perm, i)] = true
	}
	require.Len(t, seen, 4)
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		o              Options
		classification bool
		width, tried   int
		criterion      string
	}{
		{Options{}, true, 30, 5, Gini}, {Options{}, false, 30, 30, SquaredError},
		{Options{MaxFeatures: All}, true, 30, 30, Gini}, {Options{MaxFeatures: Sqrt, Criterion: SquaredError}, false, 30, 5, SquaredError},
		{Options{MaxFeatures: Log2, Criterion: Entropy}, true, 30, 4, Entropy}, {Options{MaxFeatures: Log2}, true, 1, 1, Gini},
		{Options{Fraction: 0.5}, true, 31, 15, Gini}, {Options{Fraction: 0.01}, true, 31, 1, Gini},
	} {
		o, tried, err := c.o.resolve(c.classification, c.width)
		require.NoError(t, err)
		require.Equal(t, c.tried, tried)
		require.Equal(t, c.criterion, o.Criterion)
	}
	_, _, err := Options{Criterion: SquaredError}.resolve(true, 3)
	require.ErrorContains(t, err, "another task")
	_, _, err = Options{Criterion: Gini}.resolve(false, 3)
	require.ErrorContains(t, err, "another task")
}
