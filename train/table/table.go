package table

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// Table is one dataset as text, column by column.
type Table struct {
	Name    string // dataset name
	SHA256  string // hex digest of the bytes read
	Size    int64  // bytes read
	Columns []Column
	Lines   []int // physical line, from 1, on which each row begins
}

// Column is one named column; Cells has one entry a row.
type Column struct {
	Name  string
	Cells []string
}

// Rows is the number of rows below the header.
func (t *Table) Rows() int { return len(t.Lines) }

// Column finds a column by name.
func (t *Table) Column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// Names lists the columns in file order.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// NoColumn is the problem of a name that is not a column, with the nearest
// names as the hint.
func (t *Table) NoColumn(code, field, name string) job.Problem {
	return job.Problem{
		Code: code, Field: field, Dataset: t.Name, Name: name, Excerpt: name,
		Message: fmt.Sprintf("no column %q", name),
		Hint:    hint(name, t.Names()),
	}
}

// Open reads the file of a dataset.
func Open(d job.Dataset) (*Table, error) {
	if d.Format != "csv" {
		return nil, job.Problems{{Code: job.CodeNoDataset, Field: "data." + d.Name + ".format", Dataset: d.Name,
			Excerpt: d.Format, Message: fmt.Sprintf("format %q cannot be read", d.Format), Hint: "csv can"}}
	}
	f, err := os.Open(d.Path)
	if err != nil {
		return nil, fmt.Errorf("open dataset %s: %w", d.Name, err)
	}
	defer f.Close()
	return Read(d.Name, f)
}

// MissingValues lists the cells that mean that there is no value.
func MissingValues() []string { return []string{"", "N/A", "NA", "NaN", "null"} }

// Missing says whether a cell is one of [MissingValues].
func Missing(cell string) bool {
	switch cell {
	case "", "N/A", "NA", "NaN", "null":
		return true
	}
	return false
}

// Number parses a decimal number, with spaces around it allowed. Hexadecimal
// numbers, digit separators and names such as Inf are not numbers. A decimal
// too large for a float64 gives an infinity.
func Number(cell string) (float64, bool) {
	s := strings.Trim(cell, " ")
	if s == "" || strings.ContainsFunc(s, notDecimal) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && v == 0 { // an out-of-range decimal comes with its infinity
		return 0, false
	}
	return v, true
}

func notDecimal(r rune) bool {
	return (r < '0' || r > '9') && !strings.ContainsRune("+-.eE", r)
}
