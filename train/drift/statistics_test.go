package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// plain describes numbers by sorting all of them.
func plain(values []float64) (n *Numbers, missing int) {
	var sorted []float64
	for _, v := range values {
		if v == v {
			sorted = append(sorted, v+0)
		}
	}
	missing = len(values) - len(sorted)
	slices.Sort(sorted)
	last := len(sorted) - 1
	n = &Numbers{Min: sorted[0], Max: sorted[last], Quantiles: map[string]float64{}, Edges: []float64{}}
	for _, share := range shares() {
		at := float64(share * float64(last))
		low, rest := math.Floor(at), at-math.Floor(at)
		n.Quantiles[strconv.FormatFloat(share, 'g', -1, 64)] =
			sorted[int(low)] + float64(rest*(sorted[min(int(low)+1, last)]-sorted[int(low)]))
	}
	for k := 1; k < bins; k++ { // the least number that a share of k/10 is at most
		i := 0
		for 10*(i+1) < k*len(sorted) {
			i++
		}
		n.Edges = append(n.Edges, sorted[i])
	}
	n.Edges = slices.Compact(n.Edges)
	n.Edges = slices.DeleteFunc(n.Edges, func(v float64) bool { return v == n.Max })
	n.Counts = make([]int, len(n.Edges)+1)
	for _, v := range sorted {
		k := 0
		for k < len(n.Edges) && v > n.Edges[k] {
			k++
		}
		n.Counts[k]++
	}
	return n, missing
}

func TestOfNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]func() float64{
		"normal":  rng.NormFloat64,
		"uniform": rng.Float64,
		"dates":   func() float64 { return 1.7e9 + math.Floor(1e6*rng.Float64()) },
		"few":     func() float64 { return float64(rng.IntN(4)) },
		"tails":   func() float64 { return math.Copysign(math.Exp(20*rng.NormFloat64()), rng.NormFloat64()) },
		"zeros":   func() float64 { return math.Copysign(0, rng.NormFloat64()) + float64(rng.IntN(2)) },
	}
	for name, draw := range kinds {
		for _, rows := range []int{2, 3, 9, 10, 11, 137, 5000} {
			t.Run(fmt.Sprint(name, rows), func(t *testing.T) {
				values := []float64{math.NaN(), draw()}
				for len(values) < rows || values[1] == values[len(values)-1] {
					values = append(values, draw())
				}
				want, absent := plain(values)
				got, missing := OfNumbers(values)
				require.Equal(t, absent, missing)
				mean, squares, n := 0.0, 0.0, float64(len(values)-missing)
				for _, v := range values {
					if v == v {
						mean += v / n
					}
				}
				for _, v := range values {
					if v == v {
						squares += (v - mean) * (v - mean) / n
					}
				}
				scale := math.Max(math.Abs(want.Min), math.Abs(want.Max))
				require.InDelta(t, mean, got.Mean, 1e-12*scale)
				require.InDelta(t, math.Sqrt(squares), got.Std, 1e-12*scale)
				want.Mean, want.Std = got.Mean, got.Std
				require.Equal(t, want, got)
			})
		}
	}
}

func TestOfNumbersWithoutMuch(t *testing.T) {
	n, missing := OfNumbers([]float32{float32(math.NaN())})
	require.Nil(t, n)
	require.Equal(t, 1, missing)
	n, _ = OfNumbers([]float64{3, 3})
	require.Equal(t, []int{0, 2, 0}, n.Counts)
	require.Equal(t, 0.0, n.Std)
	for _, v := range []float64{3, -3, 0, 1e300, -5e-324} {
		n, _ = OfNumbers([]float64{v})
		require.Equal(t, []float64{math.Nextafter(v, math.Inf(-1)), v}, n.Edges)
	}
	n, _ = OfNumbers([]float64{3, 3})
	for v, bin := range map[float64]int{2.9: 0, 3: 1, 3.1: 2} {
		require.Equal(t, bin, n.bin(v))
	}
}

func TestOfCategories(t *testing.T) {
	var values []string
	var counts []int
	for i := range 150 {
		values, counts = append(values, fmt.Sprintf("c%03d", i)), append(counts, 1+i%2)
	}
	c := OfCategories(append(values, "never"), append(counts, 0), 5)
	require.Equal(t, 230, c.Rows)
	require.Equal(t, 5, c.Missing)
	require.Equal(t, 150, c.Categories.Distinct)
	require.Len(t, c.Categories.Values, MaxCategories)
	require.Equal(t, []string{"c001", "c003"}, c.Categories.Values[:2])
	require.Equal(t, []string{"c000", "c002"}, c.Categories.Values[75:77])
	require.Equal(t, 50, c.Categories.Other)
	require.Nil(t, OfCategories([]string{"a"}, []int{0}, 2).Categories)
}

// TestPSI compares with indices worked out by hand.
func TestPSI(t *testing.T) {
	require.InDelta(t, 0.2*math.Log(1.4)-0.2*math.Log(0.6), PSI([]int{50, 50}, []int{70, 30}), 1e-15)
	require.InDelta(t, (0.5-1)*math.Log(0.5)+(0.5-1e-4)*math.Log(0.5/1e-4), PSI([]int{4, 0}, []int{5, 5}), 1e-15)
	require.Zero(t, PSI([]int{1, 2}, []int{10, 20}))
	require.Zero(t, PSI([]int{1, 2}, []int{0, 0}))
	require.Zero(t, PSI(nil, nil))
}

func TestCounter(t *testing.T) {
	var c Column
	c.Numbers, c.Missing = OfNumbers([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	c.Rows = 10
	n := NewCounter(c, nil)
	for v := range 10 {
		n.Number(float64(v) + 5)
	}
	n.Missing(10)
	r := n.Report("x")
	require.Equal(t, Change{0, 0.5}, r.Missing)
	require.Equal(t, &Change{5.5, 9.5}, r.Mean)
	require.Equal(t, &Outside{4, 0.4}, r.Range)
	// Of the ten bins, four are empty now, five have a row, and the last has five.
	want := 4*(1e-4-0.1)*math.Log(1e-4/0.1) + 5*(0.05-0.1)*math.Log(0.05/0.1) + (0.25-0.1)*math.Log(0.25/0.1) + (0.5-1e-4)*math.Log(0.5/1e-4)
	require.InDelta(t, want, r.PSI, 1e-12)
	require.True(t, r.Drifted)

	n = NewCounter(OfCategories([]string{"a", "b"}, []int{1, 1}, 0), func(s string) bool { return s <= "b" })
	for i := range 12 {
		n.Text(fmt.Sprint("z", 11-i), 2)
	}
	n.Text("a", 24)
	n.Text("b", 0)
	r = n.Report("x")
	require.Equal(t, Outside{24, 0.5}, r.Unseen.Outside)
	require.Equal(t, []string{"z0", "z1", "z10", "z11", "z2", "z3", "z4", "z5", "z6", "z7"}, r.Unseen.Categories)

	// A column that had no values: every value is new.
	n = NewCounter(Column{Rows: 4, Missing: 4}, nil)
	n.Number(1)
	r = n.Report("x")
	require.InDelta(t, 2*(1-1e-4)*math.Log(1e4), r.PSI, 1e-9)
	require.Nil(t, r.Range)
	require.Zero(t, NewCounter(c, nil).Report("x").PSI) // no rows
}
