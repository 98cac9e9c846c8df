package train

import (
	"fmt"
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
	c, err := targetColumn(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.classes = slices.Sorted(slices.Values(c.Values))
	if len(in.classes) < 2 {
		return job.Problems{{Code: job.CodeOneClass, Field: "features.target", Dataset: in.train.Name,
			Name: in.job.Features.Target, Excerpt: table.Excerpt(in.classes[0]),
			Message: fmt.Sprintf("every row has the class %q", table.Excerpt(in.classes[0])),
			Hint:    "a classifier needs two classes or more"}}
	}
	in.trainTarget = targets{Class: in.index(c), Classes: len(in.classes)}
	in.testTarget = in.trainTarget
	if in.test == in.train {
		return nil
	}
	if c, err = targetColumn(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testTarget.Class = in.index(c)
	if row := slices.Index(in.testTarget.Class, -1); row >= 0 {
		class := table.Excerpt(c.Text(row))
		return job.Problems{{Code: job.CodeUnseenClass, Field: "features.target", Dataset: in.test.Name,
			Line: in.test.Line(row), Name: in.job.Features.Target, Excerpt: class,
			Message: fmt.Sprintf("class %q is not in data.%s", class, in.train.Name),
			Hint:    "add rows of it to the training data, or leave it out of the test data"}}
	}
	return nil
}

// index is the class of each row of a target without missing values.
func (in *input) index(c *table.Column) []int {
	classes := make([]int, len(c.Values))
	for code, text := range c.Values {
		k, ok := slices.BinarySearch(in.classes, text)
		if !ok {
			k = -1
		}
		classes[code] = k
	}
	rows := make([]int, len(c.Codes))
	for i, code := range c.Codes {
		rows[i] = classes[code]
	}
	return rows
}

// targetColumn finds the target, which may have no missing value.
func targetColumn(t *table.Table, target string) (*table.Column, error) {
	c, ok := t.Column(target)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoTarget, "features.target", target)}
	}
	if c.Missing.N > 0 {
		p := t.Problem(job.CodeMissingTarget, "features.target", c, c.Missing)
		p.Message = fmt.Sprintf("target %q has no value%s", target, table.More(c.Missing.N-1))
		p.Hint = "remove rows without a target"
		return nil, job.Problems{p}
	}
	return c, nil
}

// targetValues reads a target that is a number.
func targetValues(t *table.Table, target string) ([]float64, error) {
	c, err := targetColumn(t, target)
	if err != nil {
		return nil, err
	}
	for _, cells := range []table.Cells{c.Bad, c.TooLarge()} {
		if cells.N > 0 {
			p := t.Problem(job.CodeBadNumber, "features.target", c, cells)
			p.Message = fmt.Sprintf("target %q: %q is not a number that float32 holds%s", target, p.Excerpt, table.More(cells.N-1))
			p.Hint = "a regression needs numbers; for classes, use task: classification"
			return nil, job.Problems{p}
		}
	}
	return c.Exact, nil
}

// weights reads the column of row weights.
func weights(t *table.Table, name string) ([]float64, error) {
	c, ok := t.Column(name)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoColumn, "features.weight", name)}
	}
	bad := c.Missing
	for _, cells := range []table.Cells{c.Bad, c.Infinite, notPositive(t, c)} {
		if bad.N == 0 {
			bad = cells
		}
	}
	if bad.N == 0 {
		return c.Exact, nil
	}
	p := t.Problem(job.CodeBadNumber, "features.weight", c, bad)
	p.Message = fmt.Sprintf("weight %q: %q is not a positive number%s", name, p.Excerpt, table.More(bad.N-1))
	p.Hint = "leave out rows that are to count for nothing"
	return nil, job.Problems{p}
}

// notPositive finds the weights that are no more than zero.
func notPositive(t *table.Table, c *table.Column) table.Cells {
	var cells table.Cells
	for row, v := range c.Exact {
		if v <= 0 {
			if cells.N == 0 {
				cells.Row, cells.Text = row, fmt.Sprint(v)
			}
			cells.N++
		}
	}
	return cells
}
