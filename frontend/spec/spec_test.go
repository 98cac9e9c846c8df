package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected output of the golden files")

// TestGolden checks what a user sees for each file of testdata: code, place,
// excerpt and hint, to the letter.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

// golden reads an archive: model.yaml, files it may include, and want, last. The
// lines before the first file set options: `args: a=1 b=2`, `target: name`,
// `lock: only`.
func golden(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	require.NoError(t, err)
	want := &ar.Files[len(ar.Files)-1]
	require.Equal(t, "want", want.Name)
	require.Equal(t, "model.yaml", ar.Files[0].Name)
	sources := diag.Sources{}
	for _, f := range ar.Files[:len(ar.Files)-1] {
		sources[f.Name] = f.Data
	}
	o := options(string(ar.Comment))
	o.Load = func(name string) ([]byte, error) {
		if data, ok := sources[name]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
	_, diags := spec.ParseWith("model.yaml", ar.Files[0].Data, o)
	var got bytes.Buffer
	require.NoError(t, diag.Render(&got, sources, diags))
	if *update {
		want.Data = got.Bytes()
		require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
		return
	}
	require.Equal(t, string(want.Data), got.String())
}

func options(comment string) spec.Options {
	o := spec.Options{Args: map[string]string{}}
	for _, line := range strings.Split(comment, "\n") {
		if v, ok := strings.CutPrefix(line, "target: "); ok {
			o.Target = v
		}
		if line == "lock: only" {
			o.Lock = spec.LockOnly
		}
		if v, ok := strings.CutPrefix(line, "args: "); ok {
			for _, kv := range strings.Fields(v) {
				name, value, _ := strings.Cut(kv, "=")
				o.Args[name] = value
			}
		}
	}
	return o
}

const valid = `# syntax=org/modelbuild:1
name: penguins
data:
  train: {source: context://data/penguins.csv}
features: {target: species}
train: {algorithm: logistic}
`

func TestParseValid(t *testing.T) {
	m, diags := spec.Parse("model.yaml", []byte(valid))
	require.Empty(t, diags)
	require.Equal(t, "penguins", m.Name.V)
	sources, err := m.Sources()
	require.NoError(t, err)
	require.Equal(t, "data/penguins.csv", sources[0].Source.Path)
}

func TestLines(t *testing.T) {
	m, diags := spec.Parse("model.yaml", []byte(valid))
	require.Empty(t, diags)
	require.Equal(t, []spec.Lines{{File: "model.yaml", First: 3, Last: 4}}, m.Lines("data"))
	require.Empty(t, m.Lines("evaluate"))
}

// TestOtherLineBreaks counts lines as every tool does, also where YAML counts more.
func TestOtherLineBreaks(t *testing.T) {
	for text, want := range map[string]diag.Position{
		"name: a\nfoo: b\n":                     {Line: 2, Column: 1},
		"name: a\r\nfoo: b\r\n":                 {Line: 2, Column: 1},
		"name: a\rfoo: b\n":                     {Line: 1, Column: 9},
		"# \u2028\nname: a\u0085foo: b\u2029\n": {Line: 2, Column: 9},
		"# one\r# two\n\nname: a\n\rfoo: b\r\n": {Line: 4, Column: 2},
	} {
		_, diags := spec.Parse("model.yaml", []byte(text))
		var found bool
		for _, d := range diags {
			if d.Code == diag.UnknownKey {
				found = true
				require.Equal(t, want, d.Span.Start, "%q", text)
			}
		}
		require.True(t, found, "%q", text)
	}
}

func TestAtFallsBackToParent(t *testing.T) {
	m, _ := spec.Parse("model.yaml", []byte(valid))
	require.Equal(t, 5, m.At("features.target").Start.Line)
	require.Equal(t, 5, m.At("features.columns.island").Start.Line)
	require.Equal(t, 1, m.At("evaluate.gates.accuracy").Start.Line)
}

// TestHostile holds the parser to bounded time on input made to hurt.
func TestHostile(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("name: a\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := 1; i < 12; i++ {
		ref := "*x" + string(rune('0'+i-1))
		if i > 10 {
			ref = "*x9"
		}
		bomb.WriteString("x" + string(rune('0'+i%10)) + "x: &x" + string(rune('0'+i%10)) + " [" + strings.Repeat(ref+", ", 9) + ref + "]\n")
	}
	cases := map[string]struct {
		data []byte
		code diag.Code
	}{
		"50 MB":           {bytes.Repeat([]byte("# padding\n"), 5<<20), diag.TooLarge},
		"invalid UTF-8":   {[]byte("name: \xff\n"), diag.Syntax},
		"NUL":             {[]byte("name: a\x00b\n"), diag.Syntax},
		"empty":           {nil, diag.MissingKey},
		"only a comment":  {[]byte("# nothing\n"), diag.MissingKey},
		"deep":            {[]byte(strings.Repeat("[", 5000)), diag.Syntax},
		"two documents":   {[]byte("name: a\n---\nname: b\n"), diag.Syntax},
		"alias of itself": {[]byte("name: a\nfeatures: {target: a, exclude: &a [*a]}\n"), ""},
		"alias bomb":      {[]byte(bomb.String()), diag.UnknownKey},
		"label bomb":      {labelBomb(), diag.TooComplex},
		"many targets":    {chain(20_000, 0), diag.TooComplex},
		"chain":           {chain(250, 3_000), diag.TooComplex},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, diags := spec.Parse("model.yaml", c.data)
			require.Less(t, time.Since(start), time.Minute, "bounded, also on a busy machine")
			require.NotEmpty(t, diags.Errors())
			codes := map[diag.Code]bool{}
			for _, d := range diags {
				codes[d.Code] = true
			}
			if c.code != "" {
				require.True(t, codes[c.code], "want %s in %v", c.code, diags)
			}
		})
	}
}

