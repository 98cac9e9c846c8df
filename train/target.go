package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/table"
)

// targets is the target of every row of a table.
type targets learn.Target

// pick is the target of some rows.
func (t targets) pick(rows []int) learn.Target {
	return learn.Target{Class: pick(t.Class, rows), Classes: t.Classes, Value: pick(t.Value, rows), Weight: pick(t.Weight, rows)}
}

// target reads the target as the task has it.
func (in *input) target() error {
	var err error
	switch in.job.Task {
	case job.TaskClassification:
		err = in.classTarget()
	case job.TaskRegression:
		if in.trainTarget.Value, err = targetValues(in.train, in.job.Features.Target); err != nil {
			return err
		}
		in.testTarget = in.trainTarget
		if in.test != in.train {
			in.testTarget.Value, err = targetValues(in.test, in.job.Features.Target)
		}
	}
	if err != nil || in.job.Features.Weight == "" {
		return err
	}
	in.trainTarget.Weight, err = weights(in.train, in.job.Features.Weight)
	return err
}

// classTarget reads the classes. They are the texts of the target in the
// training data, in byte order.
func (in *input) classTarget() error {
	cells, err := targetCells(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.classes = slices.Compact(slices.Sorted(slices.Values(cells)))
	if len(in.classes) < 2 {
		return job.Problems{{Code: job.CodeOneClass, Field: "features.target", Dataset: in.train.Name,
			Name: in.job.Features.Target, Excerpt: table.Excerpt(in.classes[0]),
			Message: fmt.Sprintf("every row has the class %q", table.Excerpt(in.classes[0])),
			Hint:    "a classifier needs two classes or more"}}
	}
	in.trainTarget = targets{Class: in.index(cells), Classes: len(in.classes)}
	in.testTarget = in.trainTarget
	if in.test == in.train {
		return nil
	}
	if cells, err = targetCells(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testTarget.Class = in.index(cells)
	if row := slices.Index(in.testTarget.Class, -1); row >= 0 {
		return job.Problems{{Code: job.CodeUnseenClass, Field: "features.target", Dataset: in.test.Name,
			Line: in.test.Lines[row], Name: in.job.Features.Target, Excerpt: table.Excerpt(cells[row]),
			Message: fmt.Sprintf("class %q is not in data.%s", table.Excerpt(cells[row]), in.train.Name),
			Hint:    "add rows of it to the training data, or leave it out of the test data"}}
	}
	return nil
}

func (in *input) index(cells []string) []int {
	class := make([]int, len(cells))
	for i, cell := range cells {
		k, ok := slices.BinarySearch(in.classes, cell)
		if !ok {
			k = -1
		}
		class[i] = k
	}
	return class
}

func targetCells(t *table.Table, target string) ([]string, error) {
	c, ok := t.Column(target)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoTarget, "features.target", target)}
	}
	missing, first := 0, -1
	for row, cell := range c.Cells {
		if table.Missing(cell) {
			if missing++; first < 0 {
				first = row
			}
		}
	}
	if missing > 0 {
		return nil, job.Problems{{Code: job.CodeMissingTarget, Field: "features.target", Dataset: t.Name,
			Line: t.Lines[first], Name: target, Excerpt: table.Excerpt(c.Cells[first]),
			Message: fmt.Sprintf("target %q has no value%s", target, table.More(missing-1)),
			Hint:    "remove rows without a target"}}
	}
	return c.Cells, nil
}

// targetValues reads a target that is a number.
func targetValues(t *table.Table, target string) ([]float64, error) {
	cells, err := targetCells(t, target)
	if err != nil {
		return nil, err
	}
	out, bad := numbers(cells, func(v float64) bool { return true })
	if len(bad) == 0 {
		return out, nil
	}
	return nil, job.Problems{{Code: job.CodeBadNumber, Field: "features.target", Dataset: t.Name, Line: t.Lines[bad[0]],
		Name: target, Excerpt: table.Excerpt(cells[bad[0]]),
		Message: fmt.Sprintf("target %q: %q is not a finite number%s", target, table.Excerpt(cells[bad[0]]), table.More(len(bad)-1)),
		Hint:    "a regression needs numbers; for classes, use task: classification"}}
}

// weights reads the column of row weights.
func weights(t *table.Table, name string) ([]float64, error) {
	c, ok := t.Column(name)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoColumn, "features.weight", name)}
	}
	out, bad := numbers(c.Cells, func(v float64) bool { return v > 0 })
	if len(bad) == 0 {
		return out, nil
	}
	return nil, job.Problems{{Code: job.CodeBadNumber, Field: "features.weight", Dataset: t.Name, Line: t.Lines[bad[0]],
		Name: name, Excerpt: table.Excerpt(c.Cells[bad[0]]),
		Message: fmt.Sprintf("weight %q: %q is not a positive number%s", name, table.Excerpt(c.Cells[bad[0]]), table.More(len(bad)-1)),
		Hint:    "leave out rows that are to count for nothing"}}
}

// numbers parses cells; bad are the rows whose cell is no finite number, or
// one that is not allowed.
func numbers(cells []string, allowed func(float64) bool) (out []float64, bad []int) {
	out = make([]float64, len(cells))
	for row, cell := range cells {
		v, ok := table.Number(cell)
		if !ok || math.IsInf(v, 0) || !allowed(v) {
			bad = append(bad, row)
		}
		out[row] = v
	}
	return out, bad
}
