package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	yaml "go.yaml.in/yaml/v3"
)

// Limits on what Parse reads. A model build is a short text; whatever is larger
// is a mistake or an attack.
const (
	MaxSize  = 1 << 20 // bytes
	maxNodes = 50_000  // values, each use of an alias counted again
	maxDepth = 40      // nested mappings and lists

	maxTargets    = 256          // of one file
	maxStageNodes = 4 * maxNodes // of a target with those that it needs
)

// TooLarge is the diagnostic for a file of size bytes over MaxSize, for callers
// that know the size before they have the content. A size of 0 is not known.
func TooLarge(file string, size int64) diag.List {
	var l diag.List
	has := "far too many"
	if size > 0 {
		has = strconv.FormatInt(size, 10)
	}
	l.Add(diag.TooLarge, diag.Span{File: file, Start: diag.Position{Line: 1, Column: 1}},
		"data belongs in files named by data.<name>.source, not in the spec",
		"the file has %s bytes; a spec has at most %d", has, MaxSize)
	return l
}

// root parses data to the node of its only document.
func root(file string, data []byte) (*yaml.Node, diag.List) {
	if len(data) > MaxSize {
		return nil, TooLarge(file, int64(len(data)))
	}
	var l diag.List
	if at, ok := firstInvalid(data); ok {
		at.File = file
		l.Add(diag.Syntax, at, "save the file as UTF-8 text", "the file is not UTF-8 text")
		return nil, l
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			l.Add(diag.MissingKey, lineSpan(file, data, 1), "start with name:, data: and train:", "the file is empty")
			return nil, l
		}
		return nil, syntaxError(file, data, err)
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		l.Add(diag.Syntax, lineSpan(file, data, next.Line), "one file holds one model", "a second YAML document starts here")
		return nil, l
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(file, data, err)
	}
	return doc.Content[0], nil
}

var unknownAnchor = pattern.New(`^unknown anchor '(.*)' referenced$`)

// textSpan is the first place of a text in data.
func textSpan(file string, data []byte, text string) diag.Span {
	before, _, _ := strings.Cut(string(data), text)
	at := diag.Position{
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1,
	}
	return diag.Span{File: file, Start: at, End: diag.Position{Line: at.Line, Column: at.Column + utf8.RuneCountInString(text)}}
}

var yamlLine = pattern.New(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxError turns the YAML library's message, which ends in a line at best,
// into a diagnostic.
func syntaxError(file string, data []byte, err error) diag.List {
	line, msg := 1, err.Error()
	if m := yamlLine.FindStringSubmatch(strings.SplitN(msg, "\n", 2)[0]); m != nil {
		msg = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
			if strings.HasPrefix(msg, "did not find expected") {
				line++ // the library counts its parser's lines from 0, its scanner's from 1
			}
		}
	}
	var l diag.List
	at := lineSpan(file, data, line)
	if m := unknownAnchor.FindStringSubmatch(msg); m != nil {
		at = textSpan(file, data, "*"+m[1])
		l.Add(diag.Syntax, at, fmt.Sprintf("mark the value with &%s where it is first written", m[1]), "not valid YAML: no anchor %q", m[1])
		return l
	}
	hint := "check the indentation and the colons of this line and the one above"
	if bytes.Contains(excerptOf(data, at), []byte("\t")) {
		hint = "YAML is indented with spaces, not tabs"
	}
	l.Add(diag.Syntax, at, hint, "not valid YAML: %s", msg)
	return l
}

func excerptOf(data []byte, at diag.Span) []byte {
	lines := bytes.Split(data, []byte("\n"))
	if at.Start.Line > len(lines) {
		return nil
	}
	return lines[at.Start.Line-1]
}

// lineSpan covers the text of one line, without its indentation.
func lineSpan(file string, data []byte, line int) diag.Span {
	lines := strings.Split(string(data), "\n")
	line = min(max(line, 1), len(lines))
	text := strings.TrimRight(lines[line-1], "\r \t")
	start := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \t")) + 1
	return diag.Span{
		File:  file,
		Start: diag.Position{Line: line, Column: start},
		End:   diag.Position{Line: line, Column: utf8.RuneCountInString(text) + 1},
	}
}

// firstInvalid finds the first byte that is not UTF-8 text: an invalid sequence
// or a NUL.
func firstInvalid(data []byte) (diag.Span, bool) {
	line, col := 1, 1
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			at := diag.Position{Line: line, Column: col}
			return diag.Span{Start: at, End: diag.Position{Line: line, Column: col + 1}}, true
		}
		i += n
		col++
		if r == '\n' {
			line, col = line+1, 1
		}
	}
	return diag.Span{}, false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
