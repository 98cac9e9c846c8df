package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/check"
)

const sound = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
description: Species of a penguin
license: CC0-1.0
data:
  train: {source: context://data.csv, license: CC0-1.0}
features: {target: species}
split: {kind: stratified}
train: {algorithm: logistic, seed: 42}
`

// project writes a spec and its data into a folder.
func project(t testing.TB, text, data string) (file, dir string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "model.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data.csv"), []byte(data), 0o644))
	return file, dir
}

func checked(t *testing.T, text, data string) diag.List {
	t.Helper()
	file, dir := project(t, text, data)
	r, err := check.File(file, dir, spec.Options{})
	require.NoError(t, err)
	return r.Diagnostics
}

func TestLeaksAreSoughtInTheHeader(t *testing.T) {
	require.Empty(t, checked(t, sound, "species,mass\na,1\n"))
	for _, data := range []string{"species,species_code\n", "\uFEFFspecies_code,species\r\n", "species,\"species code\"\n"} {
		l := checked(t, sound, data)
		require.Len(t, l, 1, "%q", data)
		require.Equal(t, "target-leak", l[0].Rule)
	}
	require.Empty(t, checked(t, sound, ""), "an empty file is for the build to report")
	require.Empty(t, checked(t, sound, "\"species"), "and so is one that is no CSV")
}

// TestFrontendIsNamed: without a syntax line a client reads the file as a Dockerfile.
func TestFrontendIsNamed(t *testing.T) {
	_, rest, _ := strings.Cut(sound, "\n")
	for text, want := range map[string]int{rest: 1, "\n" + sound: 1, "#!/usr/bin/env modelbuild\n" + sound: 0, "\uFEFF" + sound: 0} {
		l := checked(t, text, "species,mass\n")
		require.Len(t, l, want, "%q", text)
		if want > 0 {
			require.Equal(t, "missing-syntax", l[0].Rule)
		}
	}
}

// TestWarningsOfAllTargets are shown once where several targets have them.
func TestWarningsOfAllTargets(t *testing.T) {
	text := strings.Replace(sound, "version: 1.0.0\n", "", 1) + `targets:
  small: {description: Small}
  large: {image: {user: "0"}}
`
	l := checked(t, text, "species,mass\n")
	rules := map[string]int{}
	for _, d := range l {
		rules[d.Rule]++
	}
	require.Equal(t, map[string]int{"missing-version": 1, "root-user": 1}, rules)
}

// BenchmarkFile checks a spec of 2,000 lines.
func BenchmarkFile(b *testing.B) {
	var text strings.Builder
	text.WriteString(strings.Replace(sound, "features: {target: species}", "features:\n  target: species\n  columns:", 1))
	head, tail, _ := strings.Cut(text.String(), "columns:\n")
	text.Reset()
	text.WriteString(head + "columns:\n")
	for i := range 1990 {
		fmt.Fprintf(&text, "    column_%d: {type: number, missing: median, scale: standard}\n", i)
	}
	text.WriteString(tail)
	file, dir := project(b, text.String(), "species,mass\n")
	for b.Loop() {
		r, err := check.File(file, dir, spec.Options{})
		require.NoError(b, err)
		require.Empty(b, r.Diagnostics)
	}
}

// TestVEX reads the documents of the context: a mistake has its place in the document.
func TestVEX(t *testing.T) {
	file, dir := project(t, sound+"vex: [context://vex.json]\n", "species,mass\na,1\n")
	for text, want := range map[string]string{
		"":          "the document ends before it is complete",
		`{"@id":`:   "the document ends before it is complete",
		"\n  [1]\n": "the document must be an object",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "vex.json"), []byte(text), 0o644))
		r, err := check.File(file, dir, spec.Options{})
		require.NoError(t, err)
		require.Len(t, r.Diagnostics, 1)
		require.Equal(t, diag.Code("MB4401"), r.Diagnostics[0].Code)
		require.Contains(t, r.Diagnostics[0].Message, want)
		require.Equal(t, "vex.json", r.Diagnostics[0].Related[0].Span.File)
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "vex.json")))
	r, err := check.File(file, dir, spec.Options{})
	require.NoError(t, err)
	require.Len(t, r.Diagnostics, 1)
	require.Equal(t, diag.SourceMissing, r.Diagnostics[0].Code)
}
