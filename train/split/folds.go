package split

import (
	"cmp"
	"math/bits"
	"slices"
)

// Folds assigns rows to the folds of a cross-validation.
type Folds struct {
	K       int
	Of      []int // fold of each row, from 0; -1 for one that is never held out
	Forward bool  // only earlier folds are trained on, and the rows of none
}

// Parts holds one fold out.
func (f Folds) Parts(fold int) Parts {
	p := Parts{}
	for i, of := range f.Of {
		switch {
		case of == fold:
			p.Test = append(p.Test, i)
		case !f.Forward || of < fold:
			p.Train = append(p.Train, i)
		}
	}
	return p
}

// foldStream separates folds from the split that the same seed gives.
const foldStream = stream ^ 0xf01d

// RandomFolds cuts n rows into k folds whose sizes differ by no more than one.
func RandomFolds(n, k int, seed uint64) Folds {
	return StratifiedFolds(make([]int, n), 1, k, seed)
}

// StratifiedFolds spreads each class over the folds; the rows of a class in two
// folds differ by no more than one in number, and so do all rows.
func StratifiedFolds(class []int, classes, k int, seed uint64) Folds {
	rows := make([][]int, classes)
	for i, c := range class {
		rows[c] = append(rows[c], i)
	}
	f := Folds{K: k, Of: make([]int, len(class))}
	rng := newSource(seed, foldStream)
	next := 0
	for _, members := range rows {
		for _, at := range permutation(len(members), rng) {
			f.Of[members[at]] = next % k
			next++
		}
	}
	return f
}

// GroupFolds keeps whole groups in a fold: from the largest to the smallest,
// each goes where there are the fewest rows. Groups of one size are in random
// order.
func GroupFolds(group []int, groups, k int, seed uint64) Folds {
	size := make([]int, groups)
	for _, g := range group {
		size[g]++
	}
	order := permutation(groups, newSource(seed, foldStream))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	rows, fold := make([]int, k), make([]int, groups)
	for _, g := range order {
		least := slices.Index(rows, slices.Min(rows))
		fold[g] = least
		rows[least] += size[g]
	}
	f := Folds{K: k, Of: make([]int, len(group))}
	for i, g := range group {
		f.Of[i] = fold[g]
	}
	return f
}

// TimeFolds cuts the rows into k+1 periods of nearly as many rows: each but the
// first is held out in turn, and the rows before it are trained on. Rows of one
// moment are in one period.
func TimeFolds(moment []float64, k int) Folds {
	order := byMoment(moment)
	f := Folds{K: k, Of: make([]int, len(moment)), Forward: true}
	period := 0
	for at, row := range order {
		if at > 0 && moment[row] != moment[order[at-1]] {
			period = at * (k + 1) / len(order)
		}
		f.Of[row] = period - 1
	}
	return f
}

// HashFolds puts a key in the same fold whatever rows are added.
func HashFolds(key []string, k int, seed uint64) Folds {
	f := Folds{K: k, Of: make([]int, len(key))}
	for i, text := range key {
		fold, _ := bits.Mul64(Position("fold "+text, seed), uint64(k))
		f.Of[i] = int(fold)
	}
	return f
}
