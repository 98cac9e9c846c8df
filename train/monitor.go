package train

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// Monitor compares a dataset, and what a model says of it, with what the model
// was trained on. It keeps counts, not rows.
type Monitor struct {
	schema  *Schema
	table   *table.Table
	outputs map[string]*drift.Counter
}

// Monitor begins a comparison of a table that [Applier.Open] has read.
func (a *Applier) Monitor(t *table.Table) (*Monitor, error) {
	s := a.schema.Statistics
	if s == nil {
		return nil, errors.New("read schema: it has no statistics of the training data to compare with: the image was built with image.statistics: false")
	}
	m := &Monitor{schema: &a.schema, table: t, outputs: map[string]*drift.Counter{}}
	for _, in := range a.schema.Inputs {
		if _, ok := s.Columns[in.Name]; !ok {
			return nil, fmt.Errorf("read schema: it has no statistics of input %q", in.Name)
		}
	}
	for name, c := range s.Outputs {
		m.outputs[name] = drift.NewCounter(c, nil)
	}
	return m, nil
}

// score counts the outputs of some rows.
func (m *Monitor) score(outputs map[string]runtime.Tensor) {
	for name, n := range m.outputs {
		t := outputs[name]
		for _, v := range reals(t) {
			n.Number(v)
		}
		for _, v := range t.Ints {
			n.Text(strconv.FormatInt(v, 10), 1)
		}
		for _, v := range t.Strings {
			n.Text(v, 1)
		}
	}
}

// Report compares what was scored.
func (m *Monitor) Report() *drift.Report {
	s := m.schema.Statistics
	r := &drift.Report{Version: drift.Version, Rows: m.table.Rows(), TrainingRows: s.Rows, Columns: []drift.ColumnReport{}}
	for _, in := range m.schema.Inputs {
		c, _ := m.table.Column(in.Name)
		r.Columns = append(r.Columns, countColumn(in, c, s.Columns[in.Name]).Report(in.Name))
	}
	for _, o := range m.schema.Outputs {
		if n := m.outputs[o.Name]; n != nil {
			r.Outputs = append(r.Outputs, n.Report(o.Name))
		}
	}
	return r
}

// countColumn counts every row of a column.
func countColumn(in Input, c *table.Column, of drift.Column) *drift.Counter {
	n := drift.NewCounter(of, known(in, of))
	switch in.Type {
	case job.TypeCategory, job.TypeBinary, job.TypeText:
		countTexts(n, in.Type, c)
	case job.TypeVector:
		for row := range len(c.Numbers) / max(1, c.Width) {
			n.Number(features.Norm(c, row))
		}
	case job.TypeDate:
		for _, v := range c.Exact {
			n.Number(v)
		}
	default:
		for _, v := range c.Numbers {
			n.Number(float64(v))
		}
	}
	return n
}

// countTexts counts by distinct text.
func countTexts(n *drift.Counter, kind string, c *table.Column) {
	rows := make([]int, len(c.Values))
	for _, code := range c.Codes {
		if code < 0 {
			n.Missing(1)
			continue
		}
		rows[code]++
	}
	words := features.WordCounts(c.Values)
	values, of := features.Binary(c.Values)
	for code, text := range c.Values {
		switch {
		case kind == job.TypeText:
			for range rows[code] {
				n.Number(float64(words[code]))
			}
		case kind == job.TypeBinary && of[code] < 0:
			n.Text(text, rows[code])
		case kind == job.TypeBinary:
			n.Text(values[of[code]], rows[code])
		default:
			n.Text(text, rows[code])
		}
	}
}

// known says whether the training part has a category. That is known where either
// the statistics or the model's input has all of them.
func known(in Input, of drift.Column) func(string) bool {
	var all []string
	switch {
	case in.Type == job.TypeBinary:
		all = []string{"0", "1"}
	case in.Type != job.TypeCategory:
		return nil
	case of.Categories == nil: // no value in training
	case of.Categories.Other == 0:
		all = slices.Sorted(slices.Values(of.Categories.Values))
	case !in.Other && len(in.Categories) >= of.Categories.Distinct:
		all = in.Categories // in byte order
	default:
		return nil
	}
	return func(text string) bool {
		_, ok := slices.BinarySearch(all, text)
		return ok
	}
}
