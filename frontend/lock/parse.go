package lock

import (
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	yaml "go.yaml.in/yaml/v3"
)

// form is a form that a text must have, with its name for messages.
type form struct {
	re   *pattern.Pattern
	says string
}

var (
	digestForm  = form{pattern.New(`^sha256:[0-9a-f]{64}$`), "sha256: and 64 hex digits"}
	sha256Form  = form{pattern.New(`^[0-9a-f]{64}$`), "64 hex digits"}
	commitForm  = form{pattern.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`), "a full commit id"}
	keyForm     = form{pattern.New(`^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$`), "a kind of key and the key"}
	nameForm    = form{pattern.New(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`), "a name of letters, digits and ._+-"}
	versionForm = form{pattern.New(`^[A-Za-z0-9][A-Za-z0-9.+~:!_-]*$`), "a version"}
	specForm    = form{pattern.New(`^[^/\\\x00-\x1f]+$`), "the name of a file beside the lock"}
	groupForm   = form{pattern.New(`^(base|interpreter)$`), "base or interpreter"}
	archiveForm = form{pattern.New(`^[A-Za-z0-9][A-Za-z0-9 ._/+-]*$`), "the label of an archive"}
)

// Parse reads a lock. file is the name shown in diagnostics. The lock is usable
// only where the list is empty.
func Parse(file string, data []byte) (*File, diag.List) {
	r := &reader{file: file, lines: strings.Split(string(data), "\n")}
	root := r.root(data)
	if root == nil {
		return nil, r.diags
	}
	if other := otherVersion(root); other != nil {
		r.bad(other, "use the version of modelbuild that wrote it", "the lock has version %s; this modelbuild reads version %d", other.Value, Version)
		return nil, r.diags
	}
	out := &File{}
	m := r.keys(root, "the lock", "version", "specs?", "sources?", "debian?", "python?")
	r.count(m["version"], "version")
	for _, n := range r.list(m["specs"], "specs") {
		out.Specs = append(out.Specs, Spec{Name: r.matching(n, "a spec", specForm), At: r.span(n)})
	}
	r.specs = out.Specs
	for _, e := range r.entries(m["sources"], "sources") {
		out.Sources = append(out.Sources, r.source(e))
	}
	for _, n := range r.list(m["debian"], "debian") {
		out.Debian = append(out.Debian, r.debian(n))
	}
	for _, e := range r.entries(m["python"], "python") {
		out.Python = append(out.Python, r.python(e))
	}
	return out, r.diags.Sorted()
}

// otherVersion is the version where it is another one: nothing else of such a file
// is understood.
func otherVersion(root *yaml.Node) *yaml.Node {
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if v := root.Content[i+1]; root.Content[i].Value == "version" && v.Tag == "!!int" && v.Value != strconv.Itoa(Version) {
			return v
		}
	}
	return nil
}

// root is the document, or nil where the file is not one document of YAML.
func (r *reader) root(data []byte) *yaml.Node {
	whole := &yaml.Node{Line: 1, Column: 1}
	switch {
	case len(data) > MaxSize:
		r.bad(whole, restore, "the lock has %d bytes; at most %d are read", len(data), MaxSize)
		return nil
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		r.bad(whole, restore, "the lock is not UTF-8 text")
		return nil
	}
	for i, line := range r.lines {
		if strings.HasPrefix(line, "<<<<<<<") || strings.HasPrefix(line, ">>>>>>>") {
			r.bad(&yaml.Node{Kind: yaml.ScalarNode, Line: i + 1, Column: 1, Value: line},
				"keep either side and run `modelbuild lock`, which completes it", "the lock has the marks of a merge conflict")
			return nil
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); err != nil {
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		r.bad(&next, restore, "the lock must be one YAML document")
		return nil
	}
	if alias := findAlias(&doc); alias != nil {
		r.bad(alias, restore, "a lock has no anchors and aliases")
		return nil
	}
	return doc.Content[0]
}

func findAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return n
	}
	for _, child := range n.Content {
		if found := findAlias(child); found != nil {
			return found
		}
	}
	return nil
}

var yamlLine = pattern.New(`^yaml: (?:line (\d+): )?(.*)$`)

func (r *reader) syntax(err error) {
	at, msg := 1, err.Error()
	if errors.Is(err, io.EOF) {
		msg = "the file is empty"
	} else if m := yamlLine.FindStringSubmatch(strings.SplitN(msg, "\n", 2)[0]); m != nil {
		msg = "not valid YAML: " + m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			at = n
		}
		if strings.HasPrefix(m[2], "did not find expected") {
			at++ // the library counts its parser's lines from 0, its scanner's from 1
		}
	}
	at = min(max(at, 1), len(r.lines))
	for at > 1 && strings.TrimSpace(r.lines[at-1]) == "" {
		at--
	}
	r.bad(&yaml.Node{Kind: yaml.ScalarNode, Line: at, Column: 1, Value: r.lines[at-1]}, restore, "%s", msg)
}

