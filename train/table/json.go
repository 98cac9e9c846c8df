package table

import (
	"bytes"
	"encoding/json"
)

// jsonKind is the kind of a JSON value, in words.
type jsonKind string

const (
	jsonNull   jsonKind = "null"
	jsonNumber jsonKind = "a number"
	jsonString jsonKind = "a text"
	jsonBool   jsonKind = "true or false"
	jsonArray  jsonKind = "a list"
	jsonObject jsonKind = "an object"
)

// jsonToken is a value: a text without its quotes, everything else as it is
// written.
type jsonToken struct {
	kind jsonKind
	text []byte
}

// jsonCursor reads JSON (RFC 8259) that ends with a line feed.
type jsonCursor struct {
	text   []byte
	at     int
	failed string
}

// jsonBytes marks the bytes that end a number or name.
var jsonBytes = func() (set [256]uint8) {
	for _, b := range []byte(" \t\r\n") {
		set[b] = jsonSpace
	}
	for _, b := range []byte(",:]}") {
		set[b] = jsonEnd
	}
	return set
}()

const (
	jsonSpace = 1 << iota
	jsonEnd
)

func (c *jsonCursor) fail(why string) {
	if c.failed == "" {
		c.failed = why
	}
}

func (c *jsonCursor) space() {
	for c.at < len(c.text) && jsonBytes[c.text[c.at]]&jsonSpace != 0 {
		c.at++
	}
}

// peek is the next byte that is no space, 0 at the end.
func (c *jsonCursor) peek() byte {
	c.space()
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

func (c *jsonCursor) expect(b byte) {
	if c.peek() != b {
		c.fail("no " + string(rune(b)) + " where one is due")
		return
	}
	c.at++
}

// quoted reads a text.
func (c *jsonCursor) quoted() []byte {
	c.expect('"')
	from, escaped := c.at, false
	for ; c.failed == ""; c.at++ {
		switch b := c.text[c.at]; {
		case b == '\\' && c.text[c.at+1] != '\n':
			escaped = true
			c.at++
		case b < ' ':
			c.fail("a text does not end")
			return nil
		case b == '"':
			c.at++
			if escaped {
				return c.unescape(c.text[from-1 : c.at])
			}
			return c.text[from : c.at-1]
		}
	}
	return nil
}

func (c *jsonCursor) unescape(quoted []byte) []byte {
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		c.fail("a text with a bad escape")
	}
	return []byte(s)
}

// value reads a value of any kind.
func (c *jsonCursor) value() jsonToken {
	switch b := c.peek(); b {
	case '"':
		return jsonToken{jsonString, c.quoted()}
	case '{', '[':
		from := c.at
		c.skip(0)
		if b == '{' {
			return jsonToken{jsonObject, c.text[from:c.at]}
		}
		return jsonToken{jsonArray, c.text[from:c.at]}
	}
	from := c.at
	for c.at < len(c.text) && jsonBytes[c.text[c.at]] == 0 {
		c.at++
	}
	t := jsonToken{jsonNumber, c.text[from:c.at]}
	switch string(t.text) {
	case "null":
		t.kind = jsonNull
	case "true", "false":
		t.kind = jsonBool
	default:
		if !isJSONNumber(t.text) {
			c.fail("a value that is not JSON: " + Excerpt(string(t.text)))
		}
	}
	return t
}

// maxNesting is how deep values may be in each other.
const maxNesting = 100

// skip passes over an object or list.
func (c *jsonCursor) skip(depth int) {
	open := c.peek()
	c.at++
	if depth == maxNesting {
		c.fail("values are nested too deep")
	}
	end := byte(']')
	if open == '{' {
		end = '}'
	}
	for first := true; c.failed == "" && c.peek() != end; first = false {
		if !first {
			c.expect(',')
		}
		if open == '{' {
			c.quoted()
			c.expect(':')
		}
		if b := c.peek(); c.failed == "" && (b == '{' || b == '[') {
			c.skip(depth + 1)
		} else if c.failed == "" {
			c.value()
		}
	}
	c.expect(end)
}

// isJSONNumber checks the grammar of a number.
func isJSONNumber(s []byte) bool {
	s = bytes.TrimPrefix(s, []byte("-"))
	digits := func() bool {
		n := 0
		for n < len(s) && s[n]-'0' <= 9 {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if bytes.HasPrefix(s, []byte("0")) {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if bytes.HasPrefix(s, []byte(".")) {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		if s = s[1:]; len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return len(s) == 0
}
