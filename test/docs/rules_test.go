package docs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// withoutExample are the codes whose pages show no example, and why.
var withoutExample = map[string]string{
	"MB1054": "modelbuild lock gives it, which needs an index",
	"MB2011": "the spec is checked for it first",
	"MB2034": "Parquet is not written by hand",
	"MB2035": "it is a warning of a build that succeeds",
	"MB3010": "it takes a fault of the step or the builder",
	"MB4101": "no data is known that gives it",
	"MB4201": "it takes a base image: test/exec has its text",
	"MB4202": "it takes a base image: test/exec has its text",
	"MB4203": "it takes a base image: test/exec has its text",
	"MB4204": "it takes a base image: test/exec has its text",
	"MB4205": "it takes a base image: test/exec has its text",
	"MB4206": "it takes a base image: test/exec has its text",
	"MB3008": "it takes a base image: test/build has its text",
	"MB4402": "it takes a base image: test/build has its text",
	"MB4207": "it takes a program: test/exec has its text",
	"MB4301": "it takes a package whose scripts fail",
	"MB4302": "it takes a hostile archive",
	"MB4501": "it takes a secret: test/sign has its text",
	"MB1047": "it is about the options of a build: test/build has its text",
	"MB6020": "it is a warning of a build that succeeds: test/build has its text",
	"MB5001": "it takes a frontend outside of an image",
	"MB5002": "it takes a base image: test/exec has its text",
	"MB5003": "it takes a base image: test/exec has its text",
	"MB5004": "it takes a base image: test/exec has its text",
}

// example is a mistake that a page shows, the text that it gives, and a fix. Its
// files stand in code blocks whose info string says bad or good, with the file's
// name; a block of sh makes files by commands. A fix keeps the files that it
// does not replace.
type example struct {
	bad, good []*block
	want      *block
}

func examplesOf(p *page) []example {
	var out []example
	var e example
	for _, b := range p.blocks {
		switch {
		case b.has("bad"):
			if e.want != nil {
				out, e = append(out, e), example{}
			}
			e.bad = append(e.bad, b)
		case b.has("good"):
			e.good = append(e.good, b)
		case b.lang == "text" && len(e.bad) > 0 && e.want == nil:
			e.want = b
		}
	}
	if len(e.bad) > 0 {
		out = append(out, e)
	}
	return out
}

// write puts the files of blocks into a folder, with edit applied to specs.
func write(t *testing.T, dir string, blocks []*block, edit *strings.Replacer) {
	t.Helper()
	for _, b := range blocks {
		name := "model.yaml"
		if len(b.args) > 1 {
			name = b.args[1]
		}
		if b.lang == "sh" {
			script := filepath.Join(t.TempDir(), "script")
			require.NoError(t, os.WriteFile(script, []byte(b.text), 0o644))
			shell(t, dir, script)
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(edit.Replace(b.text)), 0o644))
	}
}

// TestRulePages checks the examples on the page of every code: the bad one gives
// the code with the text shown, the good one nothing.
func TestRulePages(t *testing.T) {
	for code, p := range rulePages(t) {
		t.Run(code, func(t *testing.T) {
			if !ofSpec(code) {
				t.Parallel()
			}
			examples := examplesOf(p)
			if reason, ok := withoutExample[code]; ok {
				require.Empty(t, examples, "%s has an example after all: %s", code, reason)
				return
			}
			require.NotEmpty(t, examples, "%s shows no example", p.name)
			for i := range examples {
				checkExample(t, code, p, i)
			}
		})
	}
}

func checkExample(t *testing.T, code string, p *page, i int) {
	e := examplesOf(p)[i]
	require.NotNil(t, e.want, "%s:%d: no text block after the bad example", p.name, e.bad[0].line)
	require.NotEmpty(t, e.good, "%s:%d: no good example", p.name, e.bad[0].line)
	dir := t.TempDir()
	got, edit := shown(t, code, dir, e.bad)
	require.Regexp(t, "(?m)^[^ ]+ (error|warning) "+code+"(: | )", got, "%s:%d", p.name, e.bad[0].line)
	if *update && got != e.want.text {
		p.replace(e.want, got)
		p.save(t)
	} else {
		require.Equal(t, e.want.text, got, "%s:%d", p.name, e.want.line)
	}
	write(t, dir, e.good, edit)
	checkGood(t, code, dir)
}

// ofSpec reports whether a code is found without a build.
func ofSpec(code string) bool { return strings.HasPrefix(code, "MB10") || isLint(code) }

// isLint reports whether a code is one of the lint rules.
func isLint(code string) bool { return strings.HasPrefix(code, "MB60") }

// shown is the text that the bad example gives: that of a check for codes of the
// spec, else that of a build, for which edit puts a server in place of
// example.org.
func shown(t *testing.T, code, dir string, bad []*block) (text string, edit *strings.Replacer) {
	t.Helper()
	if ofSpec(code) {
		edit = strings.NewReplacer()
		write(t, dir, bad, edit)
		return renderIn(t, dir, code, bad[0].notes), edit
	}
	here, edit := serve(t, dir)
	write(t, dir, bad, edit)
	return here.Replace(failedBuild(t, dir)), edit
}

// serve serves a folder in place of example.org.
func serve(t *testing.T, dir string) (here, there *strings.Replacer) {
	srv := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(srv.Close)
	return strings.NewReplacer(srv.URL, "https://example.org"), strings.NewReplacer("https://example.org", srv.URL)
}

// failedBuild builds a spec that must fail, and returns the last error as the
// user sees it, without what the client puts before it.
func failedBuild(t *testing.T, dir string) string {
	t.Helper()
	out := testenv.New(t).CLI("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+filepath.Join(dir, "out")).Failed()
	_, text, ok := strings.Cut(out.Stderr, "modelbuild: error: failed to solve: ")
	require.True(t, ok, out.Stderr)
	require.NoDirExists(t, filepath.Join(dir, "out"), "a failed build exports nothing")
	return text
}
