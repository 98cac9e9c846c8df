package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// page is a Markdown file, read as far as the tests need it.
type page struct {
	name   string // slash-separated, from the repository's root
	text   string
	blocks []*block
	prose  []string // the lines outside of code blocks; those inside are empty
}

// block is a fenced code block.
type block struct {
	lang  string   // first word of the info string
	args  []string // its other words
	text  string
	line  int      // of the opening fence, from 1
	notes []string // the HTML comments on the lines directly above
}

var comment = regexp.MustCompile(`^\s*<!-- (.*) -->\s*$`)

// parse reads a page. Fences are three backquotes at the start of a line.
func parse(name, text string) *page {
	p := &page{name: name, text: text}
	var open *block
	var notes []string
	for i, line := range strings.SplitAfter(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch m := comment.FindStringSubmatch(line); {
		case open != nil && isFence:
			open = nil
		case open != nil:
			open.text += line
		case isFence:
			open = newBlock(fence, i+1, notes)
			p.blocks, notes = append(p.blocks, open), nil
		case m != nil:
			notes = append(notes, m[1])
		default:
			notes = nil
		}
		p.prose = append(p.prose, proseOf(line, open != nil || isFence))
	}
	return p
}

func newBlock(info string, line int, notes []string) *block {
	b := &block{line: line, notes: notes}
	if words := strings.Fields(info); len(words) > 0 {
		b.lang, b.args = words[0], words[1:]
	}
	return b
}

func proseOf(line string, code bool) string {
	if code {
		return ""
	}
	return strings.TrimRight(line, "\n")
}

// has tells whether a block's info string has a word.
func (b *block) has(word string) bool {
	return slices.Contains(b.args, word)
}

// replace puts another text into a block of the page.
func (p *page) replace(b *block, text string) {
	lines := strings.SplitAfter(p.text, "\n")
	end := b.line + strings.Count(b.text, "\n")
	p.text = strings.Join(lines[:b.line], "") + text + strings.Join(lines[end:], "")
	*p = *parse(p.name, p.text)
}

// section is the text between the two comments that mark a generated part.
func (p *page) section(name string) (text string, from, to int, err error) {
	begin, end := fmt.Sprintf("<!-- generated: %s -->\n", name), fmt.Sprintf("<!-- end of %s -->", name)
	from = strings.Index(p.text, begin) + len(begin)
	to = strings.Index(p.text, end)
	if from < len(begin) || to < from {
		return "", 0, 0, fmt.Errorf("%s: no generated part %q", p.name, name)
	}
	return p.text[from:to], from, to, nil
}

// generated compares a generated part of a page with what it must be, or writes
// it with -update.
func generated(t *testing.T, file, name, want string) {
	t.Helper()
	p := read(t, file)
	got, from, to, err := p.section(name)
	require.NoError(t, err)
	if *update && got != want {
		p.text = p.text[:from] + want + p.text[to:]
		p.save(t)
		return
	}
	require.Equal(t, want, got, "%s: the part %q is out of date; go test ./test/docs -update writes it", file, name)
}
