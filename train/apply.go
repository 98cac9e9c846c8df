package train

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// applyBlock is the number of rows that are scored at a time.
const applyBlock = 1 << 14

// Applier scores datasets with an exported model.
type Applier struct {
	session *runtime.Session
	schema  Schema
	widths  map[string]int // of the outputs
}

// NewApplier reads a model and its schema.
func NewApplier(model, schema []byte) (*Applier, error) {
	s, err := ReadSchema(schema)
	if err != nil {
		return nil, err
	}
	return newApplier(model, s)
}

func newApplier(model []byte, schema Schema) (*Applier, error) {
	session, err := runtime.Load(model)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	a := &Applier{session: session, schema: schema}
	return a, a.findOutputs()
}

// findOutputs finds the outputs that the schema names in the model, with their
// widths: 0 for a vector.
func (a *Applier) findOutputs() error {
	a.widths = map[string]int{}
	for _, v := range a.session.Outputs() {
		a.widths[v.Name] = 0
		if len(v.Dims) == 2 {
			a.widths[v.Name] = v.Dims[1]
		}
	}
	for _, o := range a.schema.Outputs {
		if _, ok := a.widths[o.Name]; !ok {
			return fmt.Errorf("read schema: the model has no output %q", o.Name)
		}
	}
	if len(a.schema.Outputs) == 0 {
		return errors.New("read schema: it names no output")
	}
	return nil
}

// Schema describes the model.
func (a *Applier) Schema() Schema { return a.schema }

// Open reads the columns of a dataset that the model wants; others are skipped.
func (a *Applier) Open(ctx context.Context, d job.Dataset) (*table.Table, error) {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Skip}
	for _, in := range a.schema.Inputs {
		o.Columns[in.Name] = kindOf(in)
	}
	t, err := table.Open(ctx, d, o)
	if err != nil {
		return nil, err
	}
	var ps job.Problems
	for _, in := range a.schema.Inputs {
		c, ok := t.Column(in.Name)
		if !ok {
			ps = append(ps, t.NoColumn(job.CodeNoColumn, "data."+t.Name, in.Name))
			continue
		}
		if in.Width > 0 && c.Width != in.Width {
			ps = append(ps, job.Problem{Code: job.CodeBadNumber, Field: "data." + t.Name, Dataset: t.Name, Name: in.Name,
				Message: fmt.Sprintf("column %q holds %d numbers a row, the model takes %d", in.Name, c.Width, in.Width)})
		}
		ps = append(ps, unreadable(t, c, "data."+t.Name, in.Type)...)
	}
	return t, ps.Err()
}

// unreadable are the cells of a column that are not of a kind, as problems at a place in the spec.
func unreadable(t *table.Table, c *table.Column, field, kind string) (ps job.Problems) {
	for _, cells := range []table.Cells{c.Bad, c.Infinite} {
		if cells.N > 0 {
			p := t.Problem(job.CodeBadNumber, field, c, cells)
			p.Message = fmt.Sprintf("column %q: %q is not a %s%s", c.Name, p.Excerpt, kind, table.More(cells.N-1))
			ps = append(ps, p)
		}
	}
	return ps
}

// kindOf is how the cells of an input are read.
func kindOf(in Input) table.Kind {
	switch {
	case in.Width > 0:
		return table.Vector
	case in.Tensor == "string":
		return table.Text
	case in.Tensor == "float64":
		return table.Date
	}
	return table.Float32
}

// Apply calls f with the outputs of each block of rows, in their order.
func (a *Applier) Apply(ctx context.Context, t *table.Table, f func(map[string]runtime.Tensor) error) error {
	for _, r := range parallel.Blocks(t.Rows(), applyBlock) {
		out, err := a.session.Run(ctx, a.batch(t, r))
		if err != nil {
			return fmt.Errorf("score rows %d to %d: %w", r.From+1, r.To, err)
		}
		if err := f(out); err != nil {
			return err
		}
	}
	return nil
}

// batch makes the inputs of some rows.
func (a *Applier) batch(t *table.Table, r parallel.Range) map[string]runtime.Tensor {
	batch := make(map[string]runtime.Tensor, len(a.schema.Inputs))
	for _, in := range a.schema.Inputs {
		c, _ := t.Column(in.Name)
		batch[in.Name] = cells(c, r)
	}
	return batch
}

// cells is the tensor of some rows of a column; a missing text is empty.
func cells(c *table.Column, r parallel.Range) runtime.Tensor {
	switch c.Kind {
	case table.Vector:
		return runtime.Matrix(c.Numbers[r.From*c.Width:r.To*c.Width], r.Len(), c.Width)
	case table.Date:
		return runtime.Column(c.Exact[r.From:r.To])
	case table.Text:
		texts := make([]string, r.Len())
		for i, code := range c.Codes[r.From:r.To] {
			if code >= 0 {
				texts[i] = c.Values[code]
			}
		}
		return runtime.Column(texts)
	}
	return runtime.Column(c.Numbers[r.From:r.To])
}

// WriteCSV scores a table and writes a line for each row: its number from 1, and
// a column for each output, or for each of its columns where it has several. The
// monitor, which may be nil, sees all of it.
func (a *Applier) WriteCSV(ctx context.Context, w io.Writer, t *table.Table, m *Monitor) error {
	out := csv.NewWriter(w)
	if err := out.Write(a.csvHeader()); err != nil {
		return fmt.Errorf("write scores: %w", err)
	}
	row := 0
	err := a.Apply(ctx, t, func(outputs map[string]runtime.Tensor) error {
		if m != nil {
			m.score(outputs)
		}
		n := outputs[a.schema.Outputs[0].Name].Dims[0]
		for i := range n {
			row++
			record := []string{strconv.Itoa(row)}
			for _, o := range a.schema.Outputs {
				record = appendCells(record, outputs[o.Name], i)
			}
			if err := out.Write(record); err != nil {
				return fmt.Errorf("write scores: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func (a *Applier) csvHeader() []string {
	header := []string{columnRow}
	for _, o := range a.schema.Outputs {
		width := max(1, a.widths[o.Name])
		for k := range width {
			switch {
			case width == 1:
				header = append(header, o.Name)
			case k < len(a.schema.Classes):
				header = append(header, o.Name+":"+a.schema.Classes[k])
			default:
				header = append(header, o.Name+":"+strconv.Itoa(k))
			}
		}
	}
	return header
}

// appendCells adds what a tensor has for a row, with numbers that read back
// exactly.
func appendCells(record []string, t runtime.Tensor, row int) []string {
	width := 1
	for _, d := range t.Dims[1:] {
		width *= d
	}
	for k := row * width; k < (row+1)*width; k++ {
		switch {
		case t.Strings != nil:
			record = append(record, t.Strings[k])
		case t.Ints != nil:
			record = append(record, strconv.FormatInt(t.Ints[k], 10))
		case t.Doubles != nil:
			record = append(record, strconv.FormatFloat(t.Doubles[k], 'g', -1, 64))
		default:
			record = append(record, strconv.FormatFloat(float64(t.Floats[k]), 'g', -1, 32))
		}
	}
	return record
}

// reals are the numbers of a tensor of either precision.
func reals(t runtime.Tensor) []float64 {
	if t.Doubles != nil {
		return t.Doubles
	}
	out := make([]float64, len(t.Floats))
	for i, v := range t.Floats {
		out[i] = float64(v)
	}
	return out
}
