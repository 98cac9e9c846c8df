package train

import (
	"fmt"

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

// weights reads the column of row weights.
func weights(t *table.Table, name string) ([]float64, error) {
	c, ok := t.Column(name)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoColumn, "features.weight", name)}
	}
	bad := c.Missing
	for _, cells := range []table.Cells{c.Bad, c.Infinite, notPositive(c)} {
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
func notPositive(c *table.Column) table.Cells {
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
