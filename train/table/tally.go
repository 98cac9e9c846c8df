package table

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tally keeps the first of many mistakes of one kind.
type tally struct {
	n    int
	line int
	text string
}

func (t *tally) add(line int, text string) {
	if t.n == 0 {
		t.line, t.text = line, text
	}
	t.n++
}

// join adds the mistakes of a later part of the file, before which there are the
// given number of lines.
func (t *tally) join(lines int, o tally) {
	if t.n == 0 && o.n > 0 {
		t.line, t.text = lines+o.line, o.text
	}
	t.n += o.n
}

func (t *tally) message() string { return t.text + More(t.n-1) }

// More ends a message that shows the first of n+1 rows: " (and 3 more rows)".
func More(n int) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return " (and 1 more row)"
	}
	return fmt.Sprintf(" (and %d more rows)", n)
}

// longest is the length in bytes to which cells are cut in messages.
const longest = 60

func shorten(s string) string {
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// Excerpt shortens a cell for a message.
func Excerpt(cell string) string { return shorten(strings.ToValidUTF8(cell, "\uFFFD")) }
