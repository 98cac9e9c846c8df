package train

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// warnings are what in the data makes a model look better than it is: rows that
// are trained on and tested with, features that are the target, and, what only
// costs time, features that are the same.
func (in *input) warnings() job.Problems {
	ps := in.sharedRows()
	for _, c := range in.plan {
		column, _ := in.train.Column(c.Name)
		if in.copies(column) {
			ps = append(ps, job.Problem{Code: job.CodeTargetLeak, Field: "features.target", Dataset: in.train.Name, Name: c.Name, Excerpt: c.Name,
				Message: fmt.Sprintf("column %q says the same as the target %q in every row: a model that sees it learns nothing else",
					c.Name, in.job.Features.Target),
				Hint: "exclude it: exclude: [" + c.Name + "]"})
		}
	}
	return append(ps, in.sameColumns()...)
}

// sharedRows counts the rows of a fixed split's test data that are in the
// training data too, by every feature and the target.
func (in *input) sharedRows() job.Problems {
	if in.test == in.train {
		return nil
	}
	var names []string
	if target := in.job.Features.Target; in.trainTarget.Class != nil || in.trainTarget.Value != nil {
		names = append(names, target)
	}
	for _, c := range in.plan {
		names = append(names, c.Name)
	}
	if slices.ContainsFunc(names, func(name string) bool { _, ok := in.test.Column(name); return !ok }) {
		return nil // encoding the rows reports it
	}
	known := in.train.RowHashes(names)
	slices.Sort(known)
	shared := table.Cells{}
	for row, h := range in.test.RowHashes(names) {
		if _, ok := slices.BinarySearch(known, h); ok {
			if shared.N == 0 {
				shared.Row = row
			}
			shared.N++
		}
	}
	if shared.N == 0 {
		return nil
	}
	p := in.test.Problem(job.CodeSameData, "data."+in.test.Name, &table.Column{}, shared)
	p.Message = fmt.Sprintf("%d of %d rows of data.%s are in data.%s too, with the same features and target; the first is here",
		shared.N, in.test.Rows(), in.test.Name, in.train.Name)
	p.Hint = "take them out of one of the two, or the metrics are those of rows that the model has seen"
	return job.Problems{p}
}

// copies says whether a column decides the target and is decided by it, row for
// row.
func (in *input) copies(c *table.Column) bool {
	if c.Missing.N > 0 {
		return false
	}
	switch {
	case in.trainTarget.Value != nil && (c.Kind == table.Float32 || c.Kind == table.Float64):
		for row, want := range in.trainTarget.Value {
			if c.Kind == table.Float32 && c.Numbers[row] != float32(want) || c.Kind == table.Float64 && c.Exact[row] != want {
				return false
			}
		}
		return true
	case in.trainTarget.Class != nil && c.Kind == table.Float32:
		return oneToOne(in.trainTarget.Class, len(in.classes), func(row int) float32 { return c.Numbers[row] })
	case in.trainTarget.Class != nil && c.Kind == table.Text:
		return oneToOne(in.trainTarget.Class, len(in.classes), func(row int) int32 { return c.Codes[row] })
	}
	return false
}

// oneToOne says whether each class goes with one value and each value with one
// class.
func oneToOne[V comparable](class []int, classes int, value func(row int) V) bool {
	of := make(map[V]int, classes)
	for row, k := range class {
		v := value(row)
		known, ok := of[v]
		if !ok {
			if len(of) == classes {
				return false
			}
			of[v] = k
		} else if known != k {
			return false
		}
	}
	seen := make([]bool, classes)
	for _, k := range of {
		if seen[k] {
			return false
		}
		seen[k] = true
	}
	return len(of) == classes
}

// sameColumns finds features that have the values of another in every row.
// Columns with one value or none are left out.
func (in *input) sameColumns() job.Problems {
	var ps job.Problems
	first := map[uint64]string{}
	for _, p := range in.plan {
		c, _ := in.train.Column(p.Name)
		if c.Constant() {
			continue
		}
		h := c.Hash()
		if other, ok := first[h]; ok {
			ps = append(ps, job.Problem{Code: job.CodeSameColumn, Field: "features.exclude", Dataset: in.train.Name, Name: p.Name, Excerpt: p.Name,
				Message: fmt.Sprintf("column %q has the values of column %q in every row", p.Name, other),
				Hint:    "exclude one of the two: exclude: [" + p.Name + "]"})
			continue
		}
		first[h] = p.Name
	}
	return ps
}
