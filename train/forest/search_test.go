package forest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tree"
)

// impurity is Σ w times the impurity of rows, from its definition.
func impurity(s learn.Sample, rows []int, criterion string) float64 {
	total, mean := 0.0, 0.0
	share := make([]float64, s.Classes)
	for _, i := range rows {
		w := 1.0
		if s.Weight != nil {
			w = s.Weight[i]
		}
		total += w
		if s.Value != nil {
			mean += w * s.Value[i]
		} else {
			share[s.Class[i]] += w
		}
	}
	sum := 0.0
	for _, i := range rows {
		if s.Value != nil {
			w := 1.0
			if s.Weight != nil {
				w = s.Weight[i]
			}
			sum += w * (s.Value[i] - mean/total) * (s.Value[i] - mean/total)
		}
	}
	for _, w := range share {
		switch p := w / total; {
		case p == 0:
		case criterion == Entropy:
			sum -= total * p * math.Log2(p)
		default:
			sum += total * p * (1 - p)
		}
	}
	return sum
}

// bestByHand tries every threshold and every way for what is missing.
func bestByHand(s learn.Sample, criterion string, minLeaf int) float64 {
	var rows []int
	for i := range s.Columns.Rows {
		rows = append(rows, i)
	}
	before, best := impurity(s, rows, criterion), -1.0
	try := func(left func(i int) bool) {
		var a, b []int
		for _, i := range rows {
			if left(i) {
				a = append(a, i)
			} else {
				b = append(b, i)
			}
		}
		if len(a) >= minLeaf && len(b) >= minLeaf {
			best = max(best, before-impurity(s, a, criterion)-impurity(s, b, criterion))
		}
	}
	for _, f := range s.Columns.Features {
		if f.Categorical() {
			for set := range 1 << f.Categories { // bit of each code, and of what is missing
				try(func(i int) bool {
					c := f.Codes[i]
					return c >= 0 && set>>c&1 != 0
				})
			}
			continue
		}
		for _, v := range append(slices.Clone(f.Values), float32(math.Inf(1))) {
			try(func(i int) bool { return f.Values[i] <= v })
			try(func(i int) bool { return f.Values[i] <= v || f.Values[i] != f.Values[i] })
		}
	}
	return best
}

// TestFirstSplitIsBest compares the root of a tree with a search of all splits:
// for numbers always, for categories where theory says that their order by the
// target's mean is enough.
func TestFirstSplitIsBest(t *testing.T) {
	for _, classes := range []int{0, 2, 3} {
		for _, criterion := range []string{Gini, Entropy} {
			for _, minLeaf := range []int{1, 7} {
				for _, weighted := range []bool{false, true} {
					t.Run(fmt.Sprint(classes, criterion, minLeaf, weighted), func(t *testing.T) {
						s := mixed(60, 3, classes)
						s.Columns.Features[2].Categories = 5
						for i, c := range s.Columns.Features[2].Codes {
							s.Columns.Features[2].Codes[i] = max(-1, c%5)
						}
						if classes == 3 {
							s.Columns.Features = s.Columns.Features[:2]
						}
						if classes == 0 {
							criterion = SquaredError
						}
						if weighted {
							for i := range s.Columns.Rows {
								s.Weight = append(s.Weight, float64(1+i%4))
							}
						}
						m := fit(t, s, Options{MaxFeatures: All, Criterion: criterion, MinLeaf: minLeaf, MaxLeaves: 2})
						want := bestByHand(s, criterion, minLeaf)
						require.InDelta(t, want, decrease(s, &m.Ensemble.Trees[0], criterion), 1e-6*(1+want))
					})
				}
			}
		}
	}
}

// decrease is that of the impurity by a tree of one split.
func decrease(s learn.Sample, tr *tree.Tree, criterion string) float64 {
	var all []int
	sides := map[int][]int{}
	for i := range s.Columns.Rows {
		var row []float32
		for _, f := range s.Columns.Features {
			switch {
			case !f.Categorical():
				row = append(row, f.Values[i])
			case f.Codes[i] < 0:
				row = append(row, float32(math.NaN()))
			default:
				row = append(row, float32(f.Codes[i]))
			}
		}
		leaf := tr.Find(row)
		all, sides[leaf] = append(all, i), append(sides[leaf], i)
	}
	before := impurity(s, all, criterion)
	for _, rows := range sides {
		before -= impurity(s, rows, criterion)
	}
	return before
}

