package lint_test

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

var update = flag.Bool("update", false, "rewrite the expected output of the golden files")

// head is a spec that no rule objects to, up to its last line. Goldens that begin
// with the line "..." continue it.
const head = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
description: Species of a penguin
license: CC0-1.0
data:
  train: {source: context://data/penguins.csv, license: CC0-1.0}
features: {target: species}
split: {kind: stratified, test: 0.2}
train: {algorithm: logistic, seed: 42}
`

// input is a spec with what it is linted with.
type input struct {
	files   map[string][]byte
	options spec.Options
	columns []string
	unread  bool
}

// run parses and lints, and gives everything that was found.
func (in input) run() diag.List {
	o := in.options
	o.Load = func(name string) ([]byte, error) {
		if data, ok := in.files[name]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
	m, found := spec.ParseWith("model.yaml", in.files["model.yaml"], o)
	l := lint.Run(lint.Input{Model: m, Found: found, Args: o.Args, Unread: in.unread, Columns: func(string) []string { return in.columns }})
	return append(found, l...).Sorted()
}

func lintText(text string) diag.List {
	return input{files: map[string][]byte{"model.yaml": []byte(text)}}.run()
}

// TestGolden checks what a user sees for each file of testdata.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	found := map[diag.Code]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, d := range golden(t, file) {
				found[d.Code] = true
			}
		})
	}
	for _, r := range lint.Rules() {
		if r.Check == nil {
			continue // only a build finds it
		}
		require.True(t, found[r.Code], "no golden shows %s (%s)", r.Code, r.Name)
	}
}

func golden(t *testing.T, file string) diag.List {
	ar, err := txtar.ParseFile(file)
	require.NoError(t, err)
	want := &ar.Files[len(ar.Files)-1]
	require.Equal(t, "want", want.Name)
	in := input{files: map[string][]byte{}, options: spec.Options{Args: map[string]string{}}}
	for _, f := range ar.Files[:len(ar.Files)-1] {
		in.files[f.Name] = f.Data
		if rest, ok := bytes.CutPrefix(f.Data, []byte("...\n")); ok {
			in.files[f.Name] = append([]byte(head), rest...)
		}
	}
	for line := range strings.Lines(string(ar.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "target":
			in.options.Target = value
		case "unread":
			in.unread = true
		case "columns":
			in.columns = strings.Fields(value)
		case "args":
			for _, kv := range strings.Fields(value) {
				name, v, _ := strings.Cut(kv, "=")
				in.options.Args[name] = v
			}
		}
	}
	l := in.run()
	var got bytes.Buffer
	require.NoError(t, diag.Render(&got, diag.Sources(maps.Clone(in.files)), l))
	if *update {
		want.Data = got.Bytes()
		require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
		return l
	}
	require.Equal(t, string(want.Data), got.String())
	return l
}

func TestNothingToSay(t *testing.T) {
	require.Empty(t, lintText(head))
	require.Empty(t, lint.Run(lint.Input{}))
}

// TestExamplesAreClean holds the examples to every rule.
func TestExamplesAreClean(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/model.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		in := input{files: map[string][]byte{"model.yaml": text}}
		if lock, err := os.ReadFile(filepath.Join(filepath.Dir(file), "modelbuild.lock")); err == nil {
			in.files["modelbuild.lock"] = lock
		}
		require.Empty(t, in.run(), file)
	}
}

// TestEveryRuleCanBeSkipped turns each golden's findings off by name and by code,
// and into errors.
func TestEveryRuleCanBeSkipped(t *testing.T) {
	text := head + "evaluate: {slices: [island]}\nimage: {user: \"0\"}\n"
	for _, name := range []string{"missing-gates", "MB6014"} {
		l := lintText("# check=skip=" + name + "\n" + strings.TrimPrefix(text, "# syntax=org/modelbuild:1\n"))
		require.Len(t, l, 1)
		require.Equal(t, "root-user", l[0].Rule)
	}
	l := lintText("# check=error=true\n" + text)
	require.Len(t, l.Errors(), 2)
	require.Empty(t, lintText("# check=skip=all\n"+text))
	require.Empty(t, lintText("#check = skip=all\n"+text), "as loosely as a Dockerfile has it")
}

// TestErrorsComeFirst leaves out what is missing from a spec that cannot be read,
// but not what is wrong with what is there.
func TestErrorsComeFirst(t *testing.T) {
	l := lintText("name: a\ndata: {train: {source: context://x}}\nfeatures: {target: t}\ntrain: {algorithm: logistic, sed: 1}\nimage: {user: \"0\"}\n")
	require.Len(t, l.Errors(), 1)
	require.Len(t, l.Warnings(), 1)
	require.Equal(t, lint.RootUser, l.Warnings()[0].Code)
}

func TestRulesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for i, r := range lint.Rules() {
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, r.Name)
		require.Regexp(t, `^[A-Z].*\.$`, r.Doc)
		require.False(t, seen[r.Name] || seen[string(r.Code)], r.Name)
		seen[r.Name], seen[string(r.Code)] = true, true
		if i > 0 {
			require.Less(t, lint.Rules()[i-1].Code, r.Code)
		}
	}
}

func FuzzRun(f *testing.F) {
	f.Add([]byte(head))
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if ar, err := txtar.ParseFile(file); err == nil {
			f.Add(ar.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := len(regexp.MustCompile("[\n\r\u0085\u2028\u2029]").FindAll(data, -1)) + 1
		l := lintText(string(data))
		for _, d := range l {
			require.NotEmpty(t, d.Message)
			if d.Rule != "" { // the spans of errors are those of package spec
				require.LessOrEqual(t, d.Span.Start.Line, lines, "%v", d)
			}
		}
		require.NoError(t, diag.Render(&bytes.Buffer{}, diag.Sources{"model.yaml": data}, l))
	})
}
