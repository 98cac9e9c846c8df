package lint

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// directive is what the comment `# check=…` at the top of a file says.
type directive struct {
	all   bool
	rules []string // names or codes
	err   bool
}

func (d directive) skips(r Rule) bool {
	if d.all {
		return true
	}
	for _, name := range d.rules {
		if name == r.Name || name == string(r.Code) {
			return true
		}
	}
	return false
}

// comment is one comment of the form `# name=value` with its place.
type comment struct {
	name, value string
	line        int
	column      int // of the value
	read        bool
}

var directiveForm = pattern.New(`^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$`)

// comments lists the comments `# name=value` that stand before the first key.
// Directives are read, as in a Dockerfile, until the first line that is none.
func comments(data []byte) []comment {
	var out []comment
	directives := true
	i := -1
	for text := range bytes.SplitSeq(bytes.TrimPrefix(data, []byte("\uFEFF")), []byte("\n")) {
		i++
		line := strings.TrimRight(string(text), "\r")
		if i == 0 && strings.HasPrefix(line, "#!") {
			continue
		}
		m := directiveForm.FindStringSubmatchIndex(line)
		if m == nil {
			directives = false
			if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				break
			}
			continue
		}
		c := comment{name: strings.ToLower(line[m[2]:m[3]]), value: line[m[4]:m[5]], line: i + 1,
			column: utf8.RuneCountInString(line[:m[4]]) + 1}
		directives = directives && (c.name == "syntax" || c.name == "check" || c.name == "escape")
		c.read = directives
		out = append(out, c)
	}
	return out
}

// span is the place of a part of the comment's value.
func (c comment) span(file string, from, to int) diag.Span {
	at := func(offset int) diag.Position {
		return diag.Position{Line: c.line, Column: c.column + utf8.RuneCountInString(c.value[:offset])}
	}
	return diag.Span{File: file, Start: at(from), End: at(to)}
}

// readDirective reads the first check directive, leaving out what is wrong in it.
func readDirective(data []byte) directive {
	for _, c := range comments(data) {
		if c.read && c.name == "check" {
			return parseDirective(c, func(int, int, string, string, ...any) {})
		}
	}
	return directive{}
}

// parseDirective reads `skip=a,b;error=true`. What is wrong is reported with its
// place in the value.
func parseDirective(c comment, report func(from, to int, hint, format string, args ...any)) directive {
	var d directive
	from := 0
	value, rest, spaced := strings.Cut(c.value, " ")
	if spaced {
		report(len(c.value)-len(rest), len(c.value), "write it without spaces, as in skip=latest-tag;error=true", "what follows a space is not read")
	}
	for _, option := range strings.Split(value, ";") {
		to := from + len(option)
		key, v, given := strings.Cut(option, "=")
		switch {
		case option == "": // a ; too many
		case !given:
			report(from, to, "as in skip=latest-tag;error=true", "%q has no value", option)
		case key == "skip":
			d.all, d.rules = skipped(v, from+len("skip="), report)
		case key == "error":
			on, err := strconv.ParseBool(v)
			if err != nil {
				report(from, to, "error=true or error=false", "%q is neither true nor false", v)
			}
			d.err = on
		default:
			report(from, to, diag.DidYouMean(key, []string{"skip", "error"}), "no option %q", key)
		}
		from = to + 1
	}
	return d
}

func skipped(list string, from int, report func(from, to int, hint, format string, args ...any)) (all bool, rules []string) {
	if list == "all" {
		return true, nil
	}
	var names []string
	known := map[string]bool{}
	for _, r := range Rules() {
		names = append(names, r.Name)
		known[r.Name], known[string(r.Code)] = true, true
	}
	for _, name := range strings.Split(list, ",") {
		if !known[name] && !dataCode(name) {
			hint := diag.Nearest(name, names)
			if hint == "" {
				hint = "docs/reference/lint.md lists them"
			} else {
				hint = "did you mean " + strconv.Quote(hint) + "?"
			}
			report(from, from+len(name), hint, "no rule %q", name)
		}
		rules = append(rules, name)
		from += len(name) + 1
	}
	return false, rules
}

// dataCode reports whether a name is the code of something that only the data shows,
// which a step finds and no rule.
func dataCode(name string) bool {
	return len(name) == len("MB2000") && strings.HasPrefix(name, "MB2") && strings.Trim(name[2:], "0123456789") == ""
}

// checkDirective reports what is wrong with the directives themselves.
func checkDirective(c *Context) {
	file := c.Model.File
	seen := false
	for _, d := range comments(c.Model.Raw) {
		if d.name != "check" {
			continue
		}
		at := d.span(file, 0, len(d.value))
		switch {
		case !d.read:
			c.warn(at, "move it to the top, below the syntax line", "this check directive is not read: something else stands before it")
		case seen:
			c.warn(at, "join the two with ;", "only the first check directive is read")
		default:
			seen = true
			parseDirective(d, func(from, to int, hint, format string, args ...any) {
				c.warn(d.span(file, from, to), hint, "check: "+format, args...)
			})
		}
	}
}
