package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/modelbuild/modelbuild/train/job"
)

// Sizes of what is read at a time. Neither decides what a table holds.
const (
	blockSize = 1 << 19
	batchSize = 16
	maxRecord = 1 << 26 // bytes in one row
)

// block is whole records of a file with what they are parsed to.
type block struct {
	text   []byte // ends with a line feed
	cutOff bool   // the text ends within a record, which is too long
	first  int    // lines of the block before the text: the header's
	lines  int    // line feeds in the block

	chunks []chunk
	rows   int
	starts lineMap // lines from 0 within the block

	ragged, utf8, nested tally // lines from 0 too
	excerpt, name        string
	syntax               *syntaxError

	names []string // JSON: of the chunks
}

// syntaxError ends the reading of a file. Lines are from 0 in the block.
type syntaxError struct {
	code          string
	line, start   int // where it is, and where its record begins
	message, hint string
}

func (b *block) reset() {
	b.rows, b.starts = 0, lineMap{b.starts.rows[:0], b.starts.offsets[:0]}
	b.ragged, b.utf8, b.nested, b.excerpt, b.name, b.syntax = tally{}, tally{}, tally{}, "", "", nil
}

// feeder cuts what it reads into blocks.
type feeder struct {
	in    io.Reader
	cut   func(text []byte) int // length of the whole records; 0 where there is none
	carry []byte                // the beginning of the next block
	size  int                   // of a block
	limit int                   // of one record, about
	done  bool
}

// fill reads the next blocks and returns how many there are.
func (f *feeder) fill(blocks []*block) (int, error) {
	for i, b := range blocks {
		if f.done {
			return i, nil
		}
		if err := f.next(b); err != nil {
			return 0, err
		}
		if len(b.text) == 0 {
			return i, nil
		}
	}
	return len(blocks), nil
}

// next reads one block, as large as one record needs.
func (f *feeder) next(b *block) error {
	size := max(f.size, 2*len(f.carry))
	for {
		if cap(b.text) < size+1 {
			b.text = make([]byte, size+1)
		}
		b.text = b.text[:size]
		n := copy(b.text, f.carry)
		m, err := io.ReadFull(f.in, b.text[n:])
		b.text = b.text[:n+m]
		f.done = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !f.done {
			return err
		}
		if f.done {
			b.text = endLine(b.text)
		}
		end := len(b.text)
		if !f.done {
			end = f.cut(b.text)
		}
		if end > 0 || f.done || size >= f.limit {
			b.cutOff = end == 0 && !f.done
			if b.cutOff {
				b.text, end = append(b.text, '\n'), len(b.text)+1
				f.done = true
			}
			f.carry = append(f.carry[:0], b.text[end:]...)
			b.text, b.first = b.text[:end], 0
			b.lines = bytes.Count(b.text, []byte{'\n'})
			return nil
		}
		f.carry = append(f.carry[:0], b.text...)
		size *= 2
	}
}

// endLine ends the last line of a file, a carriage return alone on which counts
// for nothing.
func endLine(text []byte) []byte {
	line := bytes.TrimSuffix(text, []byte("\r"))
	if len(line) == 0 || line[len(line)-1] == '\n' {
		return line
	}
	return append(text, '\n')
}

// problem is the error as a problem of a dataset; the block begins after the
// given number of lines.
func (e *syntaxError) problem(dataset string, lines int) job.Problems {
	p := job.Problem{Code: e.code, Field: "data." + dataset, Dataset: dataset, Line: lines + e.line + 1,
		Message: e.message, Hint: e.hint}
	if e.start != e.line {
		p.Message += fmt.Sprintf("; its row begins on line %d", lines+e.start+1)
	}
	return job.Problems{p}
}
