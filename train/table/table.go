package table

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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
	if d.Digest != "" {
		if err := verify(d, f); err != nil {
			return nil, err
		}
	}
	return Read(d.Name, f)
}

// verify hashes a file whose digest is given before anything of it is parsed,
// and leaves it at its start.
func verify(d job.Dataset, f *os.File) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("hash dataset %s: %w", d.Name, err)
	}
	if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != d.Digest {
		return job.Problems{{Code: job.CodeDigest, Field: "data." + d.Name + ".digest", Excerpt: got,
			Message: fmt.Sprintf("data.%s: the content has digest %s, not %s", d.Name, got, d.Digest),
			Hint:    "if the new content is what you want, write this digest"}}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read dataset %s: %w", d.Name, err)
	}
	return nil
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
