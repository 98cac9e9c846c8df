package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/stretchr/testify/require"
)

const plannedPage = "docs/reference/planned.md"

// TestPlannedKeys keeps the list of the keys that are checked but not built.
func TestPlannedKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Key | Required | Meaning |\n|---|---|---|\n")
	for _, k := range spec.Keys() {
		entry := strings.HasSuffix(k.Path, "[]") || strings.HasSuffix(k.Path, ".*") // its list or mapping has a line
		if !k.Later || k.Doc == "" || entry {
			continue
		}
		required := ""
		if k.Required {
			required = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Path, required, k.Doc)
	}
	generated(t, plannedPage, "planned keys", b.String())
}

// TestPlannedExamples: each is refused for what it plans and for nothing else, and
// together they have every planned key.
func TestPlannedExamples(t *testing.T) {
	var all strings.Builder
	n := 0
	for _, b := range read(t, plannedPage).blocks {
		if !b.has("planned") {
			continue
		}
		n++
		all.WriteString(b.text)
		_, diags := spec.ParseWith("model.yaml", []byte(b.text), spec.Options{Lock: spec.LockIgnored})
		require.NotEmpty(t, diags.Errors(), b.text)
		for _, d := range diags.Errors() {
			require.Equal(t, diag.NotYet, d.Code, "%v", d)
		}
	}
	require.Positive(t, n)
	for _, k := range spec.Keys() {
		if k.Later && k.Doc != "" && !strings.HasSuffix(k.Path, ".*") {
			last := k.Path[strings.LastIndexByte(k.Path, '.')+1:]
			require.Contains(t, all.String(), strings.TrimSuffix(last, "[]"), k.Path)
		}
	}
}
