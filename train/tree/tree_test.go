package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// sample draws numbers, of which some are missing and some occur often, and in
// every third column categories.
func sample(rng *rand.Rand, rows, width int) matrix.Columns {
	x := matrix.Columns{Rows: rows, Features: make([]matrix.Feature, width)}
	for j := range x.Features {
		f := &x.Features[j]
		if j%3 == 2 {
			f.Categories = 1 + rng.IntN(90)
			for range rows {
				f.Codes = append(f.Codes, int32(rng.IntN(f.Categories+1)-1))
			}
			continue
		}
		for range rows {
			v := float32(rng.NormFloat64())
			switch rng.IntN(8) {
			case 0:
				v = float32(math.NaN())
			case 1:
				v = float32(rng.IntN(3) - 1)
			}
			f.Values = append(f.Values, v)
		}
	}
	return x
}

// grown makes a random tree over the features of x.
func grown(rng *rand.Rand, x matrix.Columns, splits, width, target int) Tree {
	t := Tree{Width: width, Target: target}
	leaves := []int{t.Leaf(make([]float32, width)...)}
	t.Values = nil
	for range splits {
		i := rng.IntN(len(leaves))
		at := leaves[i]
		f := rng.IntN(len(x.Features))
		n := Node{Feature: int32(f), MissingLeft: rng.IntN(2) == 0}
		var set []uint64
		if k := x.Features[f].Categories; k > 0 {
			set = make([]uint64, (k+63)/64)
			for c := range k {
				if rng.IntN(3) == 0 {
					set[c/64] |= 1 << (c % 64)
				}
			}
		} else {
			n.Threshold = float32(rng.IntN(5)-2) / 2
		}
		left := t.Split(at, n, set)
		leaves[i] = left
		leaves = append(leaves, left+1)
	}
	for _, at := range leaves {
		values := make([]float32, width)
		for j := range values {
			values[j] = float32(rng.NormFloat64())
		}
		t.SetLeaf(at, values...)
	}
	return t
}

// ensemble makes random trees over the features of x, each for all outputs or
// for one.
func ensemble(rng *rand.Rand, x matrix.Columns, trees, outputs int) *Ensemble {
	e := &Ensemble{Base: make([]float32, outputs)}
	for j := range e.Base {
		e.Base[j] = float32(j) - 0.5
	}
	for i := range trees {
		if i%2 == 0 {
			e.Trees = append(e.Trees, grown(rng, x, rng.IntN(40), outputs, 0))
		} else {
			e.Trees = append(e.Trees, grown(rng, x, rng.IntN(40), 1, rng.IntN(outputs)))
		}
	}
	return e
}

// dense is x as the exported model takes it.
func dense(x matrix.Columns) matrix.Dense {
	d := matrix.NewDense(x.Rows, len(x.Features))
	for j, f := range x.Features {
		for i := range x.Rows {
			switch {
			case !f.Categorical():
				d.Row(i)[j] = float64(f.Values[i])
			case f.Codes[i] < 0:
				d.Row(i)[j] = math.NaN()
			default:
				d.Row(i)[j] = float64(f.Codes[i])
			}
		}
	}
	return d
}

// walk is the rule of a node written plainly.
func walk(t *Tree, x matrix.Columns, row int) []float32 {
	n := t.Nodes[0]
	for n.Feature != Leaf {
		f := x.Features[n.Feature]
		left := n.MissingLeft
		switch {
		case f.Categorical() && f.Codes[row] >= 0:
			c := f.Codes[row]
			left = t.Sets[n.Set][c/64]&(1<<(c%64)) != 0
		case !f.Categorical() && f.Values[row] == f.Values[row]:
			left = f.Values[row] <= n.Threshold
		}
		if left {
			n = t.Nodes[n.Left]
		} else {
			n = t.Nodes[n.Right]
		}
	}
	return t.Values[n.Left : int(n.Left)+t.Width]
}

func TestPredict(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := sample(rng, 1500, 7)
	e := ensemble(rng, x, 9, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(threads)
		got, err := e.Predict(context.Background(), x)
		require.NoError(t, err)
		for i := range x.Rows {
			want := []float64{-0.5, 0.5, 1.5}
			for k := range e.Trees {
				for j, v := range walk(&e.Trees[k], x, i) {
					want[e.Trees[k].Target+j] += float64(v)
				}
			}
			require.Equal(t, want, got.Row(i), "row %d", i)
		}
	}
}

// TestExport compares with ONNX Runtime: thresholds, sets, and missing values
// in both directions.
func TestExport(t *testing.T) {
	for name, c := range map[string]struct{ width, trees, outputs int }{
		"numbers":       {2, 5, 1},
		"categories":    {8, 20, 3},
		"no trees":      {2, 0, 2},
		"single leaves": {1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			x := sample(rng, 400, c.width)
			e := ensemble(rng, x, c.trees, c.outputs)
			if name == "single leaves" {
				e.Trees[0] = grown(rng, x, 0, 1, 0)
			}
			want, err := e.Predict(context.Background(), x)
			require.NoError(t, err)
			got, _ := onnxtest.Score(t, e, dense(x), c.outputs)
			for i := range got {
				require.InDeltaSlice(t, want.Row(i), got[i], 1e-5, "row %d", i)
			}
			e.Double = true
			got, _ = onnxtest.ScoreDouble(t, e, dense(x), c.outputs)
			for i := range got {
				require.InDeltaSlice(t, want.Row(i), got[i], 1e-13, "row %d", i)
			}
		})
	}
}

func TestShape(t *testing.T) {
	var tr Tree
	left := tr.Split(0, Node{Feature: 0}, nil)
	tr.Split(left, Node{Feature: 1}, []uint64{1})
	require.Equal(t, 3, tr.Leaves())
	require.Equal(t, 2, tr.Depth())
	require.Equal(t, int32(0), tr.Nodes[left].Set)
	require.Equal(t, 0, (&Tree{Nodes: []Node{{Feature: Leaf}}}).Depth())
}

func TestFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	leaf := Tree{Nodes: []Node{{Feature: Leaf}}, Values: []float32{1}, Width: 1}
	require.True(t, (&Ensemble{Base: []float32{1}, Trees: []Tree{leaf}}).Finite())
	require.False(t, (&Ensemble{Base: []float32{inf}}).Finite())
	leaf.Values = []float32{inf - inf}
	require.False(t, (&Ensemble{Trees: []Tree{leaf}}).Finite())
	leaf = Tree{Nodes: []Node{{Threshold: inf}}}
	require.False(t, (&Ensemble{Trees: []Tree{leaf}}).Finite())
}
