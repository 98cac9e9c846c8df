package lock

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/internal/pep440"
)

// pinned is one line of a requirements file: a distribution at one version.
type pinned struct {
	name    string // normalized
	version string // as written
	marker  string
	hashes  []string // sha256 in hex, where the file gives them
	at      diag.Span
}

// requirements is a requirements file, read.
type requirements struct {
	pinned  []pinned
	indexes []string // addresses that the file itself gives
}

// A requirement of pip's, as far as it can be locked: NAME[EXTRAS]==VERSION ; MARKER.
var requirementForm = pattern.New(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?\s*(===?|[<>~!]=|[<>])?\s*([^\s;,)]*)\s*\)?\s*(,[^;]*)?(?:;(.*))?$`)

// requirementsReader goes through the lines of a file.
type requirementsReader struct {
	file  string
	out   requirements
	diags diag.List
}

// readRequirements reads pip's format. What cannot be locked, as a requirement
// without ==, is a diagnostic.
func readRequirements(file string, data []byte) (requirements, diag.List) {
	r := &requirementsReader{file: file}
	if !utf8.Valid(data) {
		r.bad(diag.Span{File: file, Start: diag.Position{Line: 1, Column: 1}}, "save the file as UTF-8 text", "the file is not UTF-8 text")
		return r.out, r.diags
	}
	lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		first := i
		text := uncommented(lines[i])
		for strings.HasSuffix(strings.TrimRight(lines[i], " "), `\`) && i+1 < len(lines) {
			text = strings.TrimSuffix(strings.TrimSpace(text), `\`)
			i++
			text += " " + uncommented(lines[i])
		}
		if text = strings.TrimSpace(text); text != "" {
			r.line(text, lineSpan(file, first+1, lines[first]))
		}
	}
	return r.out, r.diags
}

// uncommented drops a comment: a # at the start or after a space.
func uncommented(line string) string {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return ""
	}
	if i := strings.Index(line, " #"); i >= 0 {
		return line[:i]
	}
	return line
}

func lineSpan(file string, n int, line string) diag.Span {
	text := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(uncommented(line), " \t"), `\`), " \t")
	start := len(text) - len(strings.TrimLeft(text, " \t")) + 1
	return diag.Span{File: file, Start: diag.Position{Line: n, Column: start},
		End: diag.Position{Line: n, Column: utf8.RuneCountInString(text) + 1}}
}

func (r *requirementsReader) bad(at diag.Span, hint, format string, args ...any) {
	r.diags.Add(diag.BadRequirement, at, hint, format, args...)
}

func (r *requirementsReader) line(text string, at diag.Span) {
	if strings.HasPrefix(text, "-") {
		r.option(text, at)
		return
	}
	spec, hashes, ok := r.hashes(text, at)
	if !ok {
		return
	}
	if strings.Contains(spec, "://") || strings.Contains(spec, " @ ") || strings.HasPrefix(spec, ".") || strings.HasPrefix(spec, "/") {
		r.bad(at, "name a release on an index, as in name==1.2.3", "a requirement by address or path cannot be locked")
		return
	}
	m := requirementForm.FindStringSubmatch(spec)
	switch {
	case m == nil:
		r.bad(at, "as in name==1.2.3", "%q is not a requirement", spec)
		return
	case m[2] != "==" && m[2] != "===" || m[4] != "" || strings.HasSuffix(m[3], "*"):
		r.bad(at, "write name==VERSION; `pip freeze` and `uv pip compile` list every package that is needed", "%s is not pinned to one version", m[1])
		return
	case !pep440.Valid(m[3]):
		r.bad(at, "as in name==1.2.3", "%q is not a version", m[3])
		return
	}
	p := pinned{name: pep440.Name(m[1]), version: m[3], marker: strings.TrimSpace(m[5]), hashes: hashes, at: at}
	if other := r.same(p); other != nil {
		d := r.diags.Add(diag.BadRequirement, at, "keep one of the two", "%s is here twice", p.name)
		d.Related = []diag.Related{{Span: other.at, Message: "the first one"}}
		return
	}
	r.out.pinned = append(r.out.pinned, p)
}

// same finds a requirement of the same name for the same environments.
func (r *requirementsReader) same(p pinned) *pinned {
	i := slices.IndexFunc(r.out.pinned, func(o pinned) bool { return o.name == p.name && o.marker == p.marker })
	if i < 0 {
		return nil
	}
	return &r.out.pinned[i]
}

// hashes takes the --hash options off a requirement.
func (r *requirementsReader) hashes(text string, at diag.Span) (spec string, hashes []string, ok bool) {
	var rest []string
	fields := strings.Fields(text)
	for i := 0; i < len(fields); i++ {
		v, is := strings.CutPrefix(fields[i], "--hash=")
		if fields[i] == "--hash" && i+1 < len(fields) {
			i++
			v, is = fields[i], true
		}
		if !is {
			if strings.HasPrefix(fields[i], "--") {
				r.bad(at, "take it out", "the option %s cannot be locked", fields[i])
				return "", nil, false
			}
			rest = append(rest, fields[i])
			continue
		}
		h, sha := strings.CutPrefix(v, "sha256:")
		if !sha || len(h) != 64 {
			r.bad(at, "`pip hash FILE` prints it", "a hash must be sha256: and 64 hex digits")
			return "", nil, false
		}
		hashes = append(hashes, strings.ToLower(h))
	}
	return strings.Join(rest, " "), hashes, true
}

// option reads a line that is no requirement.
func (r *requirementsReader) option(text string, at diag.Span) {
	name, value, _ := strings.Cut(strings.Replace(text, "=", " ", 1), " ")
	value = strings.TrimSpace(value)
	switch name {
	case "-i", "--index-url", "--extra-index-url":
		r.out.indexes = append(r.out.indexes, value)
	case "--require-hashes", "--pre", "--prefer-binary", "--only-binary", "--no-binary", "--trusted-host":
	case "-r", "--requirement", "-c", "--constraint":
		r.bad(at, "write its lines into this file", "another file cannot be read from here")
	case "-e", "--editable":
		r.bad(at, "mount your own code with train.sources", "an editable requirement cannot be locked")
	default:
		r.bad(at, "take it out", "the option %s cannot be locked", name)
	}
}

// String is the requirement as pip reads it.
func (p pinned) String() string { return fmt.Sprintf("%s==%s", p.name, p.version) }
