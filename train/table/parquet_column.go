package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/modelbuild/modelbuild/train/job"
)

// parquetColumn is a column on its way from the pages of a file into a table.
type parquetColumn struct {
	*builder
	leaf    *parquet.Column // nil for a column that is not read
	decode  decoder
	list    bool
	chunk   chunk
	scratch []byte

	row          []float32 // of a list, which may go on in the next page
	inRow, holes bool      // whether a row has begun, and has an item without a value

	inexact, notUTF8 Cells
}

// newParquetColumn says whether a column can be read.
func newParquetColumn(node *parquet.Column, want Kind) (*parquetColumn, bool) {
	c := &parquetColumn{leaf: node}
	if !node.Leaf() || node.Repeated() {
		c.leaf, c.list = listOf(node), true
	}
	if c.leaf == nil {
		return nil, false
	}
	var kind Kind
	c.decode, kind = decoderOf(c.leaf.Type())
	if c.decode == nil || c.list && (kind != Float32 || want != Infer && want != Vector) {
		return nil, false
	}
	switch {
	case want != Infer:
		c.builder = newBuilder(node.Name(), want, chunk{})
	case c.list:
		c.builder = newBuilder(node.Name(), inferVector, chunk{})
	case kind == Date:
		c.builder = newBuilder(node.Name(), Date, chunk{})
		c.Guess.Inferred = true
	case kind == Text:
		c.builder = newBuilder(node.Name(), inferText, chunk{})
	default:
		c.builder = newBuilder(node.Name(), Infer, chunk{})
	}
	return c, true
}

// listOf is the leaf of a list of single values, by the three ways to write one.
func listOf(node *parquet.Column) *parquet.Column {
	for !node.Leaf() {
		if len(node.Columns()) != 1 {
			return nil
		}
		node = node.Columns()[0]
	}
	if node.MaxRepetitionLevel() != 1 {
		return nil
	}
	return node
}

const parquetBatch = 1 << 12

// read reads the column from every row group.
func (c *parquetColumn) read(ctx context.Context, groups []parquet.RowGroup, rows int) error {
	if c.leaf == nil {
		return nil
	}
	c.reserve(rows)
	values := make([]parquet.Value, parquetBatch)
	for _, g := range groups {
		if err := c.readGroup(ctx, g.ColumnChunks()[c.leaf.Index()].Pages(), values); err != nil {
			return err
		}
	}
	c.endRow()
	c.flush()
	if c.rows != rows {
		return fmt.Errorf("column %q has %d rows of %d", c.Name, c.rows, rows)
	}
	return nil
}

func (c *parquetColumn) readGroup(ctx context.Context, pages parquet.Pages, values []parquet.Value) error {
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		reader := page.Values()
		for err == nil && ctx.Err() == nil {
			var n int
			n, err = reader.ReadValues(values)
			c.add(values[:n])
		}
		parquet.Release(page)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// add appends values to the chunk, and the chunk to the column where it is full.
func (c *parquetColumn) add(values []parquet.Value) {
	for i := range values {
		v := &values[i]
		if !c.list {
			c.put(v)
			continue
		}
		if v.RepetitionLevel() == 0 {
			c.endRow()
			c.inRow = true
		}
		if v.IsNull() {
			c.holes = true
			continue
		}
		c.row = append(c.row, float32(c.decode(v).number))
	}
	if c.chunk.rows >= parquetBatch {
		c.flush()
	}
}

func (c *parquetColumn) flush() {
	if c.chunk.rows > 0 {
		c.builder.add(c.rows, &c.chunk)
	}
	c.chunk.reset(c.Kind)
	c.chunk.typed = true
}

// endRow ends a list.
func (c *parquetColumn) endRow() {
	if !c.inRow {
		return
	}
	k, at := c.next()
	switch {
	case len(c.row) == 0:
		k.missing.add(at, "")
		k.none()
	case !c.holes && k.vectors.add(c.row):
		k.present++
		k.good.add(at, "")
	default:
		if c.holes {
			k.none()
		}
		k.present++
		k.bad.add(at, fmt.Sprintf("a list of %d", len(c.row)))
	}
	c.row, c.inRow, c.holes = c.row[:0], false, false
}

// next is the chunk with room for one row, and the row.
func (c *parquetColumn) next() (*chunk, int) {
	if c.chunk.kind != c.Kind {
		c.chunk.reset(c.Kind)
		c.chunk.typed = true
	}
	c.chunk.rows++
	return &c.chunk, c.chunk.rows - 1
}

// put adds a value as what the column is read to.
func (c *parquetColumn) put(v *parquet.Value) {
	k, at := c.next()
	var x cell
	if !v.IsNull() {
		x = c.decode(v)
	}
	if v.IsNull() || x.kind == cellText && missing(x.text) {
		k.missing.add(at, "")
		k.none()
		return
	}
	numeric := k.kind == Float32 || k.kind == Float64 || k.kind == Time
	switch {
	case x.kind == cellNumber && numeric:
		k.present++
		if x.inexact && c.inexact.N == 0 {
			c.inexact.Row, c.inexact.Text = c.rows+at, string(x.format(nil))
		}
		if x.inexact {
			c.inexact.N++
		}
		c.scratch = c.scratch[:0]
		if float64(float32(x.number)) != x.number {
			c.scratch = x.format(c.scratch)
		}
		k.number(at, x.number, c.scratch)
	case x.kind == cellDate && (k.kind == Date || k.kind == Time):
		k.present++
		k.dates++
		k.exact = append(k.exact, x.number)
	case x.kind == cellText && !utf8.Valid(x.text):
		if c.notUTF8.N++; c.notUTF8.N == 1 {
			c.notUTF8.Row, c.notUTF8.Text = c.rows+at, shorten(string(x.text))
		}
		k.none()
	default:
		c.scratch = x.format(c.scratch[:0])
		if x.kind == cellBool {
			k.bools++
		}
		if x.kind != cellNumber {
			k.strings.addBytes(at, c.scratch)
		}
		k.put(at, c.scratch)
	}
}

// problems are what the column's values have wrong as a whole.
func (c *parquetColumn) problems(t *Table) job.Problems {
	var ps job.Problems
	if c.notUTF8.N > 0 {
		p := t.Problem(job.CodeNotUTF8, "data."+t.Name, &c.Column, c.notUTF8)
		p.Message = fmt.Sprintf("column %q is not UTF-8: %s%s", c.Name, strconv.Quote(c.notUTF8.Text), More(c.notUTF8.N-1))
		p.Hint, p.Name, p.Excerpt = hintUTF8, "", ""
		ps = append(ps, p)
	}
	if c.inexact.N > 0 {
		p := t.Problem(job.CodeInexact, "features.columns."+c.Name, &c.Column, c.inexact)
		p.Message = fmt.Sprintf("column %q: %s is a whole number that a float does not hold exactly%s", c.Name, c.inexact.Text, More(c.inexact.N-1))
		p.Hint = "exclude it, or declare type: category"
		ps = append(ps, p)
	}
	return ps
}
