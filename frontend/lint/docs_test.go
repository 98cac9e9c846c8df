package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/lint"
)

const docs = "../../docs"

// TestEveryRuleHasAPage checks the pages of the rules against the rules, both ways.
// That their examples give what they show, and the table in docs/reference/lint.md,
// are tests of the documentation's own.
func TestEveryRuleHasAPage(t *testing.T) {
	known := map[string]bool{}
	for _, r := range lint.Rules() {
		known[string(r.Code)+".md"] = true
		text, err := os.ReadFile(filepath.Join(docs, "rules", string(r.Code)+".md"))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "# "+string(r.Code)+": "+r.Name+"\n"), "%s.md does not begin with code and name", r.Code)
		severity := "warning "
		if r.Refuses {
			severity = "error "
		}
		require.Contains(t, string(text), severity+string(r.Code)+" ("+r.Name+"): ", r.Name)
	}
	pages, err := filepath.Glob(filepath.Join(docs, "rules", "MB60*.md"))
	require.NoError(t, err)
	for _, page := range pages {
		require.True(t, known[filepath.Base(page)], "%s is about no rule", page)
	}
}
