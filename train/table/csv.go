package table

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/train/job"
)

// Read parses a CSV dataset with a header line. Mistakes in it are returned as
// [job.Problems], one for each kind, with the first line and how many more
// there are.
func Read(name string, r io.Reader) (*Table, error) {
	sum := sha256.New()
	count := new(counter)
	in := bufio.NewReaderSize(io.TeeReader(r, io.MultiWriter(sum, count)), 1<<16)
	if bom, err := in.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return nil, fmt.Errorf("read dataset %s: %w", name, err)
		}
	}
	p := &parser{csv: csv.NewReader(in), table: &Table{Name: name}}
	p.csv.FieldsPerRecord = -1
	p.csv.ReuseRecord = true
	if err := p.parse(); err != nil {
		return nil, err
	}
	p.table.SHA256 = hex.EncodeToString(sum.Sum(nil))
	p.table.Size = int64(*count)
	return p.table, nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// parser fills a table, keeping the first of each kind of mistake in a row.
type parser struct {
	csv     *csv.Reader
	table   *Table
	ragged  tally
	excerpt string // the first ragged row
	utf8    tally
}

func (p *parser) parse() error {
	if err := p.header(); err != nil {
		return err
	}
	for {
		record, err := p.csv.Read()
		if errors.Is(err, io.EOF) {
			return p.finish()
		}
		if err != nil {
			return p.syntax(err)
		}
		p.row(record)
	}
}

func (p *parser) header() error {
	record, err := p.csv.Read()
	if errors.Is(err, io.EOF) {
		return job.Problems{p.problem(job.CodeNoRows, "the file is empty", "it needs a header and at least one row")}
	}
	if err != nil {
		return p.syntax(err)
	}
	var ps job.Problems
	for i, name := range slices.Clone(record) {
		if q := p.columnName(i, name); q.Code != "" {
			ps = append(ps, q)
		}
		p.table.Columns = append(p.table.Columns, Column{Name: name})
	}
	return ps.Err()
}

func (p *parser) columnName(i int, name string) job.Problem {
	line, _ := p.csv.FieldPos(i)
	q := job.Problem{Field: p.field(), Dataset: p.table.Name, Line: line, Name: name}
	_, twice := p.table.Column(name)
	switch {
	case !utf8.ValidString(name):
		q.Code, q.Name = job.CodeNotUTF8, ""
		q.Message = fmt.Sprintf("the name of column %d is not UTF-8", i+1)
		q.Hint = hintUTF8
	case name == "":
		q.Code, q.Message = job.CodeTwiceColumn, fmt.Sprintf("column %d has no name", i+1)
		q.Hint = "name every column in the first line"
	case twice:
		q.Code, q.Message = job.CodeTwiceColumn, fmt.Sprintf("two columns are named %q", name)
		q.Hint = "rename one of them in the first line"
	}
	return q
}

const hintUTF8 = "convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8"

func (p *parser) row(record []string) {
	line, _ := p.csv.FieldPos(0)
	if len(record) != len(p.table.Columns) {
		if p.ragged.n == 0 {
			p.excerpt = Excerpt(strings.Join(record, ","))
		}
		p.ragged.add(line, fmt.Sprintf("%d fields, the header has %d", len(record), len(p.table.Columns)))
		return
	}
	for i, cell := range record {
		if !utf8.ValidString(cell) {
			p.utf8.add(line, fmt.Sprintf("column %q is not UTF-8: %q", p.table.Columns[i].Name, shorten(cell)))
		}
		c := &p.table.Columns[i]
		c.Cells = append(c.Cells, cell)
	}
	p.table.Lines = append(p.table.Lines, line)
}

func (p *parser) finish() error {
	var ps job.Problems
	if p.ragged.n > 0 {
		q := p.problem(job.CodeRagged, p.ragged.message(), "quote a field that holds a comma")
		q.Line, q.Excerpt = p.ragged.line, p.excerpt
		ps = append(ps, q)
	}
	if p.utf8.n > 0 {
		q := p.problem(job.CodeNotUTF8, p.utf8.message(), hintUTF8)
		q.Line = p.utf8.line
		ps = append(ps, q)
	}
	if len(ps) == 0 && p.table.Rows() == 0 {
		ps = append(ps, p.problem(job.CodeNoRows, "there is a header but no rows", "it needs at least one row"))
	}
	return ps.Err()
}

// syntax turns an error of encoding/csv into a problem; an error of the
// underlying reader stays an error.
func (p *parser) syntax(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("read dataset %s: %w", p.table.Name, err)
	}
	message := `a quote inside a field that is not quoted`
	if errors.Is(parse.Err, csv.ErrQuote) {
		message = `a quoted field does not end`
	}
	q := p.problem(job.CodeQuote, message, `write a quote inside a quoted field twice: "a ""b"" c"`)
	q.Line = parse.Line
	if parse.StartLine != parse.Line {
		q.Message += fmt.Sprintf("; its row begins on line %d", parse.StartLine)
	}
	return job.Problems{q}
}

func (p *parser) problem(code, message, hint string) job.Problem {
	return job.Problem{Code: code, Field: p.field(), Dataset: p.table.Name, Message: message, Hint: hint}
}

func (p *parser) field() string { return "data." + p.table.Name }