func numbers(class []int, value []float64, columns ...[]float32) learn.Sample {
	s := learn.Sample{Target: learn.Target{Class: class, Value: value}}
	for _, c := range class {
		s.Classes = max(s.Classes, c+1)
	}
	for _, c := range columns {
		s.Columns.Rows = len(c)
		s.Columns.Features = append(s.Columns.Features, matrix.Feature{Values: c})
	}
	return s
}

// TestTreeByHand grows a small tree with what is missing in it.
func TestTreeByHand(t *testing.T) {
	nan := float32(math.NaN())
	s := numbers(nil, []float64{1, 1, 2, 2, 9, 9}, []float32{0, 1, 4, 6, nan, nan})
	tr := fit(t, s, Options{}).Ensemble.Trees[0]
	require.Equal(t, 3, tr.Leaves())
	require.Equal(t, float32(largest), tr.Nodes[0].Threshold, "what is missing alone on the right")
	require.False(t, tr.Nodes[0].MissingLeft)
	require.Equal(t, float32(2.5), tr.Nodes[tr.Nodes[0].Left].Threshold, "the midpoint")
	p := predict(t, fit(t, s, Options{}), s.Columns)
	require.Equal(t, s.Value, p.Data)
	// Without missing values in training, they go where there are more rows.
	s = numbers([]int{0, 1, 1, 1}, nil, []float32{0, 2, 3, 4})
	p = predict(t, fit(t, s, Options{}), numbers(nil, nil, []float32{nan}).Columns)
	require.Equal(t, []float64{0, 1}, p.Data)
}

// TestExclusiveOr needs a first split that gains nothing.
func TestExclusiveOr(t *testing.T) {
	s := numbers([]int{0, 1, 1, 0}, nil, []float32{0, 0, 1, 1}, []float32{0, 1, 0, 1})
	p := predict(t, fit(t, s, Options{MaxFeatures: All}), s.Columns)
	require.Equal(t, []float64{1, 0, 0, 1, 0, 1, 1, 0}, p.Data)
	require.Equal(t, 1, fit(t, s, Options{MaxFeatures: All, MinDecrease: 0.01}).Ensemble.Trees[0].Leaves())
}

func TestLimits(t *testing.T) {
	for _, classes := range []int{0, 2, 4} {
		s := mixed(2000, 6, classes)
		s.Weight = nil
		leaves := func(tr *tree.Tree) map[int]int {
			count := map[int]int{}
			for i := range s.Columns.Rows {
				var row []float32
				for _, f := range s.Columns.Features {
					if f.Categorical() {
						row = append(row, float32(f.Codes[i]))
						if f.Codes[i] < 0 {
							row[len(row)-1] = float32(math.NaN())
						}
					} else {
						row = append(row, f.Values[i])
					}
				}
				count[tr.Find(row)]++
			}
			return count
		}
		full := fit(t, s, Options{}).Ensemble.Trees[0]
		require.Greater(t, full.Depth(), 9)
		tr := fit(t, s, Options{MaxDepth: 4}).Ensemble.Trees[0]
		require.Equal(t, 4, tr.Depth())
		tr = fit(t, s, Options{MaxLeaves: 13}).Ensemble.Trees[0]
		require.Equal(t, 13, tr.Leaves())
		tr = fit(t, s, Options{MinLeaf: 40}).Ensemble.Trees[0]
		for _, n := range leaves(&tr) {
			require.GreaterOrEqual(t, n, 40)
		}
		tr = fit(t, s, Options{MinSplit: 100}).Ensemble.Trees[0]
		require.Less(t, tr.Leaves(), full.Leaves())
		require.Len(t, leaves(&tr), tr.Leaves())
	}
}

// TestBestFirst makes the splits of a full tree that gain most.
func TestBestFirst(t *testing.T) {
	s := mixed(500, 4, 0)
	few, many := fit(t, s, Options{MaxLeaves: 5, MaxFeatures: All}), fit(t, s, Options{MaxDepth: 2, MaxFeatures: All})
	squares := func(m *Model) float64 {
		sum := 0.0
		for i, v := range predict(t, m, s.Columns).Data {
			sum += (v - s.Value[i]) * (v - s.Value[i])
		}
		return sum
	}
	require.Equal(t, 4, many.Ensemble.Trees[0].Leaves())
	require.Less(t, squares(few), squares(many))
}
