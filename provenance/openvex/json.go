package openvex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth bounds the nesting of objects and arrays.
const maxDepth = 32

// node is a JSON value with its place.
type node struct {
	offset int64
	value  any // string, json.Number, bool or nil; json.Delim of an object or array
	fields []field
	items  []*node
}

type field struct {
	name   string
	offset int64
	value  *node
}

func (n *node) get(name string) *node {
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// readJSON parses a text. Two keys of one name in an object are a mistake, since readers
// differ in which of them they take.
func readJSON(data []byte) (*node, *Problem) {
	r := &reader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	if len(data) > MaxSize {
		return nil, r.problem(0, fmt.Sprintf("the document has %d bytes; at most %d are read", len(data), MaxSize))
	}
	if i := invalid(data); i >= 0 {
		return nil, r.problem(int64(i), "this is not UTF-8")
	}
	root, p := r.value(0)
	if p != nil {
		return nil, p
	}
	at := r.next()
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, r.problem(at, "there is more after the document")
	}
	return root, nil
}

// invalid is the offset of the first byte that is not UTF-8, or -1.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

type reader struct {
	data []byte
	dec  *json.Decoder
}

// next is the offset of the next token.
func (r *reader) next() int64 {
	i := r.dec.InputOffset()
	for i < int64(len(r.data)) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	return i
}

func (r *reader) problem(offset int64, message string) *Problem {
	return &Problem{Position: position(r.data, offset), Message: message}
}

// position turns an offset into a line and a column.
func position(data []byte, offset int64) Position {
	before := data[:min(offset, int64(len(data)))]
	return Position{bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
}

func (r *reader) token() (json.Token, *Problem) {
	at := r.next()
	tok, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return tok, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p := r.problem(int64(len(r.data)), "the document ends before it is complete")
		p.Hint = "it may have been cut off when it was copied"
		return nil, p
	case errors.As(err, &syntax):
		return nil, r.problem(at, "this is not JSON: "+syntax.Error())
	}
	return nil, r.problem(at, "this is not JSON: "+err.Error())
}

func (r *reader) value(depth int) (*node, *Problem) {
	n := &node{offset: r.next()}
	if depth > maxDepth {
		return nil, r.problem(n.offset, fmt.Sprintf("objects and lists are nested deeper than %d", maxDepth))
	}
	tok, p := r.token()
	if p != nil {
		return nil, p
	}
	n.value = tok
	switch tok {
	case json.Delim('{'):
		p = r.object(n, depth)
	case json.Delim('['):
		for r.dec.More() && p == nil {
			var item *node
			item, p = r.value(depth + 1)
			n.items = append(n.items, item)
		}
		if p == nil {
			_, p = r.token()
		}
	}
	return n, p
}

func (r *reader) object(n *node, depth int) *Problem {
	seen := map[string]bool{}
	for r.dec.More() {
		at := r.next()
		tok, p := r.token()
		if p != nil {
			return p
		}
		name, ok := tok.(string)
		if !ok {
			return r.problem(at, "a key must be text")
		}
		if seen[name] {
			return r.problem(at, fmt.Sprintf("the key %q is here twice", name))
		}
		seen[name] = true
		value, p := r.value(depth + 1)
		if p != nil {
			return p
		}
		n.fields = append(n.fields, field{name, at, value})
	}
	_, p := r.token()
	return p
}

// maxLine bounds the text of a line that is shown, in bytes.
const maxLine = 400

// Line is a line of a text by its number from 1, shortened.
func Line(data []byte, number int) string {
	for ; number > 1; number-- {
		_, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return ""
		}
		data = rest
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(bytes.ToValidUTF8(bytes.TrimSpace(line[:min(len(line), maxLine)]), []byte("\uFFFD")))
}
