package docs_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

// render is the text that `modelbuild check` prints for the errors of a spec.
func render(t *testing.T, text string) string {
	t.Helper()
	_, diags := spec.Parse("model.yaml", []byte(text))
	return printed(t, diag.Sources{"model.yaml": []byte(text)}, diags)
}

// renderIn is render for the spec of a folder, with what it includes and its lock;
// for the code of a lint rule it is what that rule finds. Notes are options of the
// build: "target: NAME", "build-arg: NAME=VALUE" and "locked".
func renderIn(t *testing.T, dir, code string, notes []string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	o := options(t, notes)
	o.Load = func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	m, diags := spec.ParseWith("model.yaml", text, o)
	sources := diag.Sources{"model.yaml": text}
	if m != nil {
		maps.Copy(sources, m.Files)
	}
	if !isLint(code) {
		if len(diags) == 0 {
			diags = planned(t, m)
		}
		return printed(t, sources, diags)
	}
	var found diag.List
	for _, d := range lint.Run(lint.Input{Model: m, Found: diags, Args: o.Args, Unread: true}) {
		if string(d.Code) == code {
			found = append(found, d)
		}
	}
	return printed(t, sources, found)
}

// planned is what is wrong with a spec that only planning the build shows.
func planned(t *testing.T, m *spec.Model) diag.List {
	t.Helper()
	_, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0), Platform: "linux/amd64"})
	l, ok := diag.From(err)
	require.True(t, ok || err == nil, "%v", err)
	return l
}

func options(t *testing.T, notes []string) spec.Options {
	t.Helper()
	o := spec.Options{Args: map[string]string{}}
	for _, note := range notes {
		key, value, _ := strings.Cut(note, ": ")
		switch key {
		case "target":
			o.Target = value
		case "build-arg":
			name, v, _ := strings.Cut(value, "=")
			o.Args[name] = v
		case "locked":
			o.Lock = spec.LockOnly
		default:
			t.Fatalf("no option %q", note)
		}
	}
	return o
}

func printed(t *testing.T, sources diag.Sources, diags diag.List) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, diag.Render(&b, sources, diags))
	return b.String()
}
