package table

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/train/job"
)

// Limits of what objects with keys of their own may take.
const (
	maxColumns    = 1 << 16
	maxBlockCells = 1 << 25 // rows times columns of a block
)

// jsonParser parses lines that hold an object each. Its keys are the columns,
// in the order in which they first come; where one is not there, it has no value.
type jsonParser struct {
	want  func(name string) Kind
	known map[string]jsonColumn // of the blocks that were merged
}

// jsonColumn is what a column's values are parsed to.
type jsonColumn struct {
	*builder
	kind   Kind
	strict bool // inferred: a number in quotes is a text
}

func (p *jsonParser) cut(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 }

func (p *jsonParser) begin(s *scanner, b *block) error {
	b.text = bytes.TrimPrefix(b.text, []byte("\xef\xbb\xbf"))
	p.want, p.known = s.want, map[string]jsonColumn{}
	b.parseJSON(func(name string) (Kind, bool) {
		if s.want(name) == Infer {
			return probe, true
		}
		return Skip, false
	})
	for i, name := range b.names {
		p.add(s, name, b.chunks[i])
	}
	return nil
}

func (p *jsonParser) add(s *scanner, name string, first chunk) *builder {
	want := s.want(name)
	b := newBuilder(name, want, first)
	s.builders = append(s.builders, b)
	p.known[name] = jsonColumn{b, b.Kind, b.Guess.Inferred}
	return b
}

func (p *jsonParser) parse(b *block) { b.parseJSON(p.kind) }

func (p *jsonParser) kind(name string) (Kind, bool) {
	if c, ok := p.known[name]; ok {
		return c.kind, c.strict
	}
	switch want := p.want(name); want {
	case Infer: // as newBuilder does
		return Float32, true
	case inferText:
		return Text, true
	case inferVector:
		return Vector, true
	default:
		return want, false
	}
}

func (p *jsonParser) columns(s *scanner, b *block) ([]*builder, error) {
	builders := make([]*builder, len(b.names))
	for i, name := range b.names {
		builders[i] = p.known[name].builder
		if builders[i] == nil {
			builders[i] = p.add(s, name, chunk{})
			builders[i].pad(s.table.rows)
		}
	}
	if len(s.builders) > maxColumns {
		return nil, job.Problems{problem(s.table.Name, job.CodeTooLarge, fmt.Sprintf("the objects have more than %d different keys", maxColumns),
			"use the same keys in each object")}
	}
	if cells := int64(s.table.rows+b.rows) * int64(len(s.builders)); 4*cells > freeSize && 4*cells/maxRatio > s.bytes+int64(len(b.text)) {
		return nil, job.Problems{problem(s.table.Name, job.CodeTooLarge, manyKeys, "use the same keys in each object")}
	}
	return builders, nil
}

func (p *jsonParser) empty(s *scanner) job.Problem {
	return problem(s.table.Name, job.CodeNoRows, "the file is empty", "it needs at least one line")
}

// parseJSON parses the lines of a block. The kind of a column is asked for once.
func (b *block) parseJSON(kind func(name string) (Kind, bool)) {
	b.reset()
	b.names = b.names[:0]
	if b.cutOff {
		b.syntax = &syntaxError{code: job.CodeTooLarge, message: "a row is too long", hint: "check the line ends"}
		return
	}
	j := &jsonBlock{block: b, kind: kind, index: map[string]int{}}
	valid := utf8.Valid(b.text)
	for from, line := 0, 0; from < len(b.text); line++ {
		end := from + bytes.IndexByte(b.text[from:], '\n')
		c := jsonCursor{text: b.text[from : end+1]}
		if c.space(); c.at < len(c.text)-1 {
			if !valid && !utf8.Valid(c.text) {
				b.utf8.add(line, "the line is not UTF-8")
			}
			if j.object(&c, line); c.failed != "" {
				b.syntax = &syntaxError{job.CodeContent, line, line, "not a JSON object: " + c.failed, `each line is one, as in {"a": 1, "b": "x"}`}
				return
			}
			if b.rows*len(b.names) > maxBlockCells {
				b.syntax = &syntaxError{job.CodeTooLarge, line, line, manyKeys, "use the same keys in each object"}
				return
			}
			b.starts.add(b.rows, line)
			b.rows++
		}
		from = end + 1
	}
	for i := range b.names {
		b.chunks[i].pad(b.rows)
	}
}

