package table

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/train/job"
)

// hintUTF8 is how to go on from text in another encoding.
const hintUTF8 = "convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8"

// csvHeader takes the header off the first block and returns its names.
func csvHeader(dataset string, b *block) ([]string, error) {
	c := csvCursor{text: bytes.TrimPrefix(b.text, []byte("\xef\xbb\xbf"))}
	if !c.blank() {
		return nil, job.Problems{problem(dataset, job.CodeNoRows, "the file is empty", "it needs a header and at least one row")}
	}
	var names []string
	var ps job.Problems
	for more := true; more; {
		var cell []byte
		line := c.line
		cell, more = c.field()
		if c.failed != nil {
			return nil, c.failed.problem(dataset, 0)
		}
		name := string(cell)
		if p := columnName(dataset, len(names), name, slices.Contains(names, name)); p.Code != "" {
			p.Line = line + 1
			ps = append(ps, p)
		}
		names = append(names, name)
	}
	b.text, b.first = c.text[c.at:], c.line
	return names, ps.Err()
}

// columnName is what is wrong with the name of column i, if anything is.
func columnName(dataset string, i int, name string, twice bool) job.Problem {
	p := problem(dataset, "", "", "")
	p.Name = name
	switch {
	case !utf8.ValidString(name):
		p.Code, p.Name = job.CodeNotUTF8, ""
		p.Message = fmt.Sprintf("the name of column %d is not UTF-8", i+1)
		p.Hint = hintUTF8
	case name == "":
		p.Code, p.Message = job.CodeTwiceColumn, fmt.Sprintf("column %d has no name", i+1)
		p.Hint = "name every column in the first line"
	case twice:
		p.Code, p.Message = job.CodeTwiceColumn, fmt.Sprintf("two columns are named %q", name)
		p.Hint = "rename one of them in the first line"
	}
	return p
}

// problem is one about a dataset as a whole.
func problem(dataset, code, message, hint string) job.Problem {
	return job.Problem{Code: code, Field: "data." + dataset, Dataset: dataset, Message: message, Hint: hint}
}

// csvParser parses records of fields, the same number in each.
type csvParser struct {
	names []string
	kinds []Kind // that the blocks are parsed to
}

func (p *csvParser) cut(text []byte) int { return cutCSV(text) }

// begin reads the header and decides what each column is read to.
func (p *csvParser) begin(s *scanner, b *block) error {
	var err error
	if p.names, err = csvHeader(s.table.Name, b); err != nil {
		return err
	}
	for _, name := range p.names {
		kind := Skip
		if s.want(name) == Infer {
			kind = probe
		}
		p.kinds = append(p.kinds, kind)
	}
	p.parse(b)
	for i, name := range p.names {
		column := newBuilder(name, s.want(name), b.chunks[i])
		s.builders = append(s.builders, column)
		p.kinds[i] = column.Kind
	}
	return nil
}

func (p *csvParser) parse(b *block) {
	b.reset()
	if b.chunks == nil {
		b.chunks = make([]chunk, len(p.names))
	}
	for i := range b.chunks {
		b.chunks[i].reset(p.kinds[i])
	}
	b.parseCSV(p.names)
}

func (p *csvParser) columns(s *scanner, _ *block) ([]*builder, error) { return s.builders, nil }

func (p *csvParser) empty(s *scanner) job.Problem {
	return problem(s.table.Name, job.CodeNoRows, "there is a header but no rows", "it needs at least one row")
}
