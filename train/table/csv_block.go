package table

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/train/job"
)

// cutCSV is the length of the whole records that text begins with. Quotes come
// in pairs, so a line feed ends a record where the quotes before it are even in
// number.
func cutCSV(text []byte) int {
	quotes := bytes.Count(text, []byte{'"'})
	for end := len(text); ; {
		at := bytes.LastIndexByte(text[:end], '\n')
		if at < 0 {
			return 0
		}
		if quotes > 0 {
			quotes -= bytes.Count(text[at:end], []byte{'"'})
		}
		if quotes%2 == 0 {
			return at + 1
		}
		end = at
	}
}

// csvCursor reads fields one after the other.
type csvCursor struct {
	text    []byte
	at      int // of the field that is next
	line    int // on which it begins
	start   int // line on which its record begins
	scratch []byte
	failed  *syntaxError
}

// blank skips empty lines and says whether there is a record after them.
func (c *csvCursor) blank() bool {
	for c.at < len(c.text) {
		switch {
		case c.text[c.at] == '\n':
			c.at++
		case c.text[c.at] == '\r' && c.text[c.at+1] == '\n':
			c.at += 2
		default:
			c.start = c.line
			return true
		}
		c.line++
	}
	return false
}

// field reads one and says whether the record goes on after it. What it
// returns is good until the next call.
func (c *csvCursor) field() (cell []byte, more bool) {
	if c.text[c.at] == '"' {
		return c.quoted()
	}
	from := c.at
	for {
		switch c.text[c.at] {
		case ',':
			c.at++
			return c.text[from : c.at-1], true
		case '"':
			c.fail(c.line, `a quote inside a field that is not quoted`)
			return nil, false
		case '\n':
			cell = c.text[from:c.at]
			if n := len(cell); n > 0 && cell[n-1] == '\r' {
				cell = cell[:n-1]
			}
			c.at, c.line = c.at+1, c.line+1
			return cell, false
		}
		c.at++
	}
}

// quoted reads a field that begins with a quote. Line breaks in it become line
// feeds.
func (c *csvCursor) quoted() (cell []byte, more bool) {
	c.scratch = c.scratch[:0]
	c.at++
	for {
		n := bytes.IndexByte(c.text[c.at:], '"')
		if n < 0 {
			// The lines that are left all belong to the field.
			lines := bytes.Count(c.text[c.at:], []byte{'\n'})
			c.fail(c.line+max(0, lines-1), `a quoted field does not end`)
			return nil, false
		}
		part := c.text[c.at : c.at+n]
		if breaks := bytes.Count(part, []byte{'\n'}); breaks > 0 {
			c.line += breaks
			part = bytes.ReplaceAll(part, []byte("\r\n"), []byte{'\n'})
		}
		c.scratch = append(c.scratch, part...)
		c.at += n + 1
		switch next := c.text[c.at]; {
		case next == '"':
			c.scratch = append(c.scratch, '"')
			c.at++
		case next == ',':
			c.at++
			return c.scratch, true
		case next == '\n', next == '\r' && c.text[c.at+1] == '\n':
			c.at, c.line = c.at+1+int(next&1), c.line+1 // the carriage return is the odd one
			return c.scratch, false
		default:
			c.fail(c.line, `a quoted field does not end`)
			return nil, false
		}
	}
}

func (c *csvCursor) fail(line int, message string) {
	c.failed = &syntaxError{job.CodeQuote, line, c.start, message, `write a quote inside a quoted field twice: "a ""b"" c"`}
}

// parseCSV parses the records of a block.
func (b *block) parseCSV(names []string) {
	c := csvCursor{text: b.text, line: b.first}
	valid := utf8.Valid(b.text)
	for c.blank() {
		from := c
		fields := b.record(&c, valid)
		switch {
		case c.failed != nil:
			b.syntax = c.failed
			return
		case fields != len(names):
			b.raggedRow(from, fields, len(names))
			continue
		case !valid:
			b.checkUTF8(from, names)
		}
		b.starts.add(b.rows, c.start)
		b.rows++
	}
	for i := range b.chunks {
		b.chunks[i].rows = b.rows
	}
	if b.cutOff {
		b.syntax = &syntaxError{job.CodeTooLarge, c.start, c.start, "a row is too long",
			"check the quotes and the line ends"}
	}
}

// record adds the fields of one record to the chunks and returns how many
// there are. Numbers are parsed where they stand.
func (b *block) record(c *csvCursor, valid bool) int {
	for i := 0; ; i++ {
		var k *chunk
		if i < len(b.chunks) {
			k = &b.chunks[i]
			if valid && (k.kind == Float32 || k.kind == Float64) {
				v, end, ok := scanNumber(c.text, c.at)
				if after := c.text[end]; ok && (after == ',' || after == '\n') {
					k.present++
					k.number(b.rows, v, c.text[c.at:end])
					c.at = end + 1
					if after == ',' {
						continue
					}
					c.line++
					return i + 1
				}
			}
		}
		cell, more := c.field()
		if c.failed != nil {
			return 0
		}
		if k != nil {
			k.put(b.rows, cell)
		}
		if !more {
			return i + 1
		}
	}
}

// raggedRow notes a record with another number of fields than the header, and
// takes back what was kept of it.
func (b *block) raggedRow(from csvCursor, fields, want int) {
	for i := range b.chunks {
		b.chunks[i].truncate(b.rows)
	}
	if b.ragged.n == 0 {
		var cells []string
		for more := true; more; {
			var cell []byte
			cell, more = from.field()
			cells = append(cells, string(cell))
		}
		b.excerpt = Excerpt(strings.Join(cells, ","))
	}
	b.ragged.add(from.start, fmt.Sprintf("%d fields, the header has %d", fields, want))
}

func (b *block) checkUTF8(from csvCursor, names []string) {
	for _, name := range names {
		if cell, _ := from.field(); !utf8.Valid(cell) {
			b.utf8.add(from.start, fmt.Sprintf("column %q is not UTF-8: %q", name, shorten(string(cell))))
		}
	}
}