const manyKeys = "the objects have too many different keys"

// jsonBlock is a block being parsed.
type jsonBlock struct {
	*block
	kind  func(name string) (Kind, bool)
	index map[string]int // of the chunk of each key
	next  int            // the chunk after the last one: objects tend to have their keys in one order
}

// object parses one row.
func (j *jsonBlock) object(c *jsonCursor, line int) {
	c.expect('{')
	j.next = 0
	for first := true; c.failed == "" && c.peek() != '}'; first = false {
		if !first {
			c.expect(',')
		}
		key := c.quoted()
		c.expect(':')
		if c.failed != "" {
			return
		}
		k := j.chunk(key)
		if k.rows > j.rows {
			c.fail(fmt.Sprintf("the key %q is there twice", shorten(string(key))))
			return
		}
		k.pad(j.rows)
		k.rows++
		t := c.value()
		if c.failed == "" && !k.token(j.rows, t) {
			name := j.names[j.next-1]
			if j.nested.n == 0 {
				j.name = name
			}
			j.nested.add(line, fmt.Sprintf("%q holds %s", name, t.kind))
		}
	}
	c.expect('}')
	if c.space(); c.failed == "" && c.at < len(c.text) {
		c.fail("there is more after it")
	}
}

// chunk is that of a key.
func (j *jsonBlock) chunk(key []byte) *chunk {
	if j.next < len(j.names) && j.names[j.next] == string(key) {
		j.next++
		return &j.chunks[j.next-1]
	}
	i, ok := j.index[string(key)]
	if !ok {
		i = len(j.names)
		name := string(key)
		j.index[name], j.names = i, append(j.names, name)
		if i == len(j.chunks) {
			j.chunks = append(j.chunks, chunk{})
		}
		kind, strict := j.kind(name)
		j.chunks[i].reset(kind)
		j.chunks[i].typed, j.chunks[i].strict = true, strict
	}
	j.next = i + 1
	return &j.chunks[i]
}

// pad adds rows without a value until there are as many as given.
func (c *chunk) pad(rows int) {
	if c.rows < rows {
		c.missing.join(c.rows, Cells{N: rows - c.rows})
	}
	for ; c.rows < rows && c.kind != Skip; c.rows++ {
		c.none()
	}
	c.rows = max(c.rows, rows)
}

// token adds a value, and says whether a column can hold such a one.
func (c *chunk) token(row int, t jsonToken) bool {
	switch {
	case c.kind == Skip:
		return true
	case t.kind == jsonNull:
		c.missing.addBytes(row, t.text)
		c.none()
		return true
	case t.kind == jsonArray && c.kind == probe:
		c.present++
		c.arrays++
		return true
	case t.kind == jsonArray && c.kind == Float32 && c.strict: // perhaps all are
		c.present++
		c.arrays++
		c.bad.addBytes(row, t.text)
		c.none()
		return true
	case t.kind == jsonArray && c.kind != Vector, t.kind == jsonObject:
		c.none()
		return false
	}
	if t.kind == jsonString && !missing(t.text) || t.kind == jsonBool {
		c.strings.addBytes(row, t.text)
		if t.kind == jsonBool {
			c.bools++
		}
		if c.strict && (c.kind == Float32 || c.kind == probe) {
			c.present++
			c.bad.addBytes(row, t.text)
			c.none()
			return true
		}
	}
	c.put(row, t.text)
	return true
}