// labelBomb unfolds to 10^6 column names through aliases in a place where lists
// are read.
func labelBomb() []byte {
	var b strings.Builder
	b.WriteString("name: a\nfeatures:\n  target: t\n  columns:\n    c0: &c {type: number, missing: median, scale: standard}\n")
	for i := 1; i < 20000; i++ {
		b.WriteString("    c")
		b.WriteString(strings.Repeat("x", i%50))
		b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + ": *c\n")
	}
	return []byte(b.String())
}

// chain is a file of targets that need one another in turn, with labels for all.
func chain(targets, labels int) []byte {
	var b strings.Builder
	b.WriteString("data: {train: {source: context://a.csv}}\nfeatures: {target: t}\ntrain: {algorithm: logistic}\nimage:\n  labels:\n    l: l\n")
	for i := range labels {
		fmt.Fprintf(&b, "    l%d: x\n", i)
	}
	b.WriteString("targets:\n")
	for i := range targets {
		fmt.Fprintf(&b, "  t%d: {image: {base: target://t%d}}\n", i, i+1)
	}
	return []byte(b.String())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(valid))
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if ar, err := txtar.ParseFile(file); err == nil {
			f.Add(ar.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := spec.NewReader("model.yaml", data, nil)
		m, diags := r.Read(spec.Options{})
		for i := 0; m != nil && i < min(len(m.Targets), 3); i++ {
			_, more := r.Read(spec.Options{Target: m.Targets[i].Name})
			diags = append(diags, more...)
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, d := range diags {
			require.LessOrEqual(t, d.Span.Start.Line, lines, "%v", d)
			require.NotEmpty(t, d.Message)
		}
		require.NoError(t, diag.Render(&bytes.Buffer{}, diag.Sources{"model.yaml": data}, diags))
		if m == nil {
			require.NotEmpty(t, diags)
		}
	})
}

func TestMissingFile(t *testing.T) {
	m, _ := spec.Parse("model.yaml", []byte(valid))
	sources, err := m.Sources()
	require.NoError(t, err)
	hints := map[string][]string{
		`did you mean context://data/penguin.csv?`: {"data/penguin.csv", "README.md"},
		`did you mean context://penguins.csv?`:     {"other/x", "penguins.csv"},
		"paths are relative to the build context":  {"README.md"},
	}
	for hint, files := range hints {
		l := spec.MissingFile(sources[0].Placed(), files)
		require.Equal(t, diag.SourceMissing, l[0].Code)
		require.Equal(t, hint, l[0].Hint)
		require.Equal(t, 4, l[0].Span.Start.Line)
	}
}
