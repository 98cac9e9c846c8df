package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// gridSize is the most values that a column is set to.
const gridSize = 20

// PartialDependence is what the model says on average of the held-out rows when
// one column has the same value in all of them (Friedman 2001).
type PartialDependence struct {
	Rows    int          `json:"rows"`
	Columns []Dependence `json:"columns"` // as the job lists them
}

// Dependence is that of one column, by the values that it was set to: Numbers or
// Categories.
type Dependence struct {
	Column     string               `json:"column"`
	Type       string               `json:"type"`
	Unit       string               `json:"unit,omitempty"` // of a date
	Numbers    []float64            `json:"numbers,omitempty"`
	Categories []string             `json:"categories,omitempty"` // the most frequent first; a missing one is empty
	Outputs    map[string][]float64 `json:"outputs"`              // means, by class or by the output's name
	Plot       string               `json:"plot"`                 // the file that shows it
}

// len is the number of values that the column is set to.
func (d *Dependence) len() int { return len(d.Numbers) + len(d.Categories) }

// checkDependence finds the columns that have no partial dependence: those that
// the model does not read, and texts and vectors, which have no order and too
// many values.
func checkDependence(columns []string, t Trained) error {
	task := t.Record.Job.Task
	var ps job.Problems
	add := func(i int, p job.Problem) {
		p.Field, p.Name, p.Excerpt = fmt.Sprintf("evaluate.partial_dependence[%d]", i), columns[i], columns[i]
		ps = append(ps, p)
	}
	var inputs []string
	for _, in := range t.Schema.Inputs {
		inputs = append(inputs, in.Name)
	}
	for i, name := range columns {
		at := slices.Index(inputs, name)
		switch {
		case !job.HasDependence(task):
			add(i, job.Problem{Code: job.CodeAlgorithm, Message: "partial dependence is not computed for " + task, Hint: "leave the key out"})
			return ps
		case slices.Contains(columns[:i], name):
			add(i, job.Problem{Code: job.CodeColumn, Message: fmt.Sprintf("column %q is here twice", name), Hint: "name each column once"})
		case at < 0:
			add(i, job.Problem{Code: job.CodeNoColumn, Message: fmt.Sprintf("the model does not learn from a column %q", name),
				Hint: "it learns from " + joined(inputs)})
		case !job.HasGrid(t.Schema.Inputs[at].Type):
			add(i, job.Problem{Code: job.CodeColumn, Message: fmt.Sprintf("%s: a %s column has no partial dependence", name, t.Schema.Inputs[at].Type),
				Hint: "number, binary, date and category columns do"})
		}
	}
	return ps.Err()
}

func (e *explainer) partialDependence(ctx context.Context, columns []string) (*PartialDependence, error) {
	x := e.take(job.DefaultExplainRows)
	out := &PartialDependence{Rows: len(x.rows)}
	for i, name := range columns {
		at := slices.IndexFunc(e.trained.Schema.Inputs, func(in Input) bool { return in.Name == name })
		in := e.trained.Schema.Inputs[at]
		d := Dependence{Column: name, Type: in.Type, Unit: in.Unit, Plot: dependencePlot(name)}
		d.Numbers, d.Categories = e.grid(name)
		if d.len() == 0 {
			return nil, job.Problems{{Code: job.CodeColumn, Field: fmt.Sprintf("evaluate.partial_dependence[%d]", i), Name: name, Excerpt: name,
				Message: fmt.Sprintf("column %q has no value in the held-out part", name), Hint: "leave it out"}}
		}
		if err := e.depend(ctx, x, &d); err != nil {
			return nil, err
		}
		out.Columns = append(out.Columns, d)
	}
	return out, nil
}

// grid are the values that a column is set to: of numbers the quantiles of the
// held-out part, of texts the most frequent ones.
func (e *explainer) grid(column string) (numbers []float64, texts []string) {
	c, _ := e.table.Column(column)
	rows := e.trained.Predictions.Rows
	switch c.Kind {
	case table.Text:
		return nil, mostFrequent(textsOf(c, rows))
	case table.Date:
		return quantiles(pick(c.Exact, rows)), nil
	}
	values := make([]float64, len(rows))
	for i, row := range rows {
		values[i] = shortest(c.Numbers[row])
	}
	return quantiles(values), nil
}

// shortest is the float64 that a float32 was written as.
func shortest(v float32) float64 {
	f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	return f
}

// quantiles are at most gridSize of the values, from the smallest to the largest,
// with as many values between each two; those that are missing are not counted.
func quantiles(values []float64) []float64 {
	values = slices.DeleteFunc(values, math.IsNaN)
	slices.Sort(values)
	distinct := slices.Compact(slices.Clone(values))
	if len(distinct) <= gridSize {
		return distinct
	}
	grid := make([]float64, gridSize)
	for i := range grid {
		grid[i] = values[i*(len(values)-1)/(gridSize-1)]
	}
	return slices.Compact(grid)
}

// mostFrequent are at most gridSize of the texts; ties are in byte order.
func mostFrequent(texts []string) []string {
	counts := map[string]int{}
	for _, text := range texts {
		counts[text]++
	}
	var distinct []string
	for text := range counts {
		distinct = append(distinct, text)
	}
	slices.SortFunc(distinct, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return distinct[:min(gridSize, len(distinct))]
}

// depend sets the column to each value in turn.
func (e *explainer) depend(ctx context.Context, x explained, d *Dependence) error {
	names := e.trained.Predictions.Columns
	means, failed := make([][]float64, d.len()), make([]error, d.len())
	err := parallel.Do(ctx, d.len(), func(k int) {
		out, err := e.with(ctx, x, d.Column, d.repeated(k, len(x.rows)))
		means[k], failed[k] = meanScores(reals(out[e.trained.Record.Output]), len(names)), err
	})
	for _, f := range append(failed, err) {
		if f != nil {
			return f
		}
	}
	d.Outputs = map[string][]float64{}
	for j, name := range names {
		for _, m := range means {
			d.Outputs[name] = append(d.Outputs[name], m[j])
		}
		if !matrix.Finite(d.Outputs[name]) {
			return job.Problems{{Code: job.CodeDiverged, Field: "evaluate.partial_dependence", Name: d.Column, Excerpt: d.Column,
				Message: fmt.Sprintf("what the model says with another %q is too large for float32", d.Column), Hint: "leave it out"}}
		}
	}
	return nil
}

// repeated is the tensor of value k of the grid in every row.
func (d *Dependence) repeated(k, rows int) runtime.Tensor {
	switch {
	case d.Categories != nil:
		return runtime.Column(slices.Repeat([]string{d.Categories[k]}, rows))
	case d.Type == job.TypeDate:
		return runtime.Column(slices.Repeat([]float64{d.Numbers[k]}, rows))
	}
	return runtime.Column(slices.Repeat([]float32{float32(d.Numbers[k])}, rows))
}

// meanScores are the means of the columns of scores, summed in the order of the
// rows.
func meanScores(scores []float64, width int) []float64 {
	out := make([]float64, width)
	for i, v := range scores {
		out[i%width] += v
	}
	for k := range out {
		out[k] /= float64(len(scores) / width)
	}
	return out
}

// dependencePlot is the file for a column, whose name may be anything: what is no
// small letter, digit, - or _ becomes one, and then a part of the name's digest
// tells it from others.
func dependencePlot(column string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return '_'
	}, column)
	name = name[:min(len(name), 60)]
	if name != column {
		sum := sha256.Sum256([]byte(column))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	return path.Join(PlotsDir, "partial_dependence_"+name+".svg")
}