func (r *reader) source(e entry) Source {
	what := quoted("source", e.key.Value)
	s := Source{Name: e.key.Value, At: r.span(e.key)}
	m := r.keys(e.value, what, "kind", "digest?", "size?", "commit?", "keys?", "specs?")
	s.Users = r.users(m["specs"], what)
	kind := r.text(m["kind"], what+": kind")
	s.Kind = Kind(kind)
	needs := []string{"digest"}
	switch s.Kind {
	case KindHTTP:
		needs = []string{"digest", "size"}
	case KindGit:
		needs = []string{"commit"}
	case KindHost:
		needs = []string{"keys"}
	case KindImage, KindBlob, KindFrontend:
	default:
		if kind != "" {
			r.bad(m["kind"], diag.DidYouMean(kind, kinds), "%s: unknown kind %q", what, kind)
		}
		return s
	}
	r.only(e.value, what, m, needs)
	s.Digest = r.matching(m["digest"], what+": digest", digestForm)
	s.Size = r.count(m["size"], what+": size")
	s.Commit = r.matching(m["commit"], what+": commit", commitForm)
	for _, n := range r.list(m["keys"], what+": keys") {
		s.Keys = append(s.Keys, r.matching(n, what+": a key", keyForm))
	}
	s.Keys = Names(s.Keys)
	return s
}

// only reports what a source of its kind must have and has not, or the reverse.
func (r *reader) only(n *yaml.Node, what string, m map[string]*yaml.Node, needs []string) {
	has := map[string]bool{"kind": true}
	for _, key := range needs {
		has[key] = true
		if m[key] == nil {
			r.bad(n, restore, "%s has no %s", what, key)
		}
	}
	for _, key := range []string{"digest", "size", "commit", "keys"} {
		if m[key] != nil && !has[key] {
			r.bad(m[key], restore, "%s has a %s, which its kind has not", what, key)
		}
	}
}

func (r *reader) debian(n *yaml.Node) Debian {
	d := Debian{At: r.span(n)}
	m := r.keys(n, "an entry of debian", "suite", "install", "specs?", "architectures")
	d.Users = r.users(m["specs"], "an entry of debian")
	d.Suite = r.matching(m["suite"], "suite", nameForm)
	if s := m["suite"]; s != nil {
		d.At = r.span(s)
	}
	for _, item := range r.list(m["install"], "install") {
		d.Install = append(d.Install, r.matching(item, "a package to install", nameForm))
	}
	d.Install = Names(d.Install)
	for _, e := range r.entries(m["architectures"], "architectures") {
		a := Architecture{Name: e.key.Value}
		for _, item := range r.list(e.value, quoted("architecture", a.Name)) {
			a.Packages = append(a.Packages, r.pkg(item))
		}
		d.Architectures = append(d.Architectures, a)
	}
	return d
}

// users reads who uses an entry: all of the lock's specs, unless it says otherwise.
func (r *reader) users(n *yaml.Node, what string) Users {
	var all, out Users
	for _, s := range r.specs {
		all = append(all, s.Name)
	}
	if n == nil {
		return Names(all)
	}
	for _, item := range r.list(n, what+": specs") {
		name := r.text(item, "a spec")
		if name != "" && !slices.Contains(all, name) {
			r.bad(item, diag.DidYouMean(name, all), "%s: %q is none of the lock's specs", what, name)
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		r.bad(n, restore, "%s: specs is empty", what)
	}
	return Names(out)
}

func (r *reader) pkg(n *yaml.Node) Package {
	m := r.keys(n, "a package", "name", "version", "group?", "archive?", "path", "sha256", "size")
	p := Package{
		Name:    r.matching(m["name"], "name", nameForm),
		Version: r.matching(m["version"], "version", versionForm),
		Group:   r.matching(m["group"], "group", groupForm),
		Archive: r.matching(m["archive"], "archive", archiveForm),
		Path:    r.text(m["path"], "path"),
		SHA256:  r.matching(m["sha256"], "sha256", sha256Form),
		Size:    r.count(m["size"], "size"),
	}
	if p.Path != "" && !relative(p.Path) {
		r.bad(m["path"], restore, "path must lead from the archive's root, without ..")
	}
	return p
}

// relative reports whether a path stays below where it starts.
func relative(p string) bool {
	return !path.IsAbs(p) && path.Clean(p) == p && p != ".." && !strings.HasPrefix(p, "../") && !strings.Contains(p, "://")
}

func (r *reader) python(e entry) Python {
	what := quoted("requirements", e.key.Value)
	m := r.keys(e.value, what, "sha256", "specs?", "requirements")
	p := Python{File: e.key.Value, At: r.span(e.key), SHA256: r.matching(m["sha256"], what+": sha256", sha256Form), Users: r.users(m["specs"], what)}
	if !relative(p.File) {
		r.bad(e.key, restore, "%s: the file lies beside the spec or below it", what)
	}
	for _, n := range r.list(m["requirements"], what+": requirements") {
		p.Requirements = append(p.Requirements, r.requirement(n))
	}
	return p
}

func (r *reader) requirement(n *yaml.Node) Requirement {
	m := r.keys(n, "a requirement", "name", "version", "marker?", "files")
	out := Requirement{
		Name:    r.matching(m["name"], "name", nameForm),
		Version: r.matching(m["version"], "version", versionForm),
		Marker:  r.text(m["marker"], "marker"),
	}
	for _, item := range r.list(m["files"], "files") {
		f := r.keys(item, "a file", "filename", "sha256", "url", "size?")
		out.Files = append(out.Files, Distribution{
			Filename: r.matching(f["filename"], "filename", filenameForm),
			SHA256:   r.matching(f["sha256"], "sha256", sha256Form),
			URL:      r.matching(f["url"], "url", urlForm),
			Size:     r.count(f["size"], "size"),
		})
	}
	return out
}

var urlForm = form{pattern.New(`^(https?:/)?/[^\s?#@]+$`), "a path or a web address without a query or a password"}

var filenameForm = form{pattern.New(`^[A-Za-z0-9][A-Za-z0-9._+!-]*$`), "the name of a file"}
