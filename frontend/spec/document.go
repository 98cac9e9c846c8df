package spec

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	yaml "go.yaml.in/yaml/v3"
)

// document is one file of a spec, parsed. Its nodes serve every model that is made
// of the file, and the lint rules, so that they are never changed.
type document struct {
	data  []byte
	root  *yaml.Node // nil where the file is not YAML
	diags diag.List
	lines []string
	nodes int // how many there are, aliases not followed
	// starts has the place of each line as YAML counts them, where it counts more than
	// there are line feeds.
	starts []diag.Position
}

// breaks finds where lines start for YAML, which knows other line breaks than the line
// feed. Nothing is kept of a file that has none of them.
func (d *document) breaks() {
	other := false
	at := diag.Position{Line: 1, Column: 1}
	starts := []diag.Position{at}
	for i := 0; i < len(d.data); {
		r, n := utf8.DecodeRune(d.data[i:])
		i += n
		at.Column++
		switch r {
		case '\r':
			if i < len(d.data) && d.data[i] == '\n' {
				continue // one break of two characters
			}
			other = true
		case '\u0085', '\u2028', '\u2029':
			other = true
		case '\n':
			at = diag.Position{Line: at.Line + 1, Column: 1}
		default:
			continue
		}
		starts = append(starts, at)
	}
	if other {
		d.starts = starts
	}
}

// position is a place that YAML gives, in lines that end with a line feed: those of
// every tool that shows the file.
func (d *document) position(line, column int) diag.Position {
	if d.starts == nil || line < 1 || line > len(d.starts) {
		return diag.Position{Line: line, Column: column}
	}
	at := d.starts[line-1]
	return diag.Position{Line: at.Line, Column: at.Column + column - 1}
}

// documents holds the files of one spec, each read and parsed once.
type documents struct {
	main   string // the spec's own name
	load   func(name string) ([]byte, error)
	parsed map[string]*document
	read   map[string]content
	// owner has the file of each node that is not the spec's own.
	owner map[*yaml.Node]string
}

// errAlone says that the spec was given without a way to read files beside it.
var errAlone = errors.New("files cannot be included here")

// content is a file as it was read.
type content struct {
	data []byte
	err  error
}

func newDocuments(main string, load func(string) ([]byte, error)) *documents {
	return &documents{main: main, load: load, parsed: map[string]*document{}, read: map[string]content{}, owner: map[*yaml.Node]string{}}
}

// open reads a file beside the spec.
func (d *documents) open(name string) ([]byte, error) {
	if d.load == nil {
		return nil, errAlone
	}
	c, ok := d.read[name]
	if !ok {
		c.data, c.err = d.load(name)
		d.read[name] = c
	}
	return c.data, c.err
}

// parse is the document of a file.
func (d *documents) parse(name string, data []byte) *document {
	doc, ok := d.parsed[name]
	if !ok {
		doc = &document{data: data}
		doc.root, doc.diags = root(name, data)
		d.parsed[name] = doc
		if doc.root != nil {
			doc.breaks()
			doc.nodes = d.own(doc.root, name, 0)
		}
	}
	return doc
}

// own marks the nodes of a file that is not the spec's own, and counts them. Aliases
// are not followed: what they stand for is marked where it is written.
func (d *documents) own(n *yaml.Node, file string, depth int) int {
	if file != d.main {
		d.owner[n] = file
	}
	count := 1
	if depth > maxDepth {
		return count
	}
	for _, child := range n.Content {
		count += d.own(child, file, depth+1)
	}
	return count
}

// lines are the lines of a parsed file; nil for any other.
func (d *documents) lines(name string) []string {
	doc, ok := d.parsed[name]
	if !ok {
		return nil
	}
	if doc.lines == nil {
		doc.lines = strings.Split(string(doc.data), "\n")
	}
	return doc.lines
}

// position is where a node of a file stands.
func (d *documents) position(file string, n *yaml.Node) diag.Position {
	doc, ok := d.parsed[file]
	if !ok {
		return diag.Position{Line: n.Line, Column: n.Column}
	}
	at := doc.position(n.Line, n.Column)
	if lines := d.lines(file); at.Line > len(lines) { // an empty value at the end of the file
		at = diag.Position{Line: len(lines), Column: utf8.RuneCountInString(lines[len(lines)-1]) + 1}
	}
	return at
}
